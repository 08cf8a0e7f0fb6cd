"""What the page of a ticket says about its history: who was told of each change, and which one can be taken back."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Protocol

from services.portal.domain.viewer import Viewer
from services.portal.domain.views import HistoryEntry, TicketWithArticles
from services.portal.pages.words import NOTICE_STATES
from shared.actions import rights_on
from shared.events.merging import TicketMerged
from shared.events.notify import NoticeState
from shared.events.ticket_state import ENDED
from shared.events.tickets import TicketEscalated, TicketMoved, TicketMoveUndone, TicketQueued
from shared.web.language import Translator

_PLACED = frozenset({TicketMoved.NAME, TicketMoveUndone.NAME, TicketEscalated.NAME, TicketQueued.NAME})
"""The changes that bring a ticket somewhere; only the last of them can be taken back."""


class Told(Protocol):
    """A notice of the change that made `ticket_version`, and how it came to `operator`."""

    @property
    def ticket_version(self) -> int: ...
    @property
    def operator(self) -> str: ...
    @property
    def state(self) -> NoticeState: ...


def told_by_version(notices: Iterable[Told], viewer: Viewer, translate: Translator) -> dict[int, list[tuple[str, str]]]:
    """Return, by the version that a change made, who was told of it as (name, how)."""
    told: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    for notice in notices:
        told[notice.ticket_version].append((viewer.desk.person_name(notice.operator), translate(NOTICE_STATES[notice.state])))
    return told


def undoable_version(ticket: TicketWithArticles, history: Sequence[HistoryEntry], viewer: Viewer) -> int | None:
    """Return the version of the merge or the move that the viewer may try to take back; whether it is too late, tickets decides."""
    wanted = {TicketMerged.NAME} if ticket.state == "merged" else _PLACED
    last = next((entry for entry in reversed(history) if entry.event in wanted), None)
    if last is None or last.event not in (TicketMerged.NAME, TicketMoved.NAME):
        return None
    if ticket.state in ENDED and last.event != TicketMerged.NAME:
        return None
    is_doer = last.actor.identity is not None and last.actor.identity == viewer.identity
    return last.version if is_doer or "owner" in rights_on(viewer.desk, viewer.identity, ticket.queue) else None
