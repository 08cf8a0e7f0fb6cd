"""The family of a ticket as one person may know it: a tree of those above and below it."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.portal.domain.viewer import Viewer
from shared.contracts.events.ticket_state import State
from shared.contracts.people import Reader, Requester


@dataclass(frozen=True, slots=True)
class KnownTicket:
    """A ticket as far as rights, families and links depend on it."""

    id: UUID
    number: str
    state: State
    queue: str | None
    owner: str | None
    subject: str
    requester: Requester
    parent_id: UUID | None
    parent: str | None
    children: tuple[str, ...]
    shared_with: tuple[Reader, ...] = ()


Family = Mapping[str, KnownTicket]
"""The ticket, its ancestors and its descendants, by number."""


class FamilyNode(BaseModel):
    """A ticket of a family; `title` is that of its queue.

    Of one that the viewer may not see (`seen` is false) there is only the number.
    """

    model_config = ConfigDict(frozen=True)

    number: str
    seen: bool
    state: State | None = None
    queue: str | None = None
    title: str | None = None
    subject: str | None = None
    children: list["FamilyNode"] = []


def family_tree(number: str, family: Family, viewer: Viewer, language: str) -> FamilyNode | None:
    """Return the family of the ticket `number`, which `viewer` sees, from the topmost ancestor
    down; None where it has no relatives.

    Whoever sees a ticket sees the numbers of its parent and its children. So two unseen tickets
    never stand one below the other, and what hangs from an unseen one is there only where it is
    seen itself.
    """
    seen = {
        other
        for other, ticket in family.items()
        if other == number or may_get(ticket, family, viewer)
    }
    down = _below(number, family, seen)
    if not down.get(number) and not family[number].parent:
        return None
    node, below = number, _build(number, down, family, seen, viewer, language)
    while (above := family[node].parent if node in family else None) is not None and (
        node in seen or above in seen
    ):
        below = _node(above, [below], family, seen, viewer, language)
        node = above
    return below


def may_get(ticket: KnownTicket, family: Family, viewer: Viewer) -> bool:
    """Return whether `viewer` may get `ticket`, as an operator or as the owner of its parent."""
    return viewer.sees(ticket) or viewer.stands_above(ticket, family.get(ticket.parent or ""))


def _below(number: str, family: Family, seen: set[str]) -> dict[str, list[str]]:
    """Return the numbers of the visible children by that of their parent, for the ticket `number`
    and all below it.
    """
    below: dict[str, list[str]] = {}
    ahead = [number]
    while ahead:
        at = ahead.pop()
        if at in below:
            continue
        children = family[at].children if at in family else ()
        below[at] = [child for child in children if at in seen or child in seen]
        ahead += below[at]
    return below


def _build(
    number: str,
    below: Mapping[str, list[str]],
    family: Family,
    seen: set[str],
    viewer: Viewer,
    language: str,
) -> FamilyNode:
    children = [_build(child, below, family, seen, viewer, language) for child in below[number]]
    return _node(number, children, family, seen, viewer, language)


def _node(
    number: str,
    children: list[FamilyNode],
    family: Family,
    seen: set[str],
    viewer: Viewer,
    language: str,
) -> FamilyNode:
    if number not in seen:
        return FamilyNode.model_construct(
            number=number,
            seen=False,
            state=None,
            queue=None,
            title=None,
            subject=None,
            children=children,
        )
    ticket = family[number]
    title = viewer.desk.queue_title(ticket.queue, language) or None
    return FamilyNode.model_construct(
        number=number,
        seen=True,
        state=ticket.state,
        queue=ticket.queue,
        title=title,
        subject=ticket.subject,
        children=children,
    )
