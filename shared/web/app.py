"""One FastAPI application with the house's manners: problems instead of traces, bounds, languages,
health, static files.
"""

from collections.abc import Callable, Sequence
from functools import cache, partial

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from shared.core.errors import BusUnreachable, NoAnswer, Refusal, TooLarge
from shared.core.version import VERSION
from shared.web.api_docs import docs_router
from shared.web.auth import RefuseCrossSite, Tokens
from shared.web.compression import Compression
from shared.web.direct import Direct, DirectRoutes
from shared.web.errors import BadInput, WebError
from shared.web.head_requests import AnswerHead
from shared.web.headers import AnswerHeaders
from shared.web.health import Health, health_router
from shared.web.language import LANGUAGES, RememberLanguage, translator
from shared.web.limits import Limits
from shared.web.openapi import document_of
from shared.web.openapi_refusals import refuses
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
"""What has an answer of its own.

Anything else, verdicts on messages too, is a mistake of ours, and logged.
"""


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
    description: str = "",
    tags: Sequence[dict[str, str]] = (),
) -> FastAPI:
    """Return the application; how services use it is told in the docstring of shared.web.

    `packages` are dotted names whose `templates/` and `locale/` come before the shared ones.
    `needs_sign_in` says of a path whether somebody unknown hears 401 there before anything else is
    checked. `direct` are routes that pass FastAPI by, `tags` what the groups of calls in the
    description of the API are about.
    """
    options = options or WebOptions()
    translators = {language: translator(language, *packages) for language in LANGUAGES}
    app = FastAPI(
        title=title,
        description=description,
        version=VERSION,
        openapi_tags=list(tags),
        openapi_url=openapi_url,
        docs_url=None,
        redoc_url=None,
        default_response_class=JsonAnswer,
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
        # Any refusal of a wrong field keeps FastAPI from describing its own, which nobody gets.
        responses=refuses(BadInput()),
    )
    app.state.web = WebParts(
        tokens=tokens,
        options=options,
        translators=translators,
        environments={
            language: build_environment(packages, translators[language]) for language in LANGUAGES
        },
        page_context=page_context,
        repeats=Repeats(write_event),
        needs_sign_in=needs_sign_in,
    )
    docs = (
        [docs_router(docs_url=docs_url, openapi_url=openapi_url)]
        if docs_url and openapi_url
        else []
    )
    # The page of the API first: it may lie where a router would see a name.
    for router in (
        health_router(health, public_host=options.public_host, own_hosts=options.own_hosts),
        *docs,
        *routers,
    ):
        app.include_router(router)
    app.mount("/static", HashedFiles(), name="static")
    # FastAPI's own way to have another document than the one it makes.
    app.openapi = cache(partial(document_of, app, needs_sign_in))  # type: ignore[method-assign]
    return app
