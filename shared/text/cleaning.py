"""The one place that cleans what people type: in forms, replies, notes, names, searches, over the
API and from the bus.

Cleaning removes what nobody sees or meant to send and keeps what was written. Both functions return
a text in Unicode NFC without blanks around it; cleaning a clean text changes nothing. A text of
more than LONGEST_CLEANED characters is returned as it is.
"""

import re
import unicodedata

import re2

LONGEST_CLEANED = 40_000
"""Characters; twice the longest text that any field takes.

What is longer is refused for its length, and not worth the work.
"""
_BREAKS = "\n\u000b\u000c\r\u001c\u001d\u001e\u0085\u2028\u2029"
"""Line feed, vertical tab, form feed, carriage return, the separators of files, groups and records,
NEL, line and paragraph separator.
"""
_BLANKS = (
    "\u001f\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005"
    "\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
)
_TAB = "    "
"""What a tab at the beginning of a line becomes, where it indents; any other becomes one blank."""
_MARKS = (0x061C, 0x200E, 0x200F)
"""Directional marks place punctuation in a text that mixes directions.

In one line they only hide: a pasted number that begins with one would not be the number.
"""
_NEVER_SEEN = (
    *(code for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\u001f" + _BREAKS),
    0x00AD,  # soft hyphen
    0x180E,  # zero-width blanks
    0x200B,
    *range(0x202A, 0x202F),  # bidirectional embeddings and overrides: they turn what follows around
    *range(
        0x2060, 0x2070
    ),  # word joiner, invisible operators, bidirectional isolates, retired format characters
    0xFEFF,  # byte order mark
    *range(0xFFF0, 0xFFFD),  # annotations, the place of a pasted picture
    *range(0xFDD0, 0xFDF0),  # noncharacters, here and at the end of each plane
    *(plane << 16 | low for plane in range(17) for low in (0xFFFE, 0xFFFF)),
    *range(0xD800, 0xE000),  # halves of characters
)
"""The joiner and the non-joiner (ZWJ, ZWNJ) are not among them: many scripts and emoji need
them.
"""
_SHOWS_NOTHING = frozenset("\u115f\u1160\u2800\u3164\uffa0\U0001d159")
"""Letters and symbols that leave the paper white: Hangul fillers, the empty Braille cell, the note
without a head.
"""

_UNSEEN = dict.fromkeys(_NEVER_SEEN, "")
_IN_TEXTS = {
    **_UNSEEN,
    **dict.fromkeys(map(ord, _BREAKS), "\n"),
    **dict.fromkeys(map(ord, _BLANKS), " "),
}
_IN_LINES = {
    **_IN_TEXTS,
    **dict.fromkeys(_MARKS, ""),
    **dict.fromkeys(map(ord, _BREAKS + "\t"), " "),
}
_TAGS = re.compile(
    "(\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f)"
    "|[\U000e0000-\U000e00ff]"
)
"""Tags can hide a whole text in another.

Those that make the flag of a region of a black flag are its name, and stay.
"""
_UNUSUAL = re.compile(
    r"[^\n\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u2030-\u205e\u20a0-\u20bf]"
)
"""Finds whether a text needs more than a look: most are of letters and signs that stay as they
are.
"""
_MANY_MARKS = re2.compile(r"(\p{M}{30})\p{M}+")
"""More marks on one letter than any script has.

Unicode NFC sorts them, which takes the square of their number: 16,000 of them a second.
"""
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)
_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"
_RIGHT_TO_LEFT = frozenset({"R", "AL", "RLE", "RLO", "RLI"})
_VISIBLE = frozenset("LNPS")
"""The categories of letters, numbers, punctuation and symbols."""


def clean_text(text: str) -> str:
    """Return `text`, which may have several lines: their breaks as `\\n`, their indentation kept.

    Empty if nothing in it can be seen.
    """
    if len(text) > LONGEST_CLEANED:
        return text
    if _UNUSUAL.search(text):
        text = without_unseen(text).replace("\r\n", "\n").translate(_IN_TEXTS)
        if "\t" in text:
            text = _INDENT.sub(lambda found: found[0].replace("\t", _TAB), text).replace("\t", " ")
    return _finished(text)


def clean_line(text: str) -> str:
    """Return `text` as one line: every line break and tab in it is a blank.

    Empty if nothing in it can be seen.
    """
    if len(text) > LONGEST_CLEANED:
        return text
    if "\n" in text or _UNUSUAL.search(text):
        text = without_unseen(text).replace("\r\n", "\n").translate(_IN_LINES)
    return _finished(text)


def without_unseen(text: str) -> str:
    """Return `text` without control characters and others that nobody sees; line breaks, tabs and
    other blanks stay as they are.
    """
    return _TAGS.sub(r"\1", text.translate(_UNSEEN)) if _UNUSUAL.search(text) else text


def first_unseen(text: str) -> str | None:
    """Return the first character that `without_unseen` takes out of `text`, None where it takes out
    none.
    """
    kept = without_unseen(text)
    if kept == text:
        return None
    return next(
        (before for before, after in zip(text, kept, strict=False) if before != after),
        text[len(kept) :][:1],
    )


def apart(text: str) -> str:
    """Return a name or a reason for the middle of a sentence: isolated by characters where it runs
    from right to left.
    """
    is_turned = any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text)
    return f"{_FIRST_STRONG_ISOLATE}{text}{_POP_ISOLATE}" if is_turned else text


def has_visible(text: str) -> bool:
    """Return whether something of a clean `text` can be seen: a letter, a digit, a sign; not
    blanks, fillers or accents alone.
    """
    return any(_is_visible(character) for character in text)


def _is_visible(character: str) -> bool:
    category = unicodedata.category(character)
    # What is not assigned here may be an emoji of next year.
    return category == "Cn" or (category[0] in _VISIBLE and character not in _SHOWS_NOTHING)


def _finished(text: str) -> str:
    text = text.strip()
    if text.isascii():
        return text  # of what is left of ASCII here everything but a blank can be seen
    text = unicodedata.normalize("NFC", _MANY_MARKS.sub(r"\1", text))
    text = _MANY_MARKS.sub(r"\1", text).strip()  # NFC makes two marks of some
    return text if has_visible(text) else ""
