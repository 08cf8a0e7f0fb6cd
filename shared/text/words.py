"""How the words that searches look at are stored: in order, separated by blanks, and not without
end.
"""

from collections.abc import Iterable

MOST_BYTES = 256 * 1024
"""Bytes of one column of words.

Three of them stay below what PostgreSQL takes for one `tsvector`.
"""


def as_stored(words: Iterable[str]) -> str:
    """Return `words` as they are stored; of too many only the first."""
    text = " ".join(sorted(words))
    if len(text) * 4 <= MOST_BYTES or len(text.encode()) <= MOST_BYTES:
        return text
    return text.encode()[:MOST_BYTES].decode(errors="ignore").rpartition(" ")[0]


def join_words(stored: str, added: str) -> str:
    """Return the words of both, as they are stored; `stored` as it is where both together are too
    many.
    """
    if not added:
        return stored
    together = " ".join(sorted({*stored.split(" "), *added.split(" ")} - {""}))
    return together if len(together.encode()) <= MOST_BYTES else stored
