"""Which operators are told of which event, and as what (DOMAIN section 6, the operators'
columns).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from services.notify.domain.mails import MailOwed
from shared.contracts.desk import Desk
from shared.contracts.events import families, guests, mails, merging, tickets
from shared.contracts.events.notify import NoticeKind
from shared.contracts.events.tickets import TicketEvent
from shared.policy.permissions import holder_of, rights_on

Why = Literal[
    "owner",
    "old_owner",
    "responsible",
    "old_responsible",
    "last_owner",
    "bounced_by",
    "watcher",
    "queue",
]
"""What somebody is to the ticket that he is told of it. The first that applies is his."""

When = Literal["never", "unheld", "always"]
"""Whether a row tells somebody; `unheld`: while nobody holds the ticket."""

MAY_MUTE: frozenset[Why] = frozenset({"watcher", "queue"})
"""Who is told of his own choice, and so may choose otherwise."""


@dataclass(frozen=True, slots=True)
class NoticeOwed:
    """One operator is to be told of one change."""

    operator: str
    kind: NoticeKind
    why: Why


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the matrix: what it is called, and who is told beside the responsible, who always is
    (before a change of it and after).
    """

    kind: NoticeKind
    owner: bool = False
    old_owner: bool = False
    last_owner: When = "never"
    watchers: bool = False
    queue: When = "never"


_CLOSED = frozenset({"closed_successful", "closed_unsuccessful"})

_CREATED = _Row("created", queue="always")
_OWNER_CHANGED = _Row("owner_changed", owner=True, old_owner=True, watchers=True)
_RESPONSIBLE_CHANGED = _Row("responsible_changed", owner=True, watchers=True)
_MOVED = _Row("moved", owner=True, old_owner=True, watchers=True, queue="always")
_ESCALATED = _Row("moved", last_owner="always", watchers=True, queue="always")
_CHILD = _Row("child", owner=True, old_owner=True, watchers=True)
_CHILD_REPORTED = _Row("child", owner=True, old_owner=True, watchers=True, queue="unheld")
_REPLY_REOPENS = _Row(
    "requester_replied", owner=True, last_owner="always", watchers=True, queue="unheld"
)
_ENDED = _Row("closed", owner=True, watchers=True)
_CHILD_ENDED = _Row("closed", owner=True, watchers=True, queue="always")
_CHANGED = _Row("changed")
_CHANGED_BY_ANOTHER = _Row("changed", owner=True)

_ROWS: Mapping[type[TicketEvent], _Row | None] = {
    tickets.TicketCreated: _CREATED,
    tickets.TicketRoutingRequested: None,
    tickets.TicketQueued: _CREATED,
    tickets.TicketMoved: _MOVED,
    # Where it went is not known yet: told when it reaches its queue.
    tickets.TicketEscalated: None,
    tickets.TicketResumed: _CHANGED_BY_ANOTHER,
    tickets.TicketDue: _Row("due", owner=True, queue="unheld"),
    tickets.TicketTaken: _Row("taken", owner=True, old_owner=True, watchers=True),
    tickets.TicketAssigned: _OWNER_CHANGED,
    tickets.TicketReleased: _OWNER_CHANGED,
    tickets.TicketReleasedBySystem: _Row("released", last_owner="always", queue="unheld"),
    tickets.TicketResponsibleChanged: _RESPONSIBLE_CHANGED,
    tickets.TicketQuestionAsked: _Row("question", watchers=True),
    tickets.TicketRequesterReplied: _Row(
        "requester_replied", owner=True, last_owner="unheld", watchers=True, queue="unheld"
    ),
    tickets.TicketNoted: _Row("note", owner=True, watchers=True),
    tickets.TicketNotified: None,
    tickets.TicketClosed: _ENDED,
    tickets.TicketReopened: _Row(
        "reopened", owner=True, last_owner="always", watchers=True, queue="unheld"
    ),
    tickets.TicketWithdrawn: _ENDED,
    tickets.TicketWatchersChanged: None,
    tickets.TicketReminded: None,
    tickets.TicketExpired: _Row("closed", owner=True, watchers=True, queue="unheld"),
    tickets.TicketMoveUndone: _MOVED,
    families.TicketChildOpened: _CHILD,
    families.TicketChildReported: _CHILD_REPORTED,
    families.TicketBounced: _CHILD,
    families.TicketResent: _Row("child", watchers=True, queue="always"),
    guests.RequesterConfirmed: None,
    guests.GuestLinkAsked: None,
    mails.TicketUndelivered: _Row("undelivered", owner=True, queue="unheld"),
    merging.TicketMerged: _CHANGED_BY_ANOTHER,
    merging.TicketAbsorbed: _CHANGED_BY_ANOTHER,
    merging.TicketMergeUndone: _CHANGED_BY_ANOTHER,
}
"""The matrix; None: nobody is notified.

An event without a row here is told to the responsible alone, who is told of everything that people
do.
"""


class Subscribers:
    """The operators who may work each queue of `desk`, looked up once."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._by_queue: dict[str, tuple[str, ...]] = {}

    def of(self, queue: str | None) -> tuple[str, ...]:
        """Return who may work `queue`; nobody where there is none."""
        if queue is None:
            return ()
        if queue not in self._by_queue:
            self._by_queue[queue] = tuple(
                each for each in self._desk.operators if "rw" in self._desk.rights(each, queue)
            )
        return self._by_queue[queue]


def notices_owed(
    event: TicketEvent, desk: Desk, subscribers: Subscribers, *, mail: MailOwed | None
) -> list[NoticeOwed]:
    """Return who is to be told of `event` under `desk`: nobody twice, not who did it, and nobody
    who may not see the ticket now.

    `subscribers` are those of `desk`; `mail` is what the event owes the requester or an outside
    address: an operator who gets that is not told again. Who muted what is not known here; see
    `is_muted`.
    """
    row = _row_of(event)
    if row is None:
        return []
    told: dict[str, NoticeOwed] = {}
    doers = {
        event.actor.identity,
        event.caused_by if isinstance(event, tickets.TicketQueued) else None,
    }
    for why, operator in _named(row, event, desk, subscribers):
        if operator is None or operator in told or operator in doers:
            continue
        if may_see(desk, operator, event.ticket.queue) and (
            mail is None or not _gets(mail, operator, desk)
        ):
            told[operator] = NoticeOwed(operator, row.kind, why)
    return list(told.values())


def is_muted(owed: NoticeOwed, muted: frozenset[NoticeKind]) -> bool:
    """Return whether somebody who muted the kinds `muted` is not to be told.

    An owner or responsible cannot mute anything.
    """
    return owed.why in MAY_MUTE and owed.kind in muted


def may_see(desk: Desk, operator: str, queue: str | None) -> bool:
    """Return whether `operator` may see a ticket in `queue`; being its owner, responsible or
    watcher never grants more.
    """
    return "ro" in rights_on(desk, operator, queue)


def _gets(mail: MailOwed, operator: str, desk: Desk) -> bool:
    if mail.kind != "forward" and mail.ticket.requester.assurance == "typed":
        # Whoever typed the operator's address shall not keep the notice from them.
        return False
    described = desk.operators.get(operator)
    if described is not None and described.email.strip().casefold() == mail.recipient.casefold():
        return True
    return mail.kind != "forward" and mail.ticket.requester.identity == operator


def _row_of(event: TicketEvent) -> _Row | None:
    if isinstance(event, tickets.TicketQueued) and event.escalated_from is not None:
        return _ESCALATED
    if (
        isinstance(event, tickets.TicketClosed | tickets.TicketWithdrawn | tickets.TicketExpired)
        and event.ticket.parent_id is not None
    ):
        return _CHILD_ENDED
    if isinstance(event, tickets.TicketReleasedBySystem) and "owner" not in event.changes:
        return _RESPONSIBLE_CHANGED
    if isinstance(event, tickets.TicketRequesterReplied) and event.ticket.state == "merged":
        # Told of at the ticket that goes on with it.
        return None
    if isinstance(event, tickets.TicketRequesterReplied) and _before(event, "state") in _CLOSED:
        return _REPLY_REOPENS
    if isinstance(event, tickets.TicketAnswered) and any(
        article.child is not None for article in event.articles
    ):
        return _CHILD_REPORTED
    return _ROWS.get(type(event), _CHANGED)


def _named(
    row: _Row, event: TicketEvent, desk: Desk, subscribers: Subscribers
) -> Iterator[tuple[Why, str | None]]:
    """Name those whom `row` tells, in the order of `Why`."""
    ticket = event.ticket
    holder = holder_of(desk, ticket)
    now = ("always",) if holder is not None else ("always", "unheld")
    if row.owner:
        yield "owner", holder
    if row.old_owner:
        yield "old_owner", _before(event, "owner")
    yield "responsible", ticket.responsible
    yield "old_responsible", _before(event, "responsible")
    if row.last_owner in now:
        yield "last_owner", ticket.last_owner
    if isinstance(event, families.TicketResent):
        yield "bounced_by", event.bounced_by
    if row.watchers:
        yield from (("watcher", each) for each in ticket.watchers)
    if row.queue in now:
        yield from (("queue", each) for each in subscribers.of(ticket.queue))


def _before(event: TicketEvent, field: str) -> str | None:
    before, _ = event.changes.get(field, (None, None))
    return before if isinstance(before, str) else None
