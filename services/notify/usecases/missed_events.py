"""Which changes of tickets notify never heard of: their mails and notices are owed, and not in the
ledgers.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.notify.domain.mails import MailOwed, mail_owed
from services.notify.domain.matrix import MAY_MUTE, NoticeOwed, Subscribers, notices_owed
from services.notify.domain.notices import notice_id
from services.notify.repository.owed import Kept, chosen_since, find_kept, mailed_changes
from shared.contracts.desk import Desk
from shared.contracts.events.base import EVENT_CLASSES
from shared.contracts.events.mails import TicketMailResent
from shared.contracts.events.replay import ChangeRetold
from shared.contracts.events.tickets import TicketEvent
from shared.core.errors import Invalid
from shared.database.database import Database

DeskThen = Callable[[datetime], Desk]
"""Returns the desk that was in force at a moment."""


@dataclass(frozen=True, slots=True)
class Unheard:
    """A change that notify never heard of.

    `mail` is what it owes the requester or an outside address; `notices` the operators.

    `is_sent_again`: it is the wish to have a failed mail sent again.
    """

    event: TicketEvent
    mail: MailOwed | None
    notices: tuple[NoticeOwed, ...]
    is_sent_again: bool = False

    @property
    def operators(self) -> tuple[str, ...]:
        """The identities of those who are to be notified."""
        return tuple(each.operator for each in self.notices)


def retold_event(retold: ChangeRetold) -> TicketEvent:
    """Return the event that is told again. Raises Invalid where it is none about a ticket."""
    kind = EVENT_CLASSES.get(retold.event)
    if kind is None or not issubclass(kind, TicketEvent):
        raise Invalid(f"{retold.event} is no event about a ticket")
    try:
        return kind.model_validate(retold.told)
    except ValueError as error:
        raise Invalid(f"{retold.event} of ticket {retold.ticket_id} cannot be read") from error


async def find_unheard(
    database: Database, *, events: Sequence[TicketEvent], desk: Desk, desk_then: DeskThen
) -> tuple[list[Unheard], list[TicketEvent]]:
    """Return those of `events` of which nothing is in the ledgers although they owe something, in
    their order; and those of which that cannot be said, because they lack the article that they
    announce.

    What an event owes is written in one transaction, so that one row proves that it was heard:
    whoever has none then was not to be notified. Operators are owed what they were owed under the
    desk of then and still are under `desk`. Somebody who has changed since then what they want to
    be notified of is left out where that decides: what they wanted at the time is not known.
    """
    mails, broken = _mails(events)
    events = [event for event in events if id(event) in mails]
    then = _By(desk_then)
    owed = {id(event): then.owed(event, mails[id(event)], desk) for event in events}
    operators = {one.operator for some in owed.values() for one in some}
    again = {event.delivery_id for event in events if isinstance(event, TicketMailResent)}
    notices_of_all = {_notice_id(event, one) for event in events for one in owed[id(event)]}
    async with database.reading() as connection:
        chosen = await chosen_since(connection, operators)
        kept = await find_kept(
            connection,
            mails={mail.id for mail in mails.values() if mail} | again,
            notices=notices_of_all,
        )
    found: list[Unheard] = []
    for event in events:
        mail, notices = mails[id(event)], owed[id(event)]
        if (mail is not None and mail.id in kept.mails) or any(
            _notice_id(event, one) in kept.notices for one in notices
        ):
            continue
        sure = tuple(one for one in notices if _is_sure(one, chosen, at=event.ticket.updated_at))
        is_sent_again = _is_wish_unheard(event, kept)
        if mail is not None or sure or is_sent_again:
            found.append(Unheard(event, mail, sure, is_sent_again))
    return found, broken


async def find_heard(
    database: Database, *, changes: Sequence[tuple[UUID, int]], operators: Iterable[str]
) -> set[tuple[UUID, int]]:
    """Return those of `changes` (ticket and version) of which there is a mail or a notice to one of
    `operators`.
    """
    if not changes:
        return set()
    notices = {notice_id(*change, operator): change for change in changes for operator in operators}
    async with database.reading() as connection:
        kept = await find_kept(connection, mails=(), notices=notices)
        return {notices[each] for each in kept.notices} | await mailed_changes(connection, changes)


def _mails(events: Sequence[TicketEvent]) -> tuple[dict[int, MailOwed | None], list[TicketEvent]]:
    mails: dict[int, MailOwed | None] = {}
    broken: list[TicketEvent] = []
    for event in events:
        try:
            mails[id(event)] = mail_owed(event)
        except Invalid:
            broken.append(event)
    return mails, broken


class _By:
    """Who was owed what under the desks of different times."""

    def __init__(self, desk_then: DeskThen) -> None:
        self._desk_then = desk_then
        self._subscribers: dict[int, tuple[Desk, Subscribers]] = {}

    def owed(self, event: TicketEvent, mail: MailOwed | None, desk: Desk) -> list[NoticeOwed]:
        """Return who was to be notified of `event` when it happened, and still is under `desk`."""
        then = self._desk_then(event.ticket.updated_at)
        owed = self._under(event, mail, then)
        if then is desk or not owed:
            return owed
        still = {one.operator for one in self._under(event, mail, desk)}
        return [one for one in owed if one.operator in still]

    def _under(self, event: TicketEvent, mail: MailOwed | None, desk: Desk) -> list[NoticeOwed]:
        _, subscribers = self._subscribers.setdefault(id(desk), (desk, Subscribers(desk)))
        return notices_owed(event, desk, subscribers, mail=mail)


def _is_sure(
    owed: NoticeOwed, chosen: Mapping[str, tuple[datetime, frozenset[str]]], *, at: datetime
) -> bool:
    if owed.why not in MAY_MUTE or owed.operator not in chosen:
        return True
    changed_at, muted = chosen[owed.operator]
    return changed_at <= at and owed.kind not in muted


def _is_wish_unheard(event: TicketEvent, kept: Kept) -> bool:
    if not isinstance(event, TicketMailResent):
        return False
    resent_version = kept.failed.get(event.delivery_id)
    return resent_version is not None and resent_version < event.ticket.version


def _notice_id(event: TicketEvent, owed: NoticeOwed) -> UUID:
    return notice_id(event.ticket.id, event.ticket.version, owed.operator)
