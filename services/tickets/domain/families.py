"""What a ticket knows of its parent and its children: values that are read together with the ticket."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

from shared.contracts.events.families import ChildTold
from shared.contracts.events.ticket_state import ENDED, State
from shared.core.ids import derived_id


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

    While a ticket is locked none of its children can be opened or reopened, so "no open child" stays true until the
    transaction ends. The parent may change meanwhile, unless the use case locks it too.
    """

    parent: Parent | None = None
    children: Mapping[str, Child] = field(default_factory=dict)

    @property
    def states(self) -> dict[str, State]:
        """The state of each child by its number; that of a merged one is the state of the sibling that goes on with it."""
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
