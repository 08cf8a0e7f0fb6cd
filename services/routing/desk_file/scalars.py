"""Single words and texts of a description: which are numbers, which are not allowed."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import yaml

from shared.text.cleaning import clean_text, first_unseen

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
"""YAML 1.2's core schema without octal, hexadecimal, infinity and not-a-number: tag, pattern, first
characters.
"""


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
    return ScalarProblem(
        f"the tag {str(node.tag).replace(_PREFIX, '!!')}", "plain values without tags"
    )


def check_text(text: str) -> ScalarProblem | None:
    """Return what is wrong with `text`, if anything: it is blank, or it has characters that cannot
    be stored or shown.
    """
    if not text.strip():
        return ScalarProblem("an empty text", "some words")
    unseen = first_unseen(text)
    if unseen is not None:
        return ScalarProblem(f"the character U+{ord(unseen):04X}", "printable text")
    if not clean_text(text):
        return ScalarProblem("a text in which nothing can be seen", "some words")
    return None


def _number(text: str) -> int | float | ScalarProblem:
    too_large = ScalarProblem(
        f"a number with {len(text)} characters", f"a number of at most {_MAX_DIGITS} digits"
    )
    if sum(c.isdigit() for c in text) > _MAX_DIGITS:
        return too_large
    if _INT.fullmatch(text):
        return int(text)
    number = float(text)
    return number if math.isfinite(number) else too_large
