"""Where the cross checks put what they find."""

from collections.abc import Iterable

from services.routing.desk_file.document import Document
from services.routing.desk_file.mistakes import Loc, Mistake, make_mistake, one_of


class Findings:
    """Collects mistakes and warnings; silent about places that were mended, for those have been
    reported already.
    """

    def __init__(self, document: Document, mended: frozenset[Loc]) -> None:
        self._document = document
        self.mended = mended
        self.mistakes: list[Mistake] = []
        self.warnings: list[Mistake] = []

    def mistake(self, loc: Loc, *, found: str, expected: str, at_key: bool = False) -> None:
        """Report the value at `loc` (`at_key`: the key of that value) as wrong."""
        if not self._is_mended(loc):
            self.mistakes.append(self._make(loc, found, expected, at_key))

    def warning(self, loc: Loc, *, found: str, expected: str, at_key: bool = False) -> None:
        """Report the value at `loc` as probably not meant so; the description can be used all the
        same.
        """
        if not self._is_mended(loc):
            self.warnings.append(self._make(loc, found, expected, at_key))

    def unknown(
        self,
        loc: Loc,
        kind: str,
        name: str,
        known: Iterable[str],
        *,
        section: str,
        at_key: bool = False,
        of_any: bool = False,
    ) -> None:
        """Report the reference `name` at `loc` to something that `section` does not have.

        Silent where mending may have lost it: `name` was an entry of `section`, or (`of_any`) stood
        inside any of its entries.
        """
        lost = any(
            m[0] == section and (len(m) == 1 or (len(m) == 2 and (of_any or m[1] == name)))
            for m in self.mended
        )
        if not lost:
            expected = one_of(known, near=name)
            self.mistake(
                loc,
                found=f'{kind} "{name}", which does not exist',
                expected=expected,
                at_key=at_key,
            )

    def no_answer(self, loc: Loc, name: str, known: Iterable[str]) -> None:
        """Report the field `name` at `loc`, one of every form, where an answer is meant: one of
        `known`.
        """
        self.mistake(
            loc,
            found=f'field "{name}", which becomes the subject or text of a ticket',
            expected=one_of(known),
        )

    def place_of(self, loc: Loc) -> str:
        """Return where the key of `loc` stands, as people read it."""
        return str(self._document.key_place(loc))

    def _is_mended(self, loc: Loc) -> bool:
        return any(loc[: len(m)] == m or m[: len(loc)] == loc for m in self.mended)

    def _make(self, loc: Loc, found: str, expected: str, at_key: bool) -> Mistake:
        place = self._document.key_place(loc) if at_key else self._document.place(loc)
        return make_mistake(place, loc, found=found, expected=expected)
