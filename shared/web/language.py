"""Italian and English: which one a request wants, and the words of each.

The msgid is the English sentence as written in code and templates, with named placeholders
(`%(limit)s`). The Italian stands in `locale/it.po` of each package, read as it is at start: no
compiled files that could be out of date.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from typing import Literal
from urllib.parse import parse_qs

from babel.messages.pofile import read_po
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Language = Literal["it", "en"]
LANGUAGES: tuple[Language, ...] = ("it", "en")
DEFAULT_LANGUAGE: Language = "it"
LANGUAGE_COOKIE = "sportello_language"
SHARED_PACKAGE = "shared.web"
_ACTIONS_PACKAGE = "shared.policy"
"""Its catalogue has the words of the actions on a ticket."""
SHOW_IN = "show-in"
"""The field of a form that is not sent but shown again in the language of the address, filled in as
it was.
"""
LONGEST_HEADER = 200
"""Of Accept-Language; whoever prefers more than some twenty languages gets one of the first."""
_A_YEAR = 365 * 24 * 3600
_LANGUAGE_TAG = re.compile("[a-z]{2,3}")
"""The primary subtag of RFC 5646; `*` is none, so a client without a preference gets the
default.
"""


class Translator:
    """Turns English sentences into one language; a sentence it does not know stays English."""

    def __init__(self, language: Language, sentences: Mapping[str, tuple[str, str]]) -> None:
        self.language = language
        self._sentences = sentences

    def __call__(self, sentence: str, /, **facts: object) -> str:
        """Return `sentence` in this language with its placeholders filled from `facts`."""
        translated = self.gettext(sentence)
        return translated % facts if facts else translated

    def gettext(self, sentence: str) -> str:
        """Return `sentence` in this language, placeholders untouched."""
        known = self._sentences.get(sentence)
        return known[0] if known else sentence

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        """Return the form for `number` things.

        English and Italian agree: one is singular, all else plural.
        """
        known = self._sentences.get(singular)
        one, many = known if known else (singular, plural)
        return one if number == 1 else many or one


@lru_cache
def translator(language: Language, *packages: str) -> Translator:
    """Return the translator over the catalogues of `packages` (dotted names), shared.web and
    shared.policy.

    The first that knows a sentence wins.
    """
    sentences: dict[str, tuple[str, str]] = {}
    if language != "en":
        for package in reversed(dict.fromkeys((*packages, SHARED_PACKAGE, _ACTIONS_PACKAGE))):
            sentences |= _catalogue(package, language)
    return Translator(language, sentences)


def _catalogue(package: str, language: Language) -> dict[str, tuple[str, str]]:
    path = files(package) / "locale" / f"{language}.po"
    if not path.is_file():
        return {}
    sentences = {}
    for message in read_po(BytesIO(path.read_bytes()), locale=language):
        if not message.id or message.fuzzy:
            continue
        if isinstance(message.id, str):
            if message.string:
                sentences[message.id] = (str(message.string), str(message.string))
        elif isinstance(message.string, tuple | list) and all(message.string):
            sentences[message.id[0]] = (message.string[0], message.string[-1])
    return sentences


def language_of(connection: HTTPConnection) -> Language:
    """Return the language of a request: `?lang=`, then the cookie, then Accept-Language, then
    Italian.

    A browser that names only other languages gets English.
    """
    state = connection.scope.setdefault("state", {})
    language: Language | None = state.get("language")
    if language is None:
        language = (
            _asked(connection.scope)
            or _known(connection.cookies.get(LANGUAGE_COOKIE))
            or accepted_language(connection.headers.get("accept-language", "")[:LONGEST_HEADER])
            or DEFAULT_LANGUAGE
        )
        state["language"] = language
    return language


@lru_cache(maxsize=512)
def accepted_language(header: str | None) -> Language | None:
    """Return the known language that an Accept-Language header prefers; English where it names only
    other languages.

    Return None for a header that names no language at all. Invalid parts are skipped.
    """
    best: tuple[float, Language] | None = None
    names_another = False
    for part in (header or "").split(","):
        tag, _, parameters = part.partition(";")
        primary = tag.strip().lower().split("-")[0]
        language = _known(primary)
        name, _, value = parameters.strip().partition("=")
        try:
            quality = float(value) if name.strip() == "q" else 1.0
        except ValueError:
            continue
        if not 0 < quality <= 1:
            continue
        names_another = names_another or bool(_LANGUAGE_TAG.fullmatch(primary))
        if language is not None and (best is None or quality > best[0]):
            best = (quality, language)
    if best is not None:
        return best[1]
    return "en" if names_another else None


def _known(value: str | None) -> Language | None:
    return "it" if value == "it" else "en" if value == "en" else None


def _asked(scope: Scope) -> Language | None:
    query: bytes = scope.get("query_string", b"")
    if b"lang=" not in query:
        return None
    return _known(parse_qs(query.decode("latin-1")).get("lang", [""])[-1])


class RememberLanguage:
    """ASGI middleware: a language chosen with `?lang=` is kept in a cookie for a year."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        chosen = _asked(scope) if scope["type"] == "http" else None
        if chosen is None:
            await self.app(scope, receive, send)
            return

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                cookie = f"{LANGUAGE_COOKIE}={chosen}; Path=/; Max-Age={_A_YEAR}; SameSite=Lax"
                MutableHeaders(scope=message).append("set-cookie", cookie)
            await send(message)

        await self.app(scope, receive, send_with_cookie)
