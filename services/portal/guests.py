"""People without an account: what the link in their mails opens, what they do by it, and how they
get it again.
"""

from dataclasses import dataclass, replace
from hashlib import sha256

from services.portal.context import PortalContext
from services.portal.domain.viewer import Viewer
from services.portal.queries.tickets import end_of, find_by_id
from services.portal.queries.viewers import Reading
from services.portal.quotas import count, of_client
from services.portal.usecases import act
from shared.contracts.commands.guests import GuestConfirm
from shared.contracts.events.portal import LinkAsked
from shared.contracts.events.ticket_state import TicketState
from shared.contracts.guest_links import (
    GuestLink,
    guest_token,
    is_link_open,
    is_mailed_to,
    read_guest_token,
    same_way_to,
)
from shared.contracts.people import Requester
from shared.core.cause import Cause
from shared.core.errors import BusUnreachable, KeyReused, NoAnswer, NotThere
from shared.core.ids import derived_id
from shared.database.command_answers import answer_row, find_answer
from shared.database.desk_copy import current_desk
from shared.database.unit_of_work import UnitOfWork
from shared.text.addresses import mailbox_of


@dataclass(frozen=True, slots=True)
class Opened:
    """The request that `link` opened, and its requester as who looks at it.

    `confirms`: the link came to the requester's own address, so opening it proves that address. It
    does not where an operator had a mail sent again to another address: its reader acts for the
    requester, who stays as sure as before.
    """

    ticket: TicketState
    viewer: Viewer
    link: GuestLink
    confirms: bool

    def now_at(self, ticket: TicketState) -> "Opened":
        """Return the same for `ticket`, which this request is now, or which began with what its
        requester wrote.
        """
        return replace(self, ticket=ticket, viewer=self.viewer.by_link_of(ticket))

    def as_read(self, ticket: TicketState) -> TicketState:
        """Return `ticket` as its requester may act on it, also where their address will not be
        confirmed by this link.
        """
        if self.confirms or ticket.requester.assurance != "typed":
            return ticket
        return ticket.model_copy(
            update={"requester": ticket.requester.model_copy(update={"assurance": "confirmed"})}
        )

    @property
    def caller(self) -> Requester:
        """Who gives commands by the link."""
        return self.ticket.requester


async def open_link(portal: PortalContext, connection: Reading, token: str) -> Opened:
    """Return the request that `token` opens.

    Raises NotThere, whatever is the matter: a token that is not ours, a ticket that is gone or a
    child's, a requester who has an account, a request whose end is too long ago.
    """
    link = read_guest_token(portal.guests.secret, token)
    ticket = await find_by_id(connection, link.ticket_id) if link is not None else None
    if (
        link is None
        or ticket is None
        or ticket.parent_id is not None
        or ticket.requester.identity is not None
    ):
        raise NotThere
    if not is_link_open(
        await end_of(connection, ticket), days=portal.guests.days, now=portal.database.clock.now()
    ):
        raise NotThere
    confirms = is_mailed_to(portal.guests.secret, link, ticket.requester.email)
    return Opened(ticket, await _viewer(connection, ticket), link, confirms)


async def confirm(portal: PortalContext, opened: Opened) -> Opened:
    """Have the address of the requester confirmed, now that the link to it was opened; return the
    request after it.

    Where tickets does not answer, the request is shown as it is: the link is opened again.
    """
    if opened.ticket.requester.assurance != "typed" or not opened.confirms:
        return opened
    ticket = opened.ticket
    command = GuestConfirm(caller=opened.caller, number=ticket.number, ticket_id=ticket.id)
    try:
        done = await act(portal, command, key=None)
    except (NoAnswer, BusUnreachable):
        return opened
    return opened.now_at(done.ticket)


async def ask_for_link(
    portal: PortalContext,
    *,
    number: str,
    email: str,
    client: str | None,
    key: str | None,
    cause: Cause,
) -> None:
    """Have the link to the request `number` mailed to its requester, if `email` is that person's
    address; once for each `key`.

    Nothing is looked up here, so that neither the answer nor its time tells whether it is. Raises
    TooManyRequests, KeyReused.
    """
    rules = portal.guests
    mailbox = mailbox_of(email)
    async with portal.database.transaction() as uow:
        if key is not None and await _was_asked(uow, key, email=email, number=number):
            return
        of_request = {"portal.link.request": (f"{number} {mailbox}", rules.links)}
        await count(uow, {**of_request, **of_client("portal.link", client, rules.links_client)})
        wish = LinkAsked(number=number, email=email, at=uow.now)
        uow.emit(wish, aggregate_id=derived_id("portal.link", number), cause=cause)


async def _was_asked(uow: UnitOfWork, key: str, *, email: str, number: str) -> bool:
    """Return whether a link was asked for with `key` before, and remember that it is now.

    A key belongs to the address that it is used with: what another person does with the same key is
    not told. Raises KeyReused for another number of the same person.
    """
    use_of_key, content_hash = (
        derived_id("portal.link.key", email.casefold(), key),
        sha256(number.encode()).hexdigest(),
    )
    known = await find_answer(uow.connection, use_of_key)
    if known is not None and known[0] != content_hash:
        raise KeyReused
    if known is None:
        uow.insert_later(answer_row(use_of_key, body_hash=content_hash, answer={}, now=uow.now))
    return known is not None


def own_token(portal: PortalContext, opened: Opened, ticket: TicketState) -> str:
    """Return the token of `ticket`, which the requester's own message began or changed: that of the
    link, unless it is a new one.
    """
    is_theirs = (
        ticket.requester.identity is None and ticket.requester.email_key == opened.caller.email_key
    )
    return guest_token(
        portal.guests.secret, same_way_to(opened.link, ticket.id) if is_theirs else opened.link
    )


async def _viewer(connection: Reading, ticket: TicketState) -> Viewer:
    return Viewer((await current_desk(connection)).desk, ticket.requester, link=ticket.id)
