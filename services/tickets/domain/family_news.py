"""What the parent of a child must know of a change of that child, made again from the event of the change."""

from collections.abc import Mapping

from shared.contracts.events import families, merging, tickets
from shared.contracts.events.families import ChildTold
from shared.contracts.events.ticket_state import ENDED, ChildNews
from shared.contracts.events.tickets import TicketEvent

_NEWS: Mapping[type[TicketEvent], ChildNews] = {
    tickets.TicketQuestionAsked: "question",
    tickets.TicketAnswered: "answer",
    tickets.TicketReminded: "reminder",
    tickets.TicketClosed: "outcome",
    tickets.TicketExpired: "outcome",
    tickets.TicketWithdrawn: "withdrawn",
    tickets.TicketReopened: "reopened",
    families.TicketBounced: "returned",
    merging.TicketMerged: "merged",
}


def news_for_parent(event: TicketEvent) -> ChildTold | None:
    """Return what the parent was told of `event`, None where it was told nothing."""
    ticket, news = event.ticket, _NEWS.get(type(event)) or _comes_back(event)
    if ticket.parent_id is None or news is None:
        return None
    return ChildTold(
        parent_id=ticket.parent_id,
        child_id=ticket.id,
        number=ticket.number,
        version=ticket.version,
        news=news,
        state=ticket.state,
        queue=ticket.queue,
        actor=event.actor,
        subject=ticket.subject,
        body=event.articles[-1].body if event.articles else event.reason or "",
    )


def _comes_back(event: TicketEvent) -> ChildNews | None:
    """Return "reopened" where a reply or the end of a merge makes a child go on that had ended."""
    before, after = event.changes.get("state", (None, None))
    return "reopened" if before in ENDED and after not in ENDED else None
