"""Text that came from outside, made fit for a database, a header, a log line."""

import re

from shared.text.cleaning import LONGEST_CLEANED, clean_line

MAX_SUBJECT = 200

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def storable(text: str) -> str:
    """Return `text` without what no database, mail or reader can hold (control characters, halves
    of surrogate pairs).

    Lines end with a line feed.
    """
    whole = text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
    return _CONTROLS.sub("", whole).replace("\r\n", "\n").replace("\r", "\n")


def one_line(text: str) -> str:
    """Return `text` as one line that a header can hold: cleaned as people's lines are.

    Joiners, blanks and emoji stay as they were written. What is longer than any text may be is cut.
    """
    return clean_line(text[:LONGEST_CLEANED])


def shortened(text: str, longest: int) -> str:
    """Return `text` with at most `longest` characters; an ellipsis shows that it was cut."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def numbered(number: str, subject: str) -> str:
    """Return `subject` for a mail about ticket `number`, with the mark that says so, as long as a
    subject may be.
    """
    mark = f"[Ticket#{number}]"
    return shortened(subject if mark in subject else f"{mark} {subject}", MAX_SUBJECT)
