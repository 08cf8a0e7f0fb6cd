"""One FastAPI application with the house's manners: problems instead of traces, bounds, languages, health, static files."""

from collections.abc import Callable, Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.types import Lifespan

from shared.core.errors import BusUnreachable, NoAnswer, Refusal, TooLarge
from shared.web.api_docs import docs_router
from shared.web.auth import RefuseCrossSite, Tokens
from shared.web.compression import Compression
from shared.web.direct import Direct, DirectRoutes
from shared.web.errors import WebError
from shared.web.head_requests import AnswerHead
from shared.web.headers import AnswerHeaders
from shared.web.health import Health, health_router
from shared.web.language import LANGUAGES, RememberLanguage, translator
from shared.web.limits import Limits
from shared.web.pages import build_environment
from shared.web.repeats import Repeats
from shared.web.responses import ErrorWall, JsonAnswer, handle
from shared.web.security_log import SecurityLog, write_event
from shared.web.state import PageContext, WebOptions, WebParts
from shared.web.static_files import HashedFiles

FORESEEN: tuple[type[Exception], ...] = (
    Refusal,
    WebError,
    NoAnswer,
    BusUnreachable,
    TooLarge,
    HTTPException,
    RequestValidationError,
)
"""What has an answer of its own. Anything else, verdicts on messages too, is a mistake of ours, and logged."""


def build_app(
    *,
    title: str,
    packages: Sequence[str],
    tokens: Tokens,
    routers: Sequence[APIRouter],
    health: Health,
    options: WebOptions | None = None,
    needs_sign_in: Callable[[str], bool] = lambda _path: False,
    page_context: PageContext = lambda _request: {},
    direct: Sequence[Direct] = (),
    openapi_url: str | None = None,
    docs_url: str | None = None,
    lifespan: Lifespan[FastAPI] | None = None,
    description: str = "",
) -> FastAPI:
    """Return the application; how services use it is told in the docstring of shared.web.

    `packages` are dotted names whose `templates/` and `locale/` come before the shared ones. `needs_sign_in`
    says of a path whether somebody unknown hears 401 there before anything else is checked. `direct` are routes that pass FastAPI by.
    """
    options = options or WebOptions()
    translators = {language: translator(language, *packages) for language in LANGUAGES}
    app = FastAPI(
        title=title,
        description=description,
        openapi_url=openapi_url,
        docs_url=None,
        redoc_url=None,
        default_response_class=JsonAnswer,
        lifespan=lifespan,
        redirect_slashes=False,
        strict_content_type=False,
        middleware=[
            Middleware(AnswerHeaders, https=options.cookie_secure),
            Middleware(SecurityLog),
            Middleware(AnswerHead),
            Middleware(Compression),
            Middleware(ErrorWall, foreseen=FORESEEN),
            Middleware(RememberLanguage),
            Middleware(RefuseCrossSite, public_origins=options.public_origins),
            Middleware(Limits, options=options, needs_sign_in=needs_sign_in),
            Middleware(DirectRoutes, routes=direct),
        ],
        exception_handlers=dict.fromkeys(FORESEEN, handle),
        responses=_PROBLEM_RESPONSES,
    )
    app.state.web = WebParts(
        tokens=tokens,
        options=options,
        translators=translators,
        environments={language: build_environment(packages, translators[language]) for language in LANGUAGES},
        page_context=page_context,
        repeats=Repeats(write_event),
        needs_sign_in=needs_sign_in,
    )
    docs = [docs_router(docs_url=docs_url, openapi_url=openapi_url)] if docs_url and openapi_url else []
    # The page of the API first: it may lie where a router would see a name.
    for router in (health_router(health, public_host=options.public_host, own_hosts=options.own_hosts), *docs, *routers):
        app.include_router(router)
    app.mount("/static", HashedFiles(), name="static")
    return app


_PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": {
        "description": "A problem (RFC 9457); `errors` names wrong fields",
        "content": {
            "application/problem+json": {
                "schema": {
                    "type": "object",
                    "required": ["type", "title", "status", "detail"],
                    "properties": {
                        "type": {"type": "string", "format": "uri"},
                        "title": {"type": "string"},
                        "status": {"type": "integer"},
                        "detail": {"type": "string"},
                        "errors": {
                            "type": "array",
                            "items": {
                                "type": "object",
                                "required": ["field", "message"],
                                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
                            },
                        },
                    },
                }
            }
        },
    }
}
