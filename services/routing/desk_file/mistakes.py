"""What is wrong in a desk description, as facts; the sentence for the administrator is made here
and nowhere else.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from shared.core.errors import SportelloError

Loc = tuple[str | int, ...]
"""Where a value stands in the description: keys, and positions in lists from 0."""

_LISTED = 14
"""So many names are listed as expected; of a longer list only a few near ones."""


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a file; `line` and `column` count from 1, both are 0 for the file as a
    whole.
    """

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong: where, what was found there, what was expected instead.

    `path` as in `rules[4].queue` (lists from 1).
    """

    file: str
    line: int
    column: int
    path: str
    found: str
    expected: str

    def __str__(self) -> str:
        place = Place(self.file, self.line, self.column)
        return (
            f"{place}: {self.path + ': ' if self.path else ''}found {self.found}; expected "
            f"{self.expected}"
        )


class DeskMistakes(SportelloError):
    """A desk description cannot be used; `mistakes` has everything that is wrong with it, in the
    order of the files.
    """

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__(mistakes)
        self.mistakes = tuple(mistakes)

    def __str__(self) -> str:
        return "\n".join(map(str, self.mistakes))


def make_mistake(place: Place, loc: Loc, *, found: str, expected: str) -> Mistake:
    """Return the mistake at `place`, which is `loc` in the description."""
    return Mistake(place.file, place.line, place.column, written(loc), found, expected)


def in_reading_order(mistakes: Iterable[Mistake]) -> list[Mistake]:
    """Return `mistakes` without doubles, sorted by file, line and column."""
    return sorted(set(mistakes), key=lambda m: (m.file, m.line, m.column, m.path, m.found))


def written(loc: Loc) -> str:
    """Return `loc` as people read it: `rules[4].queue`, lists counted from 1."""
    parts = [f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in loc]
    return "".join(parts).removeprefix(".")


def one_of(names: Iterable[str], *, near: str | None = None) -> str:
    """Return "one of a, b, c", and which of them `near` may have been meant as."""
    known = sorted(set(names))
    hint = meant(near, known) if near is not None else ""
    if not known:
        return "none, for there are none"
    if len(known) == 1:
        return f'"{known[0]}"'
    if len(known) > _LISTED:
        around = sorted(get_close_matches(near or "", known, n=4, cutoff=0.3)) or known[:4]
        return f"one of the {len(known)} that exist, such as {', '.join(around)}{hint}"
    return f"one of {', '.join(known)}{hint}"


def meant(name: str, known: Sequence[str]) -> str:
    """Return "; did you mean ...?" with the one of `known` that `name` resembles, "" if none
    does.
    """
    close = get_close_matches(name, known, n=1, cutoff=0.6)
    return f'; did you mean "{close[0]}"?' if close else ""


def shown(value: object) -> str:
    """Return `value` of a description in words, shortened."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"the number {value}"
        case str():
            return f'"{value}"' if len(value) <= 60 else f'"{value[:57]}..."'
        case list():
            return "a list" if value else "an empty list"
        case dict():
            return "a mapping" if value else "an empty mapping"
    return type(value).__name__
