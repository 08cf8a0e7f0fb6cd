"""What every handler of one application shares; kept on `app.state.web` by `build_app`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment
from starlette.requests import HTTPConnection, Request

from shared.core.settings import CommonSettings
from shared.web.language import Language, Translator, language_of
from shared.web.origin import host_in, origin_of
from shared.web.repeats import Repeats
from shared.web.tokens import Tokens

PageContext = Callable[[Request], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class WebOptions:
    """How one application meets the world.

    A body has at most `max_body_bytes`, the form of a page `max_form_bytes` where there is room
    (see `LargeForms`). `rate_limit` is how many requests that change something each client address
    may send per second, on average over ten seconds (0: any number; None: the usual number, and any
    from this machine itself). `public_origins` are further origins (`https://help.example.edu`)
    that count as our own, for proxies that rewrite Host. `cookie_secure`: people reach us by HTTPS
    only. `public_host` is the name that they call us by, `own_hosts` are names by which those who
    run it do. `is_demo_private`: demo identities, and nobody but this machine may choose one.
    """

    max_body_bytes: int = 1024 * 1024
    max_form_bytes: int = 8 * 1024 * 1024
    thrown_away_bytes: int = 32 * 1024 * 1024
    rate_limit: float | None = None
    public_origins: frozenset[str] = frozenset()
    cookie_secure: bool = False
    public_host: str = ""
    own_hosts: frozenset[str] = frozenset()
    is_demo_private: bool = False

    @classmethod
    def of(cls, common: CommonSettings) -> "WebOptions":
        """Return the options that the settings ask for."""
        origins = common.public_origins.replace(",", " ").split()
        return cls(
            rate_limit=common.rate_limit,
            public_origins=frozenset(map(origin_of, (common.public_url, *origins))),
            cookie_secure=common.public_url.startswith("https:"),
            public_host=host_in(urlsplit(common.public_url).netloc),
            own_hosts=frozenset(
                host_in(place).rstrip(".") for place in common.hosts.replace(",", " ").split()
            ),
            is_demo_private=common.identity == "demo" and common.demo_anywhere != "yes",
        )


@dataclass(frozen=True, slots=True)
class WebParts:
    """The parts of one application that handlers reach through their request."""

    tokens: Tokens
    options: WebOptions
    translators: Mapping[Language, Translator]
    environments: Mapping[Language, Environment]
    page_context: PageContext
    repeats: Repeats
    needs_sign_in: Callable[[str], bool]


def parts_of(connection: HTTPConnection) -> WebParts:
    """Return the parts of the application that serves `connection`."""
    parts: WebParts = connection.scope["app"].state.web
    return parts


def translator_of(connection: HTTPConnection) -> Translator:
    """Return the translator for the language of a request."""
    return parts_of(connection).translators[language_of(connection)]
