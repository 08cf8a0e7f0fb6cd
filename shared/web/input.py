"""Whether what came in can be worked with at all: sound JSON or form fields, in real Unicode, of bounded depth.

NUL and lone surrogates are refused here because PostgreSQL stores neither; whoever sends them gets the field's name.
"""

import json
import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote_to_bytes

import orjson
from starlette.requests import Request
from starlette.types import Scope

from shared.errors import NotThere
from shared.web.errors import BadInput, WrongContentType
from shared.web.sentences import N_

MAX_DEPTH = 32
MAX_FIELDS = 1000
_SURROGATE = re.compile("[\ud800-\udfff]")
_NOT_JSON = N_("The body is not valid JSON.")
_TOO_DEEP = N_("The JSON is nested too deeply.")
_NUL = N_("This contains a NUL character.")
_NOT_UNICODE = N_("This is not valid Unicode text.")
_FORM = "application/x-www-form-urlencoded"


def check_path(scope: Scope) -> None:
    """Raise NotThere for a path that is no text: nothing can have that name."""
    if "\0" in scope["path"] or "\ufffd" in scope["path"]:
        raise NotThere


def check_query(query: bytes) -> None:
    """Raise BadInput naming the parameter that holds NUL or no Unicode."""
    if b"%" in query or not query.isascii():
        _check_pairs(query)


def check_body(scope: Scope, body: bytes) -> None:
    """Raise WrongContentType or BadInput where `body` is not what it says it is."""
    kind = _content_type(scope)
    is_api = scope["path"].startswith("/api/")
    # No browser sends a form without saying so; whoever says nothing to the API means JSON.
    if (is_api and not kind) or kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json")):
        check_json(body)
    elif kind == _FORM and not is_api:
        _check_pairs(body)
    elif is_api:
        raise WrongContentType(N_("Send JSON, with Content-Type: application/json."))
    else:
        raise WrongContentType(N_("Send form fields, with Content-Type: application/x-www-form-urlencoded."))


def check_json(body: bytes) -> None:
    """Raise BadInput unless `body` is JSON that every later reader takes: bounded depth, finite numbers, no NUL, no lone surrogate."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise _why_not_json(body) from None
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        raise BadInput.of("body", _TOO_DEEP)
    if b"\\u0000" in body:
        for path, text in _leaves(value):
            if isinstance(text, str) and "\0" in text:
                raise BadInput.of(path, _NUL)


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of an urlencoded form body, already checked; of a repeated field the last. Other bodies give no fields."""
    if _content_type(request.scope) != _FORM:
        return {}
    return dict(parse_qsl((await request.body()).decode("ascii"), keep_blank_values=True))


def _content_type(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"content-type":
            content_type: str = value.decode("latin-1")
            return content_type.partition(";")[0].strip().lower()
    return ""


def _check_pairs(encoded: bytes) -> None:
    pairs = encoded.split(b"&")
    if len(pairs) > MAX_FIELDS:
        raise BadInput.of("body", N_("There are too many fields."))
    for pair in pairs:
        raw_name, _, raw_value = pair.partition(b"=")
        if not pair.isascii():
            raise BadInput.of(_shown(raw_name), _NOT_UNICODE)
        name, value = (unquote_to_bytes(part.replace(b"+", b" ")) for part in (raw_name, raw_value))
        if b"\0" in name or b"\0" in value:
            raise BadInput.of(_shown(name), _NUL)
        try:
            name.decode()
            value.decode()
        except UnicodeDecodeError:
            raise BadInput.of(_shown(name), _NOT_UNICODE) from None


def _why_not_json(body: bytes) -> BadInput:
    """Find what a strict parser disliked: the field with a lone surrogate, the depth, or simply no JSON."""
    try:
        value = json.loads(body, parse_int=float)
    except RecursionError:
        return BadInput.of("body", _TOO_DEEP)
    except ValueError:
        return BadInput.of("body", _NOT_JSON)
    if _depth(value) > MAX_DEPTH:
        return BadInput.of("body", _TOO_DEEP)
    for path, leaf in _leaves(value):
        if isinstance(leaf, str) and _SURROGATE.search(leaf):
            return BadInput.of(path, _NOT_UNICODE)
    return BadInput.of("body", _NOT_JSON)


def _leaves(value: object) -> Iterator[tuple[str, object]]:
    """Yield every key and every scalar of a JSON value with its path; without recursion, so that depth cannot hurt."""
    waiting: list[tuple[str, object]] = [("", value)]
    while waiting:
        path, current = waiting.pop()
        if isinstance(current, dict):
            for key, inner in current.items():
                yield _shown_path(path) or "body", key
                waiting.append((f"{path}.{key}" if path else key, inner))
        elif isinstance(current, list):
            waiting.extend((f"{path}.{index}" if path else str(index), inner) for index, inner in enumerate(current))
        else:
            yield _shown_path(path) or "body", current


def _depth(value: object) -> int:
    deepest = 0
    waiting = [(value, 1)]
    while waiting and deepest <= MAX_DEPTH:
        current, depth = waiting.pop()
        if isinstance(current, dict | list):
            deepest = max(deepest, depth)
            waiting.extend((inner, depth + 1) for inner in (current.values() if isinstance(current, dict) else current))
    return deepest


def _shown(name: bytes) -> str:
    return _shown_path(name.decode("utf-8", "replace")) or "body"


def _shown_path(path: str) -> str:
    return _SURROGATE.sub("\ufffd", path).replace("\0", "\ufffd")[:200]
