"""Whether a form's pattern can be used: it compiles, and no answer makes it run for hours."""

import re

from services.routing.desk_file.scalars import ScalarProblem

MAX_LENGTH = 200

_ATOM = r"(?:\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[^()\[\]\\|*+?{}])"
_UNBOUNDED = r"(?:[*+]|\{[0-9]*,\})[?+]?"
_LOOSE_TAIL = rf"(?:{_ATOM}(?:[*?]|\{{0?,[0-9]*\}})[?+]?)*"
_NESTED = re.compile(rf"\((?:\?:)?{_LOOSE_TAIL}{_ATOM}{_UNBOUNDED}{_LOOSE_TAIL}\){_UNBOUNDED}")
"""A repeated group with nothing in it but one repeated thing and optional ones: `(a+)+`, `(\\w*\\s?)*`. Such a pattern can match the same
text in a number of ways that doubles with each character. `( [a-z]+)*` is fine: the blank says where each round begins."""


def pattern_problem(pattern: str) -> ScalarProblem | None:
    """Return what is wrong with a form field's `pattern`, if anything."""
    if len(pattern) > MAX_LENGTH:
        return ScalarProblem(f"which has {len(pattern)} characters", f"a pattern of at most {MAX_LENGTH} characters")
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return ScalarProblem(f"which is no regular expression ({error})", "a regular expression such as [0-9]{6,7}")
    if _NESTED.search(pattern):
        expected = "a repetition that says where each round begins, such as ( [a-z]+)*"
        return ScalarProblem("a repetition within a repetition, which some answers keep busy for hours", expected)
    return None
