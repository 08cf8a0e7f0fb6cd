"""What a ticket knows of its parent and its children, and what a parent hears of a child."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

from shared.contracts.events import families, merging, tickets
from shared.contracts.events.families import ChildTold
from shared.contracts.events.ticket_state import ENDED, ChildNews, State
from shared.contracts.events.tickets import TicketEvent
from shared.core.ids import derived_id

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
"""The events of a child that its parent hears of, by what it hears."""


@dataclass(frozen=True, slots=True)
class Parent:
    """The parent of a child, as far as the rules about the child depend on it."""

    state: State
    queue: str | None
    owner: str | None

    @property
    def has_ended(self) -> bool:
        """Whether nothing may go on below the parent."""
        return self.state in ENDED


@dataclass(frozen=True, slots=True)
class Child:
    """The state of a child, and the number of the ticket that it was merged into."""

    state: State
    merged_into: str | None = None


@dataclass(frozen=True, slots=True)
class Family:
    """The relatives of a ticket as they were after the ticket was locked; `children` by number.

    While a ticket is locked none of its children can be opened or reopened, so "no open child"
    stays true until the transaction ends. The parent may change meanwhile, unless the use case
    locks it too.
    """

    parent: Parent | None = None
    children: Mapping[str, Child] = field(default_factory=dict)

    @property
    def states(self) -> dict[str, State]:
        """The state of each child by its number; that of a merged one is the state of the sibling
        that goes on with it.
        """
        states: dict[str, State] = {}
        for number, child in self.children.items():
            while child.merged_into is not None and child.merged_into in self.children:
                child = self.children[child.merged_into]
            states[number] = child.state
        return states

    @property
    def has_open_child(self) -> bool:
        """Whether a child has not ended."""
        return any(state not in ENDED for state in self.states.values())

    def with_child(self, number: str, state: State) -> "Family":
        """Return the family in which the child `number` is in `state`."""
        return replace(self, children={**self.children, number: Child(state)})


def article_id_of(news: ChildTold) -> UUID:
    """Return the id of the article that `news` becomes at the parent."""
    return derived_id("child-told", news.child_id, news.version)


def news_for_parent(event: TicketEvent) -> ChildTold | None:
    """Return what the parent of a child hears of `event`, None where it hears nothing of it."""
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
