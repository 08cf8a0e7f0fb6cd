"""Where links lead when a ticket is merged, and when that is undone: pure, from the tickets as they are."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from shared.events.ticket_state import Link

Links = tuple[Link, ...]


class Linked(Protocol):
    """What must be known of a ticket to say where its links lead."""

    @property
    def number(self) -> str: ...
    @property
    def links(self) -> Links: ...


@dataclass(frozen=True, slots=True)
class Relinked:
    """The links after a merge or its undoing: of the merged ticket, of the one that goes on, and of others by number."""

    merged: Links
    target: Links
    others: Mapping[str, Links]


def links_after_merge(merged: Linked, target: Linked, others: Mapping[str, Linked]) -> Relinked:
    """Return the links after `merged` has become part of `target`, which refers to all that `merged` referred to.

    `others` are the tickets that `merged` is linked to, by number. A link that `target` has itself stays as it is.
    """
    known = {link.to for link in target.links}
    coming = [link for link in merged.links if link.to != target.number and link.to not in known]
    relinked: dict[str, Links] = {}
    for number, other in others.items():
        if number == target.number:
            continue
        links = without(other.links, {merged.number})
        back = next((Link(to=target.number, kind=link.kind) for link in coming if link.to == number), None)
        relinked[number] = (*links, back) if back is not None else links
    relinked = {number: links for number, links in relinked.items() if links != others[number].links}
    return Relinked((), (*without(target.links, {merged.number}), *coming), relinked)


def links_after_undoing(
    merged: Linked,
    target: Linked,
    others: Mapping[str, Linked],
    *,
    before: Links,
    came: Collection[Link],
    goes_on_as: Mapping[str, str],
) -> Relinked:
    """Return the links after `merged` has been taken out of `target` again.

    `before` are the links that `merged` had, `came` those that `target` got with it. Whatever was merged since is found by
    `goes_on_as`, and then in `others`. A link that somebody has taken from `target` meanwhile does not come back; one that
    somebody has set there meanwhile, of another kind, stays.
    """
    mine = {link.to for link in merged.links}
    kept = {link.to: link.kind for link in target.links}
    came_as = {link.to: link.kind for link in came}
    back: list[Link] = []
    leaving: set[str] = set()
    relinked: dict[str, Links] = {}
    for link in before:
        goal = goes_on_as.get(link.to, link.to)
        if goal == merged.number or goal in mine:
            continue
        if goal == target.number:
            back.append(Link(to=goal, kind=link.kind))
        elif goal in kept and goal in others:
            back.append(Link(to=goal, kind=link.kind))
            leaves = came_as.get(link.to) == kept[goal]
            gone = {target.number} if leaves else set()
            leaving |= {goal} if leaves else set()
            relinked[goal] = (*without(others[goal].links, gone), Link(to=merged.number, kind=link.kind))
        mine.add(goal)
    to_target = next((Link(to=merged.number, kind=link.kind) for link in back if link.to == target.number), None)
    links = without(target.links, leaving)
    return Relinked((*merged.links, *back), (*links, to_target) if to_target is not None else links, relinked)


def without(links: Links, numbers: Collection[str]) -> Links:
    """Return `links` but for those to the tickets `numbers`."""
    return tuple(link for link in links if link.to not in numbers)
