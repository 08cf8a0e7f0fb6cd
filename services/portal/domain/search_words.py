"""The words that searches find tickets by: how a text is split into them, and how a search is read.

The same function makes the words of what is stored and of what is searched for, and both databases
compare nothing but these words. So they give the same answers, whatever extensions or Unicode
tables they have.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from services.portal.domain.numbers import is_possible_number
from shared.contracts.desk import Form

LONGEST_WORD = 60
"""Characters of a word that count."""
MOST_TERMS = 20
"""Words of a search that count."""
MOST_PARTS = 8
"""Words that are joined and are one word, too."""
MOST_DIGITS = 24
SHORT = 100
"""Characters of a text whose words are remembered for a while."""

_PART = re.compile(r"[^\W_]+")
_ELIDED = re.compile(r"(?<![^\W_])[^\W_]+(?:'[^\W_]+)+")
"""It begins where a word begins: tried at each letter, a long word without an apostrophe would cost
the square of its length.
"""
_ADDRESS = re.compile(r"[^@]+@[^@]+\.[^@]+")
_QUEUE = "\u00a7"
_DIGITS_APART = re.compile(r"(?<![^\W_])\d+(?:[\s.\-]+\d+)+(?![^\W_])")
_ANSWERED = re.compile(
    r"^\s*(?:(?:re|r|i|fw|fwd|rif|aw|wg|tr)\s*(?:\[\d+\]\s*)?:\s*)+", re.IGNORECASE
)
_NAMED = re.compile(
    r"(?<![^\W_])(?:(?:ticket|numero|number|richiesta|request|num|nr|no|n)[\s.:#\[\u00b0\u00ba]*)+"
    r"(?=\d(?:[\s.\-]*\d){7})",
    re.IGNORECASE,
)

NOT_SEARCHED = "notice"
"""Articles of this kind are mails made from texts of the desk, and most of their words are the same
in every ticket.

Their words are not searched, because a search for one of them would find all tickets.
"""

Term = tuple[tuple[str, ...], ...]
"""What must be found: all the words of one of these alternatives, each at the beginning of a
word.
"""


_A_NUMBER = re.compile(r"(?<![0-9])[0-9]{16,24}(?![0-9])")


@dataclass(frozen=True, slots=True)
class Sought:
    """What a search looks for: `terms`, which must all be found.

    A search that has none finds nothing.
    """

    terms: tuple[Term, ...]

    @property
    def number(self) -> str | None:
        """The ticket number, where the search is nothing else."""
        word = self.terms[0][0][0] if len(self.terms) == 1 and len(self.terms[0][0]) == 1 else ""
        return word if is_possible_number(word) else None


class _Plain(dict[int, int | str | None]):
    """What each character becomes; made when it is first met."""

    def __missing__(self, code: int) -> int | str | None:
        character = chr(code)
        kind = unicodedata.category(character)
        plain: int | str | None = code
        if character in _QUOTES:
            plain = "'"
        elif kind == "Pd" or code == 0x2212:
            plain = "-"
        elif kind[0] == "M" or kind == "Cf":
            plain = None
        elif kind == "Nd":
            plain = str(unicodedata.decimal(character))
        elif character in _LETTERS:
            plain = _LETTERS[character]
        elif not character.isalnum() and code >= 128:
            plain = " "
        self[code] = plain
        return plain


_QUOTES = "'`\u2018\u2019\u201b\u02b9\u02bb\u02bc\u02bd\u2032\u2035\u05f3\ua78c"
_LETTERS = {
    "\u00e6": "ae",
    "\u00f0": "d",
    "\u00f8": "o",
    "\u00fe": "th",
    "\u0111": "d",
    "\u0127": "h",
    "\u0131": "i",
    "\u0142": "l",
    "\u0153": "oe",
    "\u0167": "t",
}
"""Letters that Unicode does not take apart and that are typed without their strokes."""
_PLAIN = _Plain()
_USUAL_ACCENTS = "\u0300\u0301\u0302\u0303\u0308\u0327"
_ASCII = {
    code: character if character.isalnum() or character in "'.-_@" else " "
    for code in range(128)
    if (character := chr(code))
} | {96: "'"}


def fold(text: str) -> str:
    """Return `text` so that writings of the same word look alike, whatever their case, accents,
    quotes and hyphens.

    What is no letter, digit or joiner of words has become a blank.
    """
    if not text.isascii():
        # The acute accent that stands alone is typed as an apostrophe; Unicode would take it for a
        # blank with an accent.
        text = unicodedata.normalize("NFKD", text.replace("\u2019", "'").replace("\u00b4", "'"))
        for accent in _USUAL_ACCENTS:
            text = text.replace(accent, "")
        if not text.isascii():
            text = unicodedata.normalize("NFKD", text.casefold()).translate(_PLAIN)
    return text.lower().translate(_ASCII)


def words_of(texts: Iterable[str]) -> set[str]:
    """Return the words of `texts`; of words joined by apostrophe, dot, hyphen, underscore or @ also
    what they are together.
    """
    words: set[str] = set()
    for text in texts:
        words |= _words_of_short(text) if len(text) <= SHORT else _words_of(text)
    return words


def _words_of(text: str) -> frozenset[str]:
    words: set[str] = set()
    for piece in set(fold(text).split()):
        if piece.isalnum():
            words.add(piece)
            continue
        parts = _PART.findall(piece)
        words.update(parts)
        if 1 < len(parts) <= MOST_PARTS:
            words.add("".join(parts))
            # Within a longer one, `d'amico` and each side of an address are one word, too.
            within = _ELIDED.findall(piece) + piece.split("@")
            words.update("".join(_PART.findall(each)) for each in within)
    return frozenset(word[:LONGEST_WORD] for word in words if word)


_words_of_short = lru_cache(maxsize=4096)(_words_of)
"""Names, addresses, numbers and answers come again with each event of a ticket."""


def queue_word(queue: str | None) -> str:
    """Return the word that stands for `queue` (None: no queue) among those of a ticket.

    No search is for it: no text has such a word.
    """
    return _QUEUE + "".join(
        character if character.isalnum() else _QUEUE for character in queue or ""
    )


def words_of_facts(
    *, queue: str | None, name: str, email: str, answers: Iterable[object]
) -> set[str]:
    """Return the words of a ticket's queue, of its requester's name and address, and of the
    answers.
    """
    return words_of([name, email]) | words_of_answers(answers) | {queue_word(queue)}


def chosen_labels(form: Form | None, answers: Mapping[str, object]) -> list[str]:
    """Return the labels, in both languages, of the choices among the `answers` to `form`."""
    if form is None:
        return []
    chosen = [
        choice
        for field in form.fields
        for choice in field.choices
        if answers.get(field.name) == choice.value
    ]
    return [label for choice in chosen for label in (choice.label.it, choice.label.en)]


def words_of_answers(answers: Iterable[object]) -> set[str]:
    """Return the words of answers."""
    return words_of(str(answer) for answer in answers if not isinstance(answer, bool))


def has_term(words: Iterable[str], term: Term) -> bool:
    """Return whether `term` is found among `words`."""
    return any(
        all(any(each.startswith(word) for each in words) for word in alternative)
        for alternative in term
    )


def read_search(text: str) -> Sought | None:
    """Return what `text` looks for; None where it is blank.

    A ticket number may be dressed: `[Ticket#2026113010000758]`, `n. 2026 1130 1000 0758`, the
    subject of a mail that answers.
    """
    if not any(character.isprintable() and not character.isspace() for character in text):
        return None
    folded = fold(_NAMED.sub(" ", _ANSWERED.sub("", text)))
    terms: dict[Term, None] = {}

    def take_digits(match: re.Match[str]) -> str:
        terms.update(dict.fromkeys(_terms(_PART.findall(match[0]), most=MOST_DIGITS)))
        return " "

    for piece in _DIGITS_APART.sub(take_digits, folded).split():
        parts = _PART.findall(piece)
        # Of a whole address nothing less is meant; its parts would find many.
        is_address = _ADDRESS.fullmatch(piece) and len(parts) <= MOST_PARTS
        terms.update(
            dict.fromkeys([(("".join(parts)[:LONGEST_WORD],),)] if is_address else _terms(parts))
        )
    words = {term[0][0] for term in terms if len(term) == 1}
    needed = (term for term in terms if not _is_implied(term, words))
    return Sought(tuple(needed)[:MOST_TERMS])


def number_in(text: str) -> str:
    """Return the ticket number in what somebody pasted as one, be it the subject of a mail; `text`
    itself where there is none.
    """
    sought = read_search(text)
    alone = sought.number if sought is not None else None
    found = _A_NUMBER.search(text)
    return alone or (found[0] if found else text)


def _terms(parts: list[str], *, most: int = MOST_PARTS) -> list[Term]:
    """Return what must be found where `parts` were written together, or were digits beside each
    other.
    """
    cut = tuple(part[:LONGEST_WORD] for part in parts)
    if 1 < len(parts) <= most:
        return [(("".join(parts)[:LONGEST_WORD],), cut)]
    return [((part,),) for part in cut]


def _is_implied(term: Term, words: set[str]) -> bool:
    """Return whether `term` is the beginning of another of `words`, so that it is found wherever
    that one is.
    """
    word = term[0][0]
    return len(term) == 1 and any(other != word and other.startswith(word) for other in words)
