"""What the portal's web side works with."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from fastapi import Request

from services.portal.live.hub import Hub
from shared.contracts.guest_links import GUEST_LINK_DAYS
from shared.database.database import Database
from shared.database.envelope import Envelope
from shared.messaging.commands import CommandSender
from shared.messaging.live import Announcer

Apply = Callable[[Sequence[Envelope[bytes]]], Awaitable[None]]
"""Puts events into the read model, in a transaction of their own."""


@dataclass(frozen=True, slots=True)
class GuestRules:
    """How people without an account reach their requests: `secret` signs their links, which work
    until `days` after the end of a request.

    The limits are for an hour, 0 is any number: wishes for the link to one request, wishes by one
    client, replies to one request, replies by one client.
    """

    secret: str
    days: int = GUEST_LINK_DAYS
    links: int = 5
    links_client: int = 30
    replies: int = 30
    replies_client: int = 120


@dataclass(frozen=True, slots=True)
class ActLimits:
    """How often an hour one person who has signed in acts as a requester, and sends something out
    as an operator; 0 is any number.
    """

    replies: int = 60
    sendings: int = 300


@dataclass(frozen=True, slots=True)
class PortalContext:
    """`sender` asks other services, `apply` is the consumer's own path, `hub` knows the browsers
    that listen, `announcer` tells all portal processes what changed.

    `is_demo`: anyone may choose who to be.
    """

    database: Database
    sender: CommandSender
    apply: Apply
    hub: Hub
    announcer: Announcer
    is_demo: bool
    guests: GuestRules
    limits: ActLimits = ActLimits()


def portal_of(request: Request) -> PortalContext:
    """Return the context of the application that serves `request` (kept on `app.state.portal`)."""
    portal: PortalContext = request.app.state.portal
    return portal
