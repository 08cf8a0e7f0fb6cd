"""One application that serves all services of a process at one address."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from time import monotonic

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.observability.metrics import REGISTRY
from shared.runtime.composition import Service
from shared.runtime.web import ByPath
from shared.web.headers import AnswerHeaders
from shared.web.health import readiness
from shared.web.origin import came_in_public
from shared.web.state import WebOptions

PATIENCE_SECONDS = 10.0
"""A normal start on a small machine takes less time than this."""


async def what_is_wrong(
    services: Sequence[Service],
) -> dict[str, dict[str, str | None]]:
    """Run all readiness checks. Return the result of each (None: no problem), by service."""
    said = await asyncio.gather(*(readiness(service.checks) for service in services))
    return {service.name: answers for service, answers in zip(services, said, strict=True)}


async def wait_ready(
    services: Sequence[Service], *, tell: Callable[[str], None], patience: float = PATIENCE_SECONDS
) -> None:
    """Return when all readiness checks of all services pass.

    After `patience` seconds `tell` gets the problems as one text, and again whenever they change.
    """
    told: list[str] = []
    begun = monotonic()
    while wrong := [
        f"{name}: {sentence}"
        for name, answers in (await what_is_wrong(services)).items()
        for sentence in answers.values()
        if sentence
    ]:
        if wrong != told and monotonic() - begun >= patience:
            told = wrong
            tell("not ready yet: " + "; ".join(wrong))
        await asyncio.sleep(0.05)


def build_together(
    services: Sequence[Service], *, paths: Mapping[str, str], default: str, options: WebOptions
) -> ASGIApp:
    """Return one application for all services.

    `paths` maps prefixes to names of services; all other paths go to the service `default`. The
    paths of health and metrics show all services together. Requests to the public address do not
    see them: there these paths also go to `default`.
    """
    apps = {service.name: service.app for service in services}

    async def live(_request: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def ready(_request: Request) -> Response:
        said = await what_is_wrong(services)
        red = {name for name, answers in said.items() if any(answers.values())}
        body = {
            "status": "not ready" if red else "ready",
            "services": {
                name: {
                    "status": "not ready" if name in red else "ready",
                    "checks": {check: sentence or "ok" for check, sentence in answers.items()},
                }
                for name, answers in said.items()
            },
        }
        return JSONResponse(body, status_code=503 if red else 200)

    async def metrics(_request: Request) -> Response:
        return Response(generate_latest(REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST})

    common = Starlette(
        routes=[
            Route("/health/live", live),
            Route("/health/ready", ready),
            Route("/metrics", metrics),
        ]
    )

    async def for_us(scope: Scope, receive: Receive, send: Send) -> None:
        is_public = scope["type"] == "http" and came_in_public(
            Headers(scope=scope), options.public_host, options.own_hosts
        )
        await (apps[default] if is_public else common)(scope, receive, send)

    inside = AnswerHeaders(for_us, https=options.cookie_secure)
    owners: dict[str, ASGIApp] = {"/health": inside, "/metrics": inside}
    owners |= {prefix: apps[service] for prefix, service in paths.items()}
    return ByPath(owners, apps[default])
