"""The tree of queues as one person sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import get_args

from shared.contracts.desk import Desk
from shared.contracts.events.ticket_state import ENDED, State

ACTIVE_STATES: tuple[str, ...] = tuple(state for state in get_args(State) if state not in ENDED)
"""The states of tickets that have not ended: these are counted."""

Counts = Mapping[str, int]


@dataclass(slots=True)
class QueueNode:
    """A visible queue, how many tickets of each active state are in it, and how many with all that
    hangs from it.
    """

    queue: str
    title: str
    level: int
    group: str
    counts: dict[str, int]
    counts_with_children: dict[str, int]
    children: list["QueueNode"] = field(default_factory=list)


def build_tree(
    desk: Desk, visible: frozenset[str], counted: Mapping[str, Counts], language: str
) -> list[QueueNode]:
    """Return the visible queues in the desk's order; each hangs from its nearest visible ancestor.

    `counted` is queue -> state -> number. Counts with children add up visible queues only.
    """
    nodes = {
        slug: _node(desk, slug, counted.get(slug, {}), language)
        for slug in desk.queues
        if slug in visible
    }
    roots: list[QueueNode] = []
    for slug, node in nodes.items():
        above = _nearest(slug, nodes)
        (nodes[above].children if above else roots).append(node)
    for root in roots:
        _add_up(root)
    return roots


def _node(desk: Desk, slug: str, counts: Counts, language: str) -> QueueNode:
    description = desk.queues[slug]
    own = {state: counts.get(state, 0) for state in ACTIVE_STATES}
    return QueueNode(
        slug,
        description.title.in_language(language),
        description.level,
        description.group,
        own,
        dict(own),
    )


def _nearest(slug: str, nodes: Mapping[str, QueueNode]) -> str | None:
    while "/" in slug:
        slug = slug.rpartition("/")[0]
        if slug in nodes:
            return slug
    return None


def _add_up(node: QueueNode) -> None:
    for child in node.children:
        _add_up(child)
        for state, number in child.counts_with_children.items():
            node.counts_with_children[state] += number
