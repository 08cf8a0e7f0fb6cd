"""The signed link by which a requester without an account reaches exactly one request.

The page is `{public_url}/requests/{token}`, served by the portal. A token names one ticket and nothing else; it is no
session. It has no date of its own: how long the page answers depends on the ticket, which the portal looks up, so that a
request has one link for as long as it can be opened.
"""

import hashlib
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from datetime import datetime, timedelta
from hmac import compare_digest
from uuid import UUID

from itsdangerous import Signer

TOKEN_LENGTH = 66
"""Characters of every token: 22 of the ticket's id, a dot, 43 of the signature."""

GUEST_LINK_DAYS = 30
"""How long after its end a request can still be opened by its link, unless SPORTELLO_GUEST_LINK_DAYS says otherwise."""

_ID_LENGTH = 22
# It begins where a word begins: tried at each character, a long word would cost the square of its length.
_LINK = re.compile(r"(?<!\S)\S*/requests/[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")


def guest_token(secret: str, ticket_id: UUID) -> str:
    """Return the token for the ticket `ticket_id`, URL-safe; `secret` is SPORTELLO_SECRET."""
    signer = Signer(secret, salt="sportello.guest-link", key_derivation="hmac", digest_method=hashlib.sha256)
    return signer.sign(urlsafe_b64encode(ticket_id.bytes).rstrip(b"=")).decode()


def read_guest_token(secret: str, token: str) -> UUID | None:
    """Return the id of the ticket that `token` opens, or None where it is garbled or not ours."""
    if len(token) != TOKEN_LENGTH or not token.isascii():
        return None
    try:
        ticket_id = UUID(bytes=urlsafe_b64decode(token[:_ID_LENGTH] + "=="))
    except (NotBase64, ValueError):
        return None
    # Compared whole: base64 has several writings of the same bytes, and only the one that we write is a link.
    return ticket_id if compare_digest(guest_token(secret, ticket_id), token) else None


def without_links(text: str) -> str:
    """Return `text` with every link that a token is in replaced by `[…]`.

    Only the mail itself has the link. Who else reads its text, an operator or somebody whom the request is shared with,
    would be taken for the requester by it.
    """
    return _LINK.sub("[…]", text)


def is_link_open(closed_at: datetime | None, *, days: int, now: datetime) -> bool:
    """Return whether a ticket that ended at `closed_at` (None: it has not) can still be opened by its link, `days` after its end."""
    return closed_at is None or now <= closed_at + timedelta(days=days)


def guest_page(public_url: str, token: str) -> str:
    """Return the address of the page that `token` opens; `public_url` is SPORTELLO_PUBLIC_URL."""
    return f"{public_url.rstrip('/')}/requests/{token}"
