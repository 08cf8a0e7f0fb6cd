"""Addresses in what people wrote become links: of web pages and of mailboxes.

Jinja's `urlize` takes time that grows with the square of a text (one of dots held a whole service
for seconds), and it passes what follows a `?` in a mail address on to the mail program. RE2 is
linear, and a link is built by encoding.
"""

from urllib.parse import quote

import re2
from markupsafe import Markup, escape

_LONGEST = 2_000
"""Characters of an address; nothing longer is one."""

_ADDRESS = re2.compile(
    r"(?i)(?P<page>\bhttps?://[^\s<>\"'`\\]+|\bwww\.[^\s<>\"'`\\]+)"
    r"|(?P<mail>\b[a-z0-9][a-z0-9._+-]{0,63}@[a-z0-9][a-z0-9.-]{0,252}\.[a-z]{2,24}\b)"
)
_NEVER_LAST = ".,;:!?…*_'»”’"
_CLOSING = {")": "(", "]": "[", "}": "{"}

_PAGE = Markup('<a href="{}" rel="noreferrer nofollow">{}</a>')
_MAIL = Markup('<a href="{}">{}</a>')


def linked(text: str) -> Markup:
    """Return `text` as HTML, whose web and mail addresses are links that tell nobody where they
    were followed from.
    """
    parts: list[str] = []
    done = 0
    for found in _ADDRESS.finditer(text):
        page = found["page"]
        address = _without_tail(page) if page else found["mail"]
        if not page or _leads_somewhere(address):
            parts += [
                escape(text[done : found.start()]),
                _page(address) if page else _mail(address),
            ]
            done = found.start() + len(address)
    parts.append(escape(text[done:]))
    return Markup("").join(parts)


def mailto(address: str) -> str:
    """Return the link that opens a mail to `address` in the mail program; nothing in it can add a
    header.
    """
    return f"mailto:{quote(address, safe='@')}"


def _page(address: str) -> Markup:
    return _PAGE.format(address if "://" in address else f"https://{address}", address)


def _mail(address: str) -> Markup:
    return _MAIL.format(mailto(address), address)


def _leads_somewhere(address: str) -> bool:
    _, _, place = address.rpartition("://")
    return len(address) <= _LONGEST and place[:1].isalnum() and address.lower() != "www"


def _without_tail(address: str) -> str:
    """Return a page's address without what ends the sentence around it, and a bracket that was
    opened before it.
    """
    end = len(address)
    opened = {
        closing: address.count(opening) - address.count(closing)
        for closing, opening in _CLOSING.items()
    }
    while end and (last := address[end - 1]):
        if last in _CLOSING and opened[last] < 0:
            opened[last] += 1
        elif last not in _NEVER_LAST:
            break
        end -= 1
    return address[:end]
