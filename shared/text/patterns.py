"""The regular expressions of a desk, matched by RE2: in time linear in the answer, whatever pattern
and answer are.

The patterns are also shown to browsers and stand in the JSON Schema of a form, whose engines are
other ones. RE2 refuses what has no linear time; `desk check` refuses what would mean something else
there.
"""

from dataclasses import dataclass
from typing import Any

import re2

_MOST_MEMORY = 1024 * 1024
"""Bytes for one compiled pattern with the states that it has met."""


class UnsupportedPattern(ValueError):
    """RE2 cannot match this pattern; the text says why."""


@dataclass(frozen=True, slots=True)
class LinearPattern:
    """A compiled pattern of a desk."""

    compiled: Any

    def matches(self, text: str) -> bool:
        """Return whether the whole of `text` matches."""
        return self.compiled.fullmatch(text.encode(errors="replace")) is not None


def compile_pattern(pattern: str) -> LinearPattern:
    """Return `pattern` ready for use. Raises UnsupportedPattern."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MOST_MEMORY
    try:
        # Bytes, not str: for a str the library converts the position of the match, which costs five
        # times the match.
        return LinearPattern(re2.compile(pattern.encode(errors="replace"), options))
    except re2.error as error:
        why = error.args[0] if error.args else b""
        raise UnsupportedPattern(
            why.decode("utf-8", "replace") if isinstance(why, bytes) else str(why)
        ) from None
