"""Watchers and links of tickets: what a merge does to them, and what its undoing gives back,
computed from the tickets.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from shared.contracts.events.ticket_state import Link

Links = tuple[Link, ...]
Watchers = tuple[str, ...]
MergeEffect = Literal["moves", "suspended", "stays", "recorded"]

MERGE_EFFECTS: Mapping[str, MergeEffect] = {
    "watchers": "moves",
    "links": "moves",
    "state": "suspended",
    "hop": "suspended",
    "run": "suspended",
    "postponed_until": "suspended",
    "question_asked_at": "suspended",
    "reminded_at": "suspended",
    "expires_at": "suspended",
    "routing_asked_at": "suspended",
    "routing_asked_by": "suspended",
    "own": "recorded",
    "merged_into_id": "recorded",
    "merged_into": "recorded",
    "undoable": "recorded",
    "version": "recorded",
    "updated_at": "recorded",
    "closed_at": "recorded",
    "escalated_from": "stays",
    "owner": "stays",
    "responsible": "stays",
    "last_owner": "stays",
    "closed_by": "stays",
    "shared_with": "stays",
    "children": "stays",
    "parent": "stays",
    "parent_id": "stays",
    "family": "stays",
    "undelivered": "stays",
    "queue": "stays",
    "routing": "stays",
    "priority": "stays",
    "fields": "stays",
    "subject": "stays",
    "requester": "stays",
    "request_type": "stays",
    "request_id": "stays",
    "context": "stays",
    "language": "stays",
    "bounced_by": "stays",
    "is_taking_told": "stays",
    "id": "stays",
    "number": "stays",
    "created_at": "stays",
}
"""What a merge does to each fact of the merged ticket.

* `moves`: the target of the merge has it meanwhile, and gives it back when the merge is undone;
* `suspended`: it ends with the merge, and is as before when the merge is undone;
* `stays`: the merge does not touch it. Articles, history and notices stay with the ticket too; the
  target shows its articles meanwhile;
* `recorded`: it says that the ticket is merged, or what the ticket has of its own meanwhile.

An owner or a responsible who has lost the rights meanwhile does not come back (DOMAIN 3).
"""


@dataclass(frozen=True, slots=True)
class Follows:
    """The watchers and the links of a ticket."""

    watchers: Watchers = ()
    links: Links = ()

    def to_json(self) -> dict[str, Any]:
        """Return it as a column keeps it."""
        return {
            "watchers": list(self.watchers),
            "links": [link.model_dump() for link in self.links],
        }

    @staticmethod
    def from_json(kept: Mapping[str, Any]) -> "Follows":
        """Return what `to_json` gave."""
        return Follows(
            tuple(kept["watchers"]), tuple(Link.model_validate(link) for link in kept["links"])
        )


class Followed(Protocol):
    """The facts of a ticket that decide about its watchers and links."""

    @property
    def number(self) -> str: ...
    @property
    def links(self) -> Links: ...
    @property
    def watchers(self) -> Watchers: ...
    @property
    def own(self) -> Follows | None: ...


def own_of(ticket: Followed) -> Follows:
    """Return what was set at the ticket itself, whatever was merged since; its links lead to the
    tickets that people named.
    """
    return ticket.own if ticket.own is not None else Follows(ticket.watchers, ticket.links)


@dataclass(frozen=True, slots=True)
class AfterMerge:
    """What the ticket that goes on has after a merge, and the links of others by number."""

    target: Follows
    others: Mapping[str, Links]


@dataclass(frozen=True, slots=True)
class AfterUndoing:
    """What the two tickets have after a merge was undone, the links of others by number, and the
    merged ticket's `own`.
    """

    merged: Follows
    target: Follows
    own: Follows
    others: Mapping[str, Links]


@dataclass(frozen=True, slots=True)
class Together:
    """Tickets that go on as one, the moment before one of them leaves.

    `leaving` has by number what is the own of the merged ticket (the first) and of those that were
    merged into it, `staying` that of the target (the first) and of all others in it. `goes_on_as`
    has the ticket that goes on with each merged one.
    """

    leaving: Mapping[str, Follows]
    staying: Mapping[str, Follows]
    goes_on_as: Mapping[str, str]

    def now(self, number: str) -> str:
        """Return the number of the ticket that goes on with `number` before one leaves."""
        return self.goes_on_as.get(number, number)

    def then(self, number: str) -> str:
        """Return the number of the ticket that goes on with `number` after one has left."""
        return next(iter(self.leaving)) if number in self.leaving else self.now(number)


def after_merge(merged: Followed, target: Followed, others: Mapping[str, Followed]) -> AfterMerge:
    """Return what there is after `merged` has become part of `target`, which has all that `merged`
    had.

    `others` are the tickets that `merged` is linked to, by number. What `target` has itself stays
    as it is.
    """
    known = {link.to for link in target.links}
    coming = [link for link in merged.links if link.to != target.number and link.to not in known]
    relinked: dict[str, Links] = {}
    for number, other in others.items():
        if number == target.number:
            continue
        links = without(other.links, {merged.number})
        back = next(
            (Link(to=target.number, kind=link.kind) for link in coming if link.to == number), None
        )
        relinked[number] = (*links, back) if back is not None else links
    relinked = {
        number: links for number, links in relinked.items() if links != others[number].links
    }
    watchers = (
        *target.watchers,
        *(each for each in merged.watchers if each not in target.watchers),
    )
    return AfterMerge(
        Follows(watchers, (*without(target.links, {merged.number}), *coming)), relinked
    )


def after_undoing(
    merged: Followed, target: Followed, others: Mapping[str, Followed], together: Together
) -> AfterUndoing:
    """Return what there is after `merged` has been taken out of `target` again.

    Each of the two has what is the own of the tickets in it. What somebody has taken from `target`
    meanwhile does not come back, what somebody has set there stays there, and what was set at
    `merged` meanwhile stays with it. `others` are the tickets to which links lead, by number.
    """
    had = {who for each in together.leaving.values() for who in each.watchers}
    kept = {who for each in together.staying.values() for who in each.watchers}
    present = {*merged.watchers, *target.watchers}
    back = [who for each in together.leaving.values() for who in each.watchers if who in present]
    left = tuple(who for who in target.watchers if who in kept or who not in had)

    def links_of(owns: Mapping[str, Follows]) -> dict[str, Link]:
        first = next(iter(owns))
        found: dict[str, Link] = {}
        for each in owns.values():
            for link in filter(is_there, each.links):
                to = together.then(link.to)
                if to != first:
                    found.setdefault(to, Link(to=to, kind=link.kind))
        return found

    at_target = {link.to for link in target.links}

    def is_there(link: Link) -> bool:
        # A link between two tickets that go on as one is seen, and can be taken away, by nobody.
        return together.now(link.to) in {target.number, *at_target} or link in merged.links

    of_merged, of_target = links_of(together.leaving), links_of(together.staying)
    explained = {
        together.now(link.to)
        for each in (*together.leaving.values(), *together.staying.values())
        for link in each.links
    }
    of_target |= {
        link.to: link
        for link in target.links
        if link.to not in explained and link.to not in of_target
    }
    relinked: dict[str, Links] = {}
    for number in (of_merged.keys() | at_target | of_target.keys()) & others.keys() - {
        merged.number,
        target.number,
    }:
        links = without(others[number].links, {merged.number, target.number})
        mine = [
            Link(to=one.number, kind=its[number].kind)
            for one, its in ((target, of_target), (merged, of_merged))
            if number in its
        ]
        relinked[number] = (*links, *mine)
    own = next(iter(together.leaving.values()))
    return AfterUndoing(
        merged=Follows(tuple(dict.fromkeys((*back, *merged.watchers))), tuple(of_merged.values())),
        target=Follows(left, tuple(of_target.values())),
        own=Follows(
            tuple(who for who in own.watchers if who in present), tuple(filter(is_there, own.links))
        ),
        others={
            number: links
            for number, links in relinked.items()
            if set(links) != set(others[number].links)
        },
    )


def with_own(own: Follows, *, watchers: Watchers = (), links: Links = ()) -> Follows:
    """Return `own` with these too; a link replaces another one to the same ticket."""
    return Follows(
        tuple(dict.fromkeys((*own.watchers, *watchers))),
        (*without(own.links, {link.to for link in links}), *links),
    )


def without_own(
    own: Follows, *, watchers: Collection[str] = (), links: Collection[str] = ()
) -> Follows:
    """Return `own` without these `watchers` and without the links to the tickets `links`."""
    return Follows(
        tuple(each for each in own.watchers if each not in watchers), without(own.links, links)
    )


def without(links: Links, numbers: Collection[str]) -> Links:
    """Return `links` but for those to the tickets `numbers`."""
    return tuple(link for link in links if link.to not in numbers)
