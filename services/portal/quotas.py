"""How often people may act where others are told of it: counted in the database, where all portal
processes see it.
"""

from collections.abc import Mapping
from datetime import timedelta

from services.portal.context import PortalContext
from services.portal.queries.articles import has_replies
from shared.contracts.commands.base import Command
from shared.contracts.commands.guests import GuestCommand, GuestReply
from shared.contracts.commands.tickets import RequesterReply, TicketCommand
from shared.contracts.people import Requester
from shared.core.ids import derived_id
from shared.database.command_answers import answer_row, find_answer
from shared.database.quotas import Quota, use
from shared.database.unit_of_work import UnitOfWork
from shared.policy.actions.registry import find_action
from shared.text.sentences import N_
from shared.web.errors import Refused, TooManyRequests
from shared.web.rate import CLIENTS_OF_A_NETWORK, network_of

AN_HOUR = timedelta(hours=1)
MOST_REPLIES = 500
"""So many messages its requester may write to one request: it is read as a whole."""
ON_THIS_MACHINE = 100
"""Somebody on this machine itself may do so many times as much: demos and measurements run
there.
"""
_FULL = N_(
    "This request holds as many of your messages as it can. Send a new request for what is missing."
)

Wishes = Mapping[str, tuple[str, int]]
"""By the name of a limit: whose it is, and how many an hour (0: any number)."""


def command_scope(caller: Requester) -> str:
    """Return under which name the keys of `caller` are kept: somebody without an identity is known
    by the address.
    """
    return caller.identity or f"mailto:{caller.email.casefold()}"


async def count_act(
    portal: PortalContext, command: TicketCommand, *, client: str | None, key: str | None
) -> None:
    """Count `command`, sent by `client` (None: from this machine itself), once for each `key` of
    its caller.

    Raises TooManyRequests, and Refused for a full request; then the key is as if it had not been
    used.
    """
    wishes = _wishes(portal, command, client)
    if not wishes:
        return
    async with portal.database.transaction() as uow:
        if key is not None and await _was_counted(uow, command, key):
            return
        await count(uow, wishes)
        if isinstance(command, RequesterReply | GuestReply) and await has_replies(
            uow.connection, command.number, most=MOST_REPLIES
        ):
            raise Refused(409, "too-many-messages", _FULL)


async def _was_counted(uow: UnitOfWork, command: TicketCommand, key: str) -> bool:
    """Return whether `key` of the caller was counted, and remember that it is now.

    What it meant then is for tickets to know.
    """
    use_of_key = derived_id("portal.counted", command_scope(command.caller), key)
    if await find_answer(uow.connection, use_of_key) is not None:
        return True
    uow.insert_later(answer_row(use_of_key, body_hash="", answer={}, now=uow.now))
    return False


async def count(uow: UnitOfWork, wishes: Wishes) -> None:
    """Count one use of each of `wishes`. Raises TooManyRequests."""
    quotas = [
        Quota.of(name, subject, most=most, within=AN_HOUR)
        for name, (subject, most) in wishes.items()
        if most
    ]
    used = await use(uow.connection, dict.fromkeys(quotas, 1), now=uow.now)
    beyond = [used[quota.key] for quota in quotas if used[quota.key].used > quota.most]
    if beyond:
        raise TooManyRequests(retry_after=max(each.wait(uow.now) for each in beyond))


def of_client(name: str, client: str | None, most: int) -> Wishes:
    """Return the limit `name` of `client` and that of the larger network which it may be part of;
    none of this machine itself.
    """
    if client is None:
        return {}
    network = network_of(client)
    of_network = (
        {f"{name}.network": (network, most * CLIENTS_OF_A_NETWORK)} if network is not None else {}
    )
    return {f"{name}.client": (client, most), **of_network}


def _wishes(portal: PortalContext, command: Command, client: str | None) -> Wishes:
    rules, guests = portal.limits, portal.guests
    action = find_action(type(command))
    limit = action.limit if action is not None else ""
    if limit == "guest" and isinstance(command, GuestCommand):
        of_request = {"portal.guest-reply": (str(command.ticket_id), guests.replies)}
        return {**of_request, **of_client("portal.guest-reply", client, guests.replies_client)}
    times = ON_THIS_MACHINE if client is None else 1
    who = command_scope(command.caller)
    if limit == "replies":
        return {"portal.reply": (who, rules.replies * times)}
    if limit == "sending":
        return {"portal.sending": (who, rules.sendings * times)}
    return {}
