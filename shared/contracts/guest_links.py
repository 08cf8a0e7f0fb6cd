"""The signed link by which a requester without an account reaches exactly one request.

The page is `{public_url}/requests/{token}`, served by the portal. A token names one ticket and the
address that it was mailed to, in a form that only we can check; it is no session. It has no date of
its own: how long the page answers depends on the ticket, which the portal looks up, so that a
request has one link for each address for as long as it can be opened.

Opening a link proves that its reader gets the mails to the address it was mailed to, and to no
other one: a mail that could not be delivered may have been sent again to a corrected address.
"""

import hashlib
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hmac import compare_digest, digest
from uuid import UUID

from itsdangerous import Signer

TOKEN_LENGTH = 66
"""Characters of every token: 32 of the ticket's id and the address, a dot, 33 of the signature (198
bits).
"""

GUEST_LINK_DAYS = 30
"""How long after its end a request can still be opened by its link, unless
SPORTELLO_GUEST_LINK_DAYS says otherwise.
"""

_ID_BYTES = 16
_ADDRESS_BYTES = 8
_BEFORE_SIGNATURE = {32: _ID_BYTES + _ADDRESS_BYTES, 22: _ID_BYTES}
"""Bytes by characters of what is signed: mails from before addresses were in it have the ticket's
id alone.
"""
_TOKEN = (
    r"(?:[A-Za-z0-9_-]{32}\.[A-Za-z0-9_-]{33}|[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43})"
    r"(?![A-Za-z0-9_-])"
)
# It begins where a word begins: tried at each character, a long word would cost the square of its
# length.
_LINK = re.compile(rf"(?<!\S)\S*/requests/{_TOKEN}")
_TOKEN_IN_LINK = re.compile(rf"(?<=/requests/){_TOKEN}")


@dataclass(frozen=True, slots=True)
class GuestLink:
    """What a token says: its ticket, and the keyed digest of the address that it was mailed to
    (None: it does not say).
    """

    ticket_id: UUID
    address: bytes | None = None


def link_to(secret: str, ticket_id: UUID, address: str) -> GuestLink:
    """Return the link to the ticket `ticket_id` that is mailed to `address`; `secret` is
    SPORTELLO_SECRET.
    """
    key = f"sportello.guest-address {secret}".encode()
    folded = address.strip().casefold()
    return GuestLink(
        ticket_id, digest(key, folded.encode("utf-8", "replace"), "sha256")[:_ADDRESS_BYTES]
    )


def is_mailed_to(secret: str, link: GuestLink, address: str) -> bool:
    """Return whether `link` came to `address`, as far as it says: a link without an address came to
    its requester.
    """
    return link.address is None or compare_digest(
        link.address, link_to(secret, link.ticket_id, address).address or b""
    )


def guest_token(secret: str, link: GuestLink) -> str:
    """Return the token of `link`, URL-safe."""
    signer = Signer(
        secret, salt="sportello.guest-link", key_derivation="hmac", digest_method=hashlib.sha256
    )
    return signer.sign(
        urlsafe_b64encode(link.ticket_id.bytes + (link.address or b"")).rstrip(b"=")
    ).decode()[:TOKEN_LENGTH]


def read_guest_token(secret: str, token: str) -> GuestLink | None:
    """Return the link that `token` is, or None where it is garbled or not ours."""
    signed = token.find(".")
    if len(token) != TOKEN_LENGTH or signed not in _BEFORE_SIGNATURE or not token.isascii():
        return None
    try:
        said = urlsafe_b64decode(token[:signed] + "=" * (-signed % 4))
    except (NotBase64, ValueError):
        return None
    if len(said) != _BEFORE_SIGNATURE[signed]:
        return None
    link = GuestLink(UUID(bytes=said[:_ID_BYTES]), said[_ID_BYTES:] or None)
    # Compared whole: base64 has several writings of the same bytes, and only the one that we write
    # is a link.
    return link if compare_digest(guest_token(secret, link), token) else None


def readdressed(secret: str, text: str, ticket_id: UUID, address: str) -> str:
    """Return `text`, a mail about the ticket `ticket_id`, with its links as they are mailed to
    `address`.
    """

    def anew(found: re.Match[str]) -> str:
        link = read_guest_token(secret, found.group())
        if link is None or link.ticket_id != ticket_id:
            return found.group()
        return guest_token(secret, link_to(secret, ticket_id, address))

    return _TOKEN_IN_LINK.sub(anew, text)


def same_way_to(link: GuestLink, ticket_id: UUID) -> GuestLink:
    """Return the link to the ticket `ticket_id` for a reader who came by `link`."""
    return replace(link, ticket_id=ticket_id)


def without_links(text: str) -> str:
    """Return `text` with every link that a token is in replaced by `[…]`.

    Only the mail itself has the link. Who else reads its text, an operator or somebody whom the
    request is shared with, would be taken for the requester by it.
    """
    return _LINK.sub("[…]", text)


def is_link_open(closed_at: datetime | None, *, days: int, now: datetime) -> bool:
    """Return whether a ticket that ended at `closed_at` (None: it has not) can still be opened by
    its link, `days` after its end.
    """
    return closed_at is None or now <= closed_at + timedelta(days=days)


def guest_page(public_url: str, token: str) -> str:
    """Return the address of the page that `token` opens; `public_url` is SPORTELLO_PUBLIC_URL."""
    return f"{public_url.rstrip('/')}/requests/{token}"
