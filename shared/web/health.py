"""Whether a service lives, whether it can work now, and its figures."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass

import structlog
from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from starlette.responses import JSONResponse, Response

from shared.core.error_text import error_text
from shared.core.errors import NotThere
from shared.web.origin import came_in_public

log = structlog.get_logger()

Check = Callable[[], Awaitable[str | None]]
"""Returns None where all is well, else one plain sentence that says what is wrong."""

CHECK_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Health:
    """What `/health/ready` asks, by name, and what `/metrics` shows."""

    checks: Mapping[str, Check]
    registry: CollectorRegistry = REGISTRY


async def readiness(checks: Mapping[str, Check]) -> dict[str, str | None]:
    """Ask all `checks` at once; return what each says.

    One that is silent for 3 s or raises is wrong.
    """
    said = await asyncio.gather(*(_ask(name, check) for name, check in checks.items()))
    return dict(zip(checks, said, strict=True))


def ready_answer(said: Mapping[str, str | None]) -> JSONResponse:
    """Return 200, or 503 where any check is red: `{"status": "ready"/"not ready", "checks": {name:
    "ok" or what is wrong}}`.
    """
    red = any(sentence is not None for sentence in said.values())
    body = {
        "status": "not ready" if red else "ready",
        "checks": {name: sentence or "ok" for name, sentence in said.items()},
    }
    return JSONResponse(body, status_code=503 if red else 200)


def refuse_in_public(request: Request, public_host: str, own_hosts: Collection[str]) -> None:
    """Raise NotThere where `request` came by an address for everybody: what is wrong and what is
    done here is not told there.
    """
    if came_in_public(request.headers, public_host, own_hosts):
        raise NotThere


def health_router(
    health: Health, *, public_host: str = "", own_hosts: Collection[str] = ()
) -> APIRouter:
    """Return the routes `/health/live`, and for those who do not come by the public address
    `/health/ready` and `/metrics`.
    """
    router = APIRouter(include_in_schema=False)

    @router.get("/health/live")
    async def live() -> JSONResponse:
        return JSONResponse({"status": "alive"})

    @router.get("/health/ready")
    async def ready(request: Request) -> JSONResponse:
        refuse_in_public(request, public_host, own_hosts)
        return ready_answer(await readiness(health.checks))

    @router.get("/metrics")
    async def metrics(request: Request) -> Response:
        refuse_in_public(request, public_host, own_hosts)
        return Response(
            generate_latest(health.registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    return router


async def _ask(name: str, check: Check) -> str | None:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check()
    except TimeoutError:
        return f"the {name} does not answer"
    # Whatever a check meets, readiness is the place to say so.
    except Exception as error:  # noqa: BLE001
        log.warning("web.health.check_failed", check=name, error=error_text(error))
        return f"the {name} cannot be checked: {type(error).__name__}"
