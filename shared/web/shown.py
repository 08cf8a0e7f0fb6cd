"""How what people wrote appears in a page: as it was written, kept apart from what stands around
it.
"""

from markupsafe import Markup

from shared.text.addresses import readable_address
from shared.text.cleaning import apart, clean_line, has_visible

_ISOLATED = Markup('<bdi dir="auto">{}</bdi>')
_WRITTEN = Markup('<bdi class="sp-written" dir="auto">{}</bdi>')


def isolated(text: object) -> Markup:
    """Return a name or another short text, whose direction is its own and turns nothing around
    it.
    """
    return _ISOLATED.format(text)


def written(text: object) -> Markup:
    """Return a text with its line breaks and runs of blanks."""
    return _WRITTEN.format(text)


def address_shown(address: str) -> Markup:
    """Return a mail address in its readable form."""
    return isolated(readable_address(address))


def subject_shown(subject: str, *, instead: str) -> Markup:
    """Return the subject of a ticket, or `instead` where nothing of it can be seen: a link must
    have a width.
    """
    return written(subject if has_visible(clean_line(subject)) else instead)


def subject_in_title(subject: str, *, instead: str) -> str:
    """Return the subject for the title of a page, which has no markup: isolated by characters where
    it runs from right to left.
    """
    return apart(clean_line(subject) or instead)
