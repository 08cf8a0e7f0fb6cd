"""The articles of a ticket: what operators and the requester write, and the notices they get."""

from datetime import datetime
from functools import partial
from uuid import UUID

from services.tickets.domain.changes import Change, article_of
from services.tickets.domain.ticket import Ticket
from shared.contracts.desk import Desk
from shared.contracts.events import tickets as told
from shared.contracts.people import SYSTEM, Actor


def question_asked(ticket: Ticket, *, body: str, actor: Actor, desk: Desk, at: datetime) -> Change:
    """Ask the requester."""
    ticket.state = ticket.state_after("ask", desk)
    ticket.question_asked_at, ticket.reminded_at, ticket.expires_at = at, None, None
    return ticket.said("question", told.TicketQuestionAsked, body, at=at, actor=actor)


def answered(ticket: Ticket, *, body: str, actor: Actor, desk: Desk, at: datetime) -> Change:
    """Write to the requester."""
    ticket.state = ticket.state_after("reply", desk)
    return ticket.said("answer", told.TicketAnswered, body, at=at, actor=actor)


def noted(ticket: Ticket, *, body: str, actor: Actor, desk: Desk, at: datetime) -> Change:
    """Get an internal note."""
    ticket.state = ticket.state_after("note", desk)
    article = article_of("note", actor, "", body, at=at)
    return ticket.changed(told.TicketNoted, at=at, actor=actor, articles=(article,))


def forwarded(
    ticket: Ticket, *, to: str, body: str, actor: Actor, desk: Desk, at: datetime
) -> Change:
    """Have words about it sent to an outside address."""
    ticket.state = ticket.state_after("forward", desk)
    article = article_of("forward", actor, ticket.subject, body, at=at)
    tell = partial(told.TicketForwarded, to=to)
    return ticket.changed(
        tell, at=at, actor=actor, articles=(article,), of_others={"to": (None, to)}
    )


def requester_replied(
    ticket: Ticket, *, body: str | None, actor: Actor, desk: Desk, at: datetime
) -> Change:
    """Get what the requester wrote; a closed ticket is open again, as by `reopened`.

    `body` None: the words stand in a ticket that was merged into this one (see `written_to`).
    """
    after = ticket.state_after("requester_replies", desk)
    comes_back = ticket.closed_at is not None and after == "open"
    hops = ticket.come_back(desk, at=at) if comes_back else ()
    ticket.state = after
    articles = (
        (article_of("reply", actor, ticket.subject, body, at=at),) if body is not None else ()
    )
    return ticket.changed(
        told.TicketRequesterReplied, at=at, actor=actor, articles=articles, hops=hops
    )


def written_to(ticket: Ticket, *, body: str, actor: Actor, at: datetime) -> Change:
    """Keep what the requester wrote to this merged ticket; the one that goes on with it is told
    that they replied.
    """
    return ticket.said("reply", told.TicketRequesterReplied, body, at=at, actor=actor)


def notified(
    ticket: Ticket,
    *,
    article_id: UUID,
    subject: str,
    body: str,
    written_at: datetime,
    expires_at: datetime | None = None,
    at: datetime,
) -> Change:
    """Get a notice that went to the requester as an article.

    `expires_at`: it was the reminder, and that long is waited.
    """
    ticket.expires_at = expires_at or ticket.expires_at
    notice = article_of("notice", SYSTEM, subject, body, at=written_at).model_copy(
        update={"id": article_id}
    )
    return ticket.changed(told.TicketNotified, at=at, actor=SYSTEM, articles=(notice,))
