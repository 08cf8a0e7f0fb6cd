"""Whether a form's pattern can be used: every engine that meets it takes it for the same, and no
answer keeps one busy for hours.

Intake matches answers in linear time (shared.text.patterns). Browsers and other readers of a form's
JSON Schema do not, so that a repetition within a repetition is refused for their sake.
"""

import re
from collections.abc import Iterator

from services.routing.desk_file.scalars import ScalarProblem
from shared.text.patterns import UnsupportedPattern, compile_pattern

MAX_LENGTH = 200

_ATOM = r"(?:\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[^()\[\]\\|*+?{}])"
_UNBOUNDED = r"(?:[*+]|\{[0-9]*,\})[?+]?"
_LOOSE_TAIL = rf"(?:{_ATOM}(?:[*?]|\{{0?,[0-9]*\}})[?+]?)*"
_NESTED = re.compile(rf"\((?:\?:)?{_LOOSE_TAIL}{_ATOM}{_UNBOUNDED}{_LOOSE_TAIL}\){_UNBOUNDED}")
"""A repeated group with nothing in it but one repeated thing and optional ones: `(a+)+`,
`(\\w*\\s?)*`.

Such a pattern can match the same text in a number of ways that doubles with each character. `(
[a-z]+)*` is fine: the blank says where each round begins.
"""

_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?(?:<[=!]|P?[=!<>]|.)?|\{,|.", re.DOTALL)
_LOOKAROUNDS = ("(?=", "(?!", "(?<=", "(?<!")
_PLAIN = "a pattern without it, which is matched in linear time"


def pattern_problem(pattern: str) -> ScalarProblem | None:
    """Return what is wrong with a form field's `pattern`, if anything."""
    if len(pattern) > MAX_LENGTH:
        return ScalarProblem(
            f"which has {len(pattern)} characters", f"a pattern of at most {MAX_LENGTH} characters"
        )
    if unsupported := next(_unsupported(pattern), None):
        return unsupported
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return ScalarProblem(
            f"which is no regular expression ({error})", "a regular expression such as [0-9]{6,7}"
        )
    try:
        compile_pattern(pattern)
    except UnsupportedPattern as error:
        return ScalarProblem(
            f"which cannot be matched in linear time ({error})",
            "a simpler pattern such as [0-9]{6,7}",
        )
    if _NESTED.search(pattern):
        expected = "a repetition that says where each round begins, such as ( [a-z]+)*"
        return ScalarProblem(
            "a repetition within a repetition, which some answers keep busy for hours", expected
        )
    return None


def _unsupported(pattern: str) -> Iterator[ScalarProblem]:
    """Yield what only some engines know, or what they take for different things."""
    for token in _TOKEN.findall(pattern):
        if re.fullmatch(r"\\[1-9]", token) or token == "(?P=":
            yield ScalarProblem(f"which refers back to a group ({token})", _PLAIN)
        elif token in _LOOKAROUNDS:
            yield ScalarProblem(f"which looks ahead or behind ({token})", _PLAIN)
        elif token.startswith("(?") and token != "(?:":
            yield ScalarProblem(f"a group of a special kind ({token})", "plain groups: ( or (?:")
        elif token == "{,":
            yield ScalarProblem(
                "a repetition without its least number ({,)", "the number, such as {0,3}"
            )
        elif token.startswith("[") and "[:" in token:
            yield ScalarProblem(
                "a named class of characters ([:)", "the characters themselves, such as [A-Za-z]"
            )
