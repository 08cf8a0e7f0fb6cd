"""Whether a JSON body can be worked with: sound, and of bounded depth, number of values and length
of names.

Nothing here costs more than a few readings of the bytes, whatever they are: a body with too many
values is refused before it is parsed, and the path of a value is only built where it is reported.
NUL and lone surrogates are refused because PostgreSQL stores neither.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import orjson

from shared.text.sentences import N_
from shared.web.errors import BadInput, FieldProblem
from shared.web.validation import MOST_PROBLEMS

MAX_DEPTH = 32
MAX_VALUES = 2000
"""Values and containers in one body; the largest body that any call takes has a quarter of them."""
LONGEST_NAME = 200
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_SURROGATE = re.compile("[\ud800-\udfff]")
_NOT_JSON = N_("The body is not valid JSON.")
_TOO_DEEP = N_("The JSON is nested too deeply.")
_TOO_MANY = N_("There are too many fields.")
_LONG_NAME = N_("The name of a field is too long.")
NUL = N_("This contains a character that is not allowed (NUL).")
NOT_UNICODE = N_("This is not valid Unicode text.")


def check_json(body: bytes) -> None:
    """Raise BadInput unless every later reader takes `body`: see above, and numbers are finite."""
    if _has_too_many_values(body):
        # A value that is opened and opened again is told as what it is.
        raise BadInput.of("body", _TOO_DEEP if _begins_too_deep(body) else _TOO_MANY)
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise _why_not_json(body) from None
    has_nul = b"\\u0000" in body
    # By the text: of a name that comes twice the value keeps only the last.
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH and _depth(body) > MAX_DEPTH:
        raise BadInput.of("body", _TOO_DEEP)
    may_have_long_name = b"\\" in body or max(map(len, body.split(b'"'))) > LONGEST_NAME
    if not (has_nul or (may_have_long_name and _has_long_name(value))):
        return
    found = (problem for leaf in _leaves(value) if (problem := _wrong_with(leaf, has_nul=has_nul)))
    if problems := tuple(islice(found, MOST_PROBLEMS)):
        raise BadInput(*problems)


def shown_name(name: str) -> str:
    """Return `name` as an error may repeat it: short, and without what cannot be shown."""
    return _SURROGATE.sub("\ufffd", name).replace("\0", "\ufffd")[:LONGEST_NAME]


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A scalar, a name (`is_name`) or a container, and how to find it: `above` is the container
    around it.
    """

    value: object
    depth: int
    above: "_Leaf | None" = None
    key: str | int = ""
    is_name: bool = False

    @property
    def path(self) -> str:
        keys: list[str] = []
        leaf: _Leaf | None = self
        while leaf is not None and leaf.above is not None:
            keys.append(shown_name(str(leaf.key)))
            leaf = leaf.above
        return shown_name(".".join(reversed(keys))) or "body"


def _has_long_name(value: object) -> bool:
    """Return whether a name in `value` is too long."""
    waiting = [value] if isinstance(value, dict | list) else []
    while waiting:
        current = waiting.pop()
        inside = current.values() if isinstance(current, dict) else current
        if isinstance(current, dict) and max(map(len, current), default=0) > LONGEST_NAME:
            return True
        waiting += [each for each in inside if isinstance(each, dict | list)]
    return False


def _wrong_with(leaf: _Leaf, *, has_nul: bool) -> FieldProblem | None:
    """Return what is wrong with a leaf."""
    if not isinstance(leaf.value, str):
        return None
    if leaf.is_name and len(leaf.value) > LONGEST_NAME:
        return FieldProblem(leaf.path, _LONG_NAME)
    return FieldProblem(leaf.path, NUL) if has_nul and "\0" in leaf.value else None


def _has_too_many_values(body: bytes) -> bool:
    """Return whether `body` has more than MAX_VALUES values, as its commas and opening brackets
    outside of texts say.
    """
    if _separators(body) < MAX_VALUES:
        return False
    plain = _without_escapes(body)
    if plain.count(b'"') > 4 * MAX_VALUES:
        # Every value has at most a name and a text, of two quotation marks each.
        return True
    return _separators(b"".join(plain.split(b'"')[::2])) >= MAX_VALUES


def _without_escapes(body: bytes) -> bytes:
    """Return `body` with quotation marks only where texts begin and end."""
    return body.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in body else body


def _depth(body: bytes) -> int:
    """Return the nesting depth of `body`, which must be valid JSON."""
    outside = b"".join(_without_escapes(body).split(b'"')[::2])
    depth = deepest = 0
    for bracket in outside.translate(None, _NO_BRACKETS):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _separators(body: bytes) -> int:
    return body.count(b",") + body.count(b"[") + body.count(b"{")


def _begins_too_deep(body: bytes) -> bool:
    opening = body[: 100 * MAX_DEPTH]
    return b"," not in opening and opening.count(b"[") + opening.count(b"{") > MAX_DEPTH


def _why_not_json(body: bytes) -> BadInput:
    """Find what a strict parser disliked: the field with a lone surrogate, the depth, or simply no
    JSON.
    """
    try:
        value = json.loads(body, parse_int=float)
    except RecursionError:
        return BadInput.of("body", _TOO_DEEP)
    except ValueError:
        return BadInput.of("body", _NOT_JSON)
    problems: list[FieldProblem] = []
    for leaf in _leaves(value):
        if leaf.depth > MAX_DEPTH:
            return BadInput.of("body", _TOO_DEEP)
        if (
            isinstance(leaf.value, str)
            and _SURROGATE.search(leaf.value)
            and len(problems) < MOST_PROBLEMS
        ):
            problems.append(FieldProblem(leaf.path, NOT_UNICODE))
    return BadInput(*problems) if problems else BadInput.of("body", _NOT_JSON)


def _leaves(value: object) -> Iterator[_Leaf]:
    """Yield every name, scalar and container; without recursion, so that depth cannot hurt."""
    waiting = [_Leaf(value, 0)]
    while waiting:
        leaf = waiting.pop()
        current = leaf.value
        if isinstance(current, dict | list):
            inside = _Leaf(current, leaf.depth + 1, leaf.above, leaf.key)
            yield inside
            if isinstance(current, dict):
                for key in current:
                    yield _Leaf(key, inside.depth, leaf.above, leaf.key, is_name=True)
                inner = [_Leaf(each, inside.depth, inside, key) for key, each in current.items()]
            else:
                inner = [_Leaf(each, inside.depth, inside, at) for at, each in enumerate(current)]
            # In the order in which they were written: the last one is looked at next.
            waiting.extend(reversed(inner))
        else:
            yield leaf
