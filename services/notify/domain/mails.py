"""Which event owes whom which mail (DOMAIN section 6, column "requester", and what is
forwarded).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from shared.contracts.events import tickets as told
from shared.contracts.events.guests import GuestLinkAsked
from shared.contracts.events.notify import MailKind
from shared.contracts.events.ticket_state import Article, ArticleKind, TicketState
from shared.contracts.events.tickets import TicketEvent
from shared.core.errors import Invalid
from shared.core.ids import DeliveryId, derived_id

CARRIES: dict[MailKind, ArticleKind] = {
    "question": "question",
    "answer": "answer",
    "final_answer": "answer",
    "forward": "forward",
}
"""The mails that are an article written by a person, and its kind.

The others are notices, which become articles themselves.
"""


@dataclass(frozen=True, slots=True)
class MailOwed:
    """One mail that has to reach one person.

    `sequence` orders the mails of one ticket to one recipient: it is the ticket's version, so that
    no earlier row has to be read to find it. `text` is what the operator `author` wrote, both ""
    for a notice. `article_id` is the article that the mail is: the one it carries, or the `notice`
    that tickets appends for it. `recipient_name` is "" where it is not known.
    """

    id: DeliveryId
    kind: MailKind
    ticket: TicketState
    recipient: str
    recipient_name: str
    sequence: int
    article_id: UUID
    text: str
    author: str


def mail_owed(event: TicketEvent) -> MailOwed | None:
    """Return the mail that `event` owes the requester or an outside address, None where it owes
    none.

    A child never writes to the person: its parent's owner stands in between. The same event always
    gives the same delivery id. Raises Invalid when the event announces an article and does not
    carry it.
    """
    kind = _kind_of(event)
    ticket = event.ticket
    if kind is None:
        return None
    if isinstance(event, told.TicketForwarded):
        recipient, name = event.to.strip(), ""
    elif ticket.parent_id is None:
        recipient = ticket.requester.email.strip()
        name = ticket.requester.name if shows_senders_words(ticket, kind) else ""
    else:
        return None
    delivery_id = DeliveryId(
        derived_id("delivery", ticket.id, ticket.version, kind, recipient.casefold())
    )
    if kind in CARRIES:
        article = _only(event.articles, CARRIES[kind], event)
        return MailOwed(
            delivery_id,
            kind,
            ticket,
            recipient,
            name,
            ticket.version,
            article.id,
            article.body,
            article.author.name,
        )
    return MailOwed(
        delivery_id,
        kind,
        ticket,
        recipient,
        name,
        ticket.version,
        derived_id("notice", delivery_id),
        "",
        "",
    )


def carries_senders_words(ticket: TicketState) -> bool:
    """Return whether mails to the requester may carry what the requester wrote, their name
    included.

    Otherwise anybody could type a stranger's address into a form and write to them in the
    university's name.
    """
    return ticket.requester.assurance != "typed"


def shows_senders_words(ticket: TicketState, kind: MailKind) -> bool:
    """Return whether a mail of this kind to the requester shows what the requester wrote.

    Anybody can have the link sent anew. A mail scanner of the person whose address was typed may
    have opened it before, which counts as confirming the address; this mail is then still no way to
    write to that person.
    """
    return kind != "link" and carries_senders_words(ticket)


def is_countable(mail: MailOwed) -> bool:
    """Return whether anybody who knows an address can cause `mail` to it: such mails are counted by
    mailbox.

    Others come from an operator, from the clock, or from somebody who signed in or opened a link
    that was mailed to them.
    """
    return mail.kind == "link" or (
        mail.kind == "receipt" and not carries_senders_words(mail.ticket)
    )


def _kind_of(event: TicketEvent) -> MailKind | None:
    match event:
        case told.TicketCreated():
            return "receipt"
        case told.TicketTaken(first_time=True) | told.TicketAssigned(first_time=True):
            return "taking_charge"
        case told.TicketQuestionAsked():
            return "question"
        case told.TicketReminded():
            return "reminder"
        case told.TicketAnswered():
            return "answer"
        case told.TicketClosed():
            return "final_answer"
        case told.TicketExpired():
            return "expired"
        case told.TicketForwarded():
            return "forward"
        case GuestLinkAsked():
            return "link"
        case _:
            return None


def _only(articles: Iterable[Article], kind: ArticleKind, event: TicketEvent) -> Article:
    for article in articles:
        if article.kind == kind:
            return article
    raise Invalid(
        f"{event.NAME} of ticket {event.ticket.number} version {event.ticket.version} carries "
        f"no "
        f"article {kind}"
    )
