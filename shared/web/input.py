"""Whether what came in can be worked with at all: sound JSON or form fields, in real Unicode, of
bounded size.

NUL and lone surrogates are refused here because PostgreSQL stores neither; whoever sends them gets
the field's name.
"""

from collections.abc import Iterable
from urllib.parse import unquote_to_bytes

from starlette.requests import Request
from starlette.types import Scope

from shared.core.errors import NotThere
from shared.text.sentences import N_
from shared.web.errors import BadInput, FieldProblem, WrongContentType
from shared.web.json_body import LONGEST_NAME, NOT_UNICODE, NUL, check_json, shown_name
from shared.web.made_for import note_field
from shared.web.without_scripts import note_mark

MAX_FIELDS = 1000
MAX_PARAMETERS = 100
_TOO_MANY = N_("There are too many fields.")
_LONG_NAME = N_("The name of a field is too long.")
_FROM_FORM = bytes.maketrans(b"+\\", b" \0")
_TO_TEXT = bytes.maketrans(b"\0", b"\\")
_NO_TEXT = b"\xff"
"""Bytes that are no Unicode text."""
_FORM = "application/x-www-form-urlencoded"


def check_path(scope: Scope) -> None:
    """Raise NotThere for a path that is no text: nothing can have that name."""
    if "\0" in scope["path"] or "\ufffd" in scope["path"]:
        raise NotThere


def check_query(query: bytes) -> None:
    """Raise BadInput where there are too many parameters, or naming the one that holds NUL or no
    Unicode.
    """
    if query.count(b"&") >= MAX_PARAMETERS:
        raise BadInput.of("query", _TOO_MANY)
    if b"%" not in query and query.isascii():
        return
    _texts(_pair_of_address(pair) for pair in query.split(b"&"))


def _pair_of_address(pair: bytes) -> tuple[bytes, bytes, bytes]:
    # People type addresses, so that a percent sign may stand for itself here.
    name, _, value = pair.partition(b"=")
    return pair, unquote_to_bytes(name), unquote_to_bytes(value)


def check_body(scope: Scope, body: bytes) -> None:
    """Raise WrongContentType or BadInput where `body` is not what it says it is."""
    kind = _content_type(scope)
    is_api = scope["path"].startswith("/api/")
    # No browser sends a form without saying so; whoever says nothing to the API means JSON.
    if (
        (is_api and not kind)
        or kind == "application/json"
        or (kind.startswith("application/") and kind.endswith("+json"))
    ):
        check_json(body)
    elif kind == _FORM and not is_api:
        form = dict(_form_pairs(body))
        note_field(scope, form)
        note_mark(scope, form)
        scope.setdefault("state", {})["form"] = form
    elif is_api:
        raise WrongContentType(N_("Send JSON, with Content-Type: application/json."))
    else:
        raise WrongContentType(
            N_("Send form fields, with Content-Type: application/x-www-form-urlencoded.")
        )


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of an urlencoded form body, already checked; of a repeated field the last.

    Other bodies give no fields.
    """
    return form_of(request.scope)


def form_of(scope: Scope) -> dict[str, str]:
    """Return what read_form returns, for whoever has no request to read."""
    return dict(scope.get("state", {}).get("form", {}))


def sends_form(scope: Scope) -> bool:
    """Return whether a page's form is sent."""
    return _content_type(scope) == _FORM and not scope["path"].startswith("/api/")


def _content_type(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"content-type":
            content_type: str = value.decode("latin-1")
            return content_type.partition(";")[0].strip().lower()
    return ""


def _form_pairs(body: bytes) -> list[tuple[str, str]]:
    """Return the names and values of a form. Raises BadInput for what no browser sends."""
    if body.count(b"&") >= MAX_FIELDS:
        raise BadInput.of("body", _TOO_MANY)
    return _texts(_bytes_pair(pair) for pair in filter(None, body.split(b"&")))


def _bytes_pair(pair: bytes) -> tuple[bytes, bytes, bytes]:
    raw_name, _, raw_value = pair.partition(b"=")
    if len(raw_name) > 3 * LONGEST_NAME:
        raise BadInput.of("body", _LONG_NAME)
    name = unquote_to_bytes(raw_name.replace(b"+", b" "))
    try:
        return pair, name, _decoded(raw_value)
    except UnicodeDecodeError:
        return pair, name, _NO_TEXT


def _decoded(encoded: bytes) -> bytes:
    """Undo the percent encoding. Raises UnicodeDecodeError for a percent sign without two digits.

    urllib needs 60 times as long as reading the bytes does, and would be the dearest part of a
    request.
    """
    if b"%00" in encoded or b"\0" in encoded:
        return b"\0"
    # A backslash would begin an escape of its own, so that NUL stands for it meanwhile.
    encoded = encoded.translate(_FROM_FORM)
    if b"%" not in encoded:
        return encoded.translate(_TO_TEXT)
    return (
        encoded.replace(b"%", b"\\x").decode("unicode_escape").encode("latin-1").translate(_TO_TEXT)
    )


def _texts(pairs: Iterable[tuple[bytes, bytes, bytes]]) -> list[tuple[str, str]]:
    """Return the names and values as texts, of pairs as they came and decoded.

    Raises BadInput naming those that are none.
    """
    texts: list[tuple[str, str]] = []
    problems: list[FieldProblem] = []
    for pair, name, value in pairs:
        if pair.isascii() and (b"\0" in name or b"\0" in value):
            problems.append(FieldProblem(_shown(name), NUL))
            continue
        try:
            texts.append((name.decode(), (value if pair.isascii() else _NO_TEXT).decode()))
        except UnicodeDecodeError:
            problems.append(FieldProblem(_shown(name), NOT_UNICODE))
    if problems:
        raise BadInput(*problems)
    return texts


def _shown(name: bytes) -> str:
    return shown_name(name.decode("utf-8", "replace")) or "body"
