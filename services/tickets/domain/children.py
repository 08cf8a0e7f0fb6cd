"""What happens between a ticket and its children: the verbs of both, on what the ticket offers to
all.
"""

from datetime import datetime
from functools import partial

from services.tickets.domain.changes import Change, article_about_child, article_of
from services.tickets.domain.families import article_id_of
from services.tickets.domain.hops import hop_to
from services.tickets.domain.lifecycle import has_row
from services.tickets.domain.ticket import Ticket
from shared.contracts.desk import Desk
from shared.contracts.events import families
from shared.contracts.events.families import ChildTold
from shared.contracts.events.intake import Answer
from shared.contracts.events.ticket_state import ENDED, AboutChild, Run
from shared.contracts.events.tickets import TicketAnswered
from shared.contracts.people import SYSTEM, Actor


def child_opened(
    ticket: Ticket,
    *,
    child: Ticket,
    body: str,
    actor: Actor,
    run: Run | None,
    desk: Desk,
    at: datetime,
) -> Change:
    """Have a child, and wait for it. `run` is the recipe that opened it, as it stands now."""
    ticket.state = ticket.state_after("open_child", desk)
    ticket.children, ticket.run = (*ticket.children, child.number), run
    ticket.knows_child(child)
    about = AboutChild(number=child.number, news="opened", state=child.state)
    article = article_about_child(about, actor, child.subject, body, at=at)
    tell = partial(families.TicketChildOpened, child_id=child.id, child=child.number)
    return ticket.changed(tell, at=at, actor=actor, articles=(article,))


def child_reported(
    ticket: Ticket,
    *,
    news: ChildTold,
    run: Run | None,
    opens_another: bool,
    desk: Desk,
    at: datetime,
) -> Change:
    """Hear of a child; `opens_another`: the recipe goes on at once.

    The same news always gives the same article.
    """
    open_children = opens_another or ticket.facts(desk).open_children
    comes_back = news.news == "reopened" and open_children
    trigger = "child_ended" if news.state in ENDED else "child_reopened" if comes_back else None
    # A parent that waits for something else, or has ended, only takes note.
    if trigger is not None and has_row(ticket.state, trigger):
        ticket.state = ticket.state_after(trigger, desk, open_children=open_children)
    ticket.run = run
    about = AboutChild(number=news.number, news=news.news, state=news.state)
    article = article_about_child(
        about, news.actor, news.subject, news.body, article_id=article_id_of(news), at=at
    )
    tell = partial(
        families.TicketChildReported, child_id=news.child_id, child=news.number, news=news.news
    )
    return ticket.changed(tell, at=at, actor=news.actor, articles=(article,))


def child_answered(ticket: Ticket, *, news: ChildTold, at: datetime) -> Change:
    """Let a child's answer go on to the requester, because its office may write to them."""
    about = AboutChild(number=news.number, news=news.news, state=news.state)
    answer = article_of("answer", news.actor, ticket.subject, news.body, at=at)
    article = answer.model_copy(update={"id": article_id_of(news), "child": about})
    return ticket.changed(TicketAnswered, at=at, actor=news.actor, articles=(article,))


def run_decided(
    ticket: Ticket, *, run: Run, actor: Actor, reason: str, desk: Desk, at: datetime
) -> Change:
    """Have the recipe go on, or stop, as the owner says."""
    ticket.state, ticket.run = ticket.state_after("decide", desk), run
    return ticket.changed(families.TicketRunDecided, at=at, actor=actor, reason=reason)


def bounced(ticket: Ticket, *, reason: str, actor: Actor, desk: Desk, at: datetime) -> Change:
    """Go back to the owner of its parent; it keeps its queue and has no owner."""
    ticket.state, ticket.bounced_by = ticket.state_after("bounce", desk), actor.identity
    about = AboutChild(number=ticket.number, news="returned", state=ticket.state)
    article = article_about_child(about, actor, ticket.subject, reason, passes_up=True, at=at)
    hops = ticket.leave_queue(at=at)
    return ticket.changed(
        families.TicketBounced, at=at, actor=actor, reason=reason, articles=(article,), hops=hops
    )


def landed_wrong(ticket: Ticket, *, queue: str, reason: str, desk: Desk, at: datetime) -> Change:
    """Reach the queue that routing decided, and go back at once for `reason`: what the queue needs
    and it lacks.
    """
    ticket.drop_responsible_who_may_not_see(queue, desk)
    ticket.queue, ticket.routing_asked_at = queue, None
    ticket.hop = ticket.open_hop.in_queue(queue, at=at)
    return bounced(ticket, reason=reason, actor=SYSTEM, desk=desk, at=at)


def resent(
    ticket: Ticket,
    *,
    fields: dict[str, Answer],
    body: str,
    queue: str | None,
    actor: Actor,
    desk: Desk,
    at: datetime,
) -> Change:
    """Go to `queue` again, completed; None: where the rules say."""
    ticket.state = ticket.state_after("resend", desk)
    tell = partial(families.TicketResent, bounced_by=ticket.bounced_by)
    ticket.fields, ticket.queue, ticket.bounced_by = fields, queue, None
    ticket.drop_owner()
    ticket.hop = hop_to(queue, reason="resent", at=at)
    if queue is None:
        ticket.routing, ticket.routing_asked_at = None, at
    article = article_of("reply", actor, ticket.subject, body, at=at)
    return ticket.changed(tell, at=at, actor=actor, articles=(article,), hops=ticket.stays)
