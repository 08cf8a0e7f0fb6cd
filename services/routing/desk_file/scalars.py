"""Single words and texts of a description: which are numbers, which are not allowed."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import yaml

_PREFIX = "tag:yaml.org,2002:"
_INT = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_MAX_DIGITS = 15
"""More digits than a number in JSON keeps exactly."""

RESOLVERS: Sequence[tuple[str, re.Pattern[str], list[str]]] = (
    (_PREFIX + "null", re.compile(r"(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]),
    (_PREFIX + "bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")),
    (_PREFIX + "int", re.compile(rf"(?:{_INT.pattern})$"), list("-+0123456789")),
    (_PREFIX + "float", re.compile(rf"(?:{_FLOAT.pattern})$"), list("-+.0123456789")),
)
"""YAML 1.2's core schema without octal, hexadecimal, infinity and not-a-number: tag, pattern, first characters."""

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class ScalarProblem:
    """Why a scalar cannot be used."""

    found: str
    expected: str


def read_scalar(node: yaml.Node) -> str | int | float | bool | ScalarProblem | None:
    """Return the value of a scalar node, or what is wrong with it."""
    text = str(node.value)
    kind = str(node.tag).removeprefix(_PREFIX)
    if kind == "null":
        return None
    if kind == "bool" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if kind in ("int", "float") and _FLOAT.fullmatch(text):
        return _number(text)
    if kind == "str":
        return check_text(text) or text
    return ScalarProblem(f"the tag {str(node.tag).replace(_PREFIX, '!!')}", "plain values without tags")


def check_text(text: str) -> ScalarProblem | None:
    """Return what is wrong with `text`, if anything: it is blank, or it has characters that cannot be stored or shown."""
    if not text.strip():
        return ScalarProblem("an empty text", "some words")
    control = _CONTROL.search(text)
    if control is not None:
        return ScalarProblem(f"the character U+{ord(control.group()):04X}", "printable text")
    return None


def _number(text: str) -> int | float | ScalarProblem:
    too_large = ScalarProblem(f"a number with {len(text)} characters", f"a number of at most {_MAX_DIGITS} digits")
    if sum(c.isdigit() for c in text) > _MAX_DIGITS:
        return too_large
    if _INT.fullmatch(text):
        return int(text)
    number = float(text)
    return number if math.isfinite(number) else too_large
