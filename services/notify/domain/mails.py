"""Which event owes whom which mail (DOMAIN section 6, column "requester")."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from shared.errors import Invalid
from shared.events.notify import MailKind
from shared.events.ticket_state import Article, ArticleKind, TicketState
from shared.events.tickets import TicketAnswered, TicketAssigned, TicketClosed, TicketCreated, TicketEvent, TicketQuestionAsked, TicketTaken
from shared.ids import DeliveryId, derived_id

CARRIES: dict[MailKind, ArticleKind] = {"question": "question", "answer": "answer", "final_answer": "answer"}
"""The mails that are an article written by a person, and its kind. The others are notices, which become articles themselves."""


@dataclass(frozen=True, slots=True)
class MailOwed:
    """One mail that has to reach one person.

    `sequence` orders the mails of one ticket to one recipient: it is the ticket's version, so that no earlier row has to be read to
    find it. `text` is what the operator wrote, "" for a notice. `article_id` is the article that the mail is: the one it carries, or
    the `notice` that tickets appends for it.
    """

    id: DeliveryId
    kind: MailKind
    ticket: TicketState
    recipient: str
    sequence: int
    article_id: UUID
    text: str


def mail_owed(event: TicketEvent) -> MailOwed | None:
    """Return the mail that `event` owes the requester, None where it owes none.

    A child never writes to the person: its parent's owner stands in between. The same event always gives the same delivery id.
    Raises Invalid when the event announces an article and does not carry it.
    """
    kind = _kind_of(event)
    if kind is None or event.ticket.parent_id is not None:
        return None
    ticket = event.ticket
    recipient = ticket.requester.email.strip()
    delivery_id = DeliveryId(derived_id("delivery", ticket.id, ticket.version, kind, recipient.casefold()))
    if kind in CARRIES:
        article = _only(event.articles, CARRIES[kind], event)
        return MailOwed(delivery_id, kind, ticket, recipient, ticket.version, article.id, article.body)
    return MailOwed(delivery_id, kind, ticket, recipient, ticket.version, derived_id("notice", delivery_id), "")


def _kind_of(event: TicketEvent) -> MailKind | None:
    match event:
        case TicketCreated():
            return "receipt"
        case TicketTaken(first_time=True) | TicketAssigned(first_time=True):
            return "taking_charge"
        case TicketQuestionAsked():
            return "question"
        case TicketAnswered():
            return "answer"
        case TicketClosed():
            return "final_answer"
        case _:
            return None


def _only(articles: Iterable[Article], kind: ArticleKind, event: TicketEvent) -> Article:
    for article in articles:
        if article.kind == kind:
            return article
    raise Invalid(f"{event.NAME} of ticket {event.ticket.number} version {event.ticket.version} carries no article {kind}")
