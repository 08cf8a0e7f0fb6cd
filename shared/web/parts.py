"""What every handler of one application shares; kept on `app.state.web` by `build_app`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment
from starlette.requests import HTTPConnection, Request

from shared.web.language import Language, Translator, language_of
from shared.web.tokens import Tokens

PageContext = Callable[[Request], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class WebOptions:
    """How one application meets the world.

    `rate_limit` is how many requests that change something each client address may send per second, on average over ten seconds
    (0: any number; None: the usual number, and any from this machine itself). `public_origins` are further origins
    (`https://help.example.edu`) that count as our own, for proxies that rewrite Host. `cookie_secure` sends cookies over HTTPS only.
    """

    max_body_bytes: int = 1024 * 1024
    thrown_away_bytes: int = 32 * 1024 * 1024
    rate_limit: float | None = None
    public_origins: frozenset[str] = frozenset()
    cookie_secure: bool = False


@dataclass(frozen=True, slots=True)
class WebParts:
    """The parts of one application that handlers reach through their request."""

    tokens: Tokens
    options: WebOptions
    translators: Mapping[Language, Translator]
    environments: Mapping[Language, Environment]
    page_context: PageContext
    needs_sign_in: Callable[[str], bool]


def parts_of(connection: HTTPConnection) -> WebParts:
    """Return the parts of the application that serves `connection`."""
    parts: WebParts = connection.scope["app"].state.web
    return parts


def translator_of(connection: HTTPConnection) -> Translator:
    """Return the translator for the language of a request."""
    return parts_of(connection).translators[language_of(connection)]
