"""What goes along with a ticket that is merged, and comes back when that is undone: pure, from the tickets as they are."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from shared.events.ticket_state import Link

Links = tuple[Link, ...]
Watchers = tuple[str, ...]
Fate = Literal["goes_along", "rests", "stays", "told"]

FATES: Mapping[str, Fate] = {
    "watchers": "goes_along",
    "links": "goes_along",
    "state": "rests",
    "hop": "rests",
    "run": "rests",
    "postponed_until": "rests",
    "question_asked_at": "rests",
    "reminded_at": "rests",
    "expires_at": "rests",
    "routing_asked_at": "rests",
    "routing_asked_by": "rests",
    "escalated_from": "rests",
    "merged_into_id": "told",
    "merged_into": "told",
    "undoable": "told",
    "version": "told",
    "updated_at": "told",
    "closed_at": "told",
    "gathered": "stays",
    "owner": "stays",
    "responsible": "stays",
    "last_owner": "stays",
    "closed_by": "stays",
    "shared_with": "stays",
    "children": "stays",
    "parent": "stays",
    "parent_id": "stays",
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

* `goes_along`: the ticket that goes on has it meanwhile, and gives it back when the merge is undone;
* `rests`: it ends with the merge, and is again as it was when that is undone;
* `stays`: the merge does not touch it. Articles, history and notices stay with the ticket too; the
  other ticket shows its articles meanwhile;
* `told`: it says that the ticket is merged.

An owner or a responsible who has lost the rights meanwhile does not come back (DOMAIN 3).
"""


@dataclass(frozen=True, slots=True)
class Follows:
    """Who watches a ticket, and what it is linked to."""

    watchers: Watchers = ()
    links: Links = ()

    def to_json(self) -> dict[str, Any]:
        """Return it as a column keeps it."""
        return {"watchers": list(self.watchers), "links": [link.model_dump() for link in self.links]}

    @staticmethod
    def from_json(kept: Mapping[str, Any]) -> "Follows":
        """Return what `to_json` gave."""
        return Follows(tuple(kept["watchers"]), tuple(Link.model_validate(link) for link in kept["links"]))

    def leading(self, *, to: str, instead_of: str) -> "Follows":
        """Return it with links `to` another ticket where they led to the ticket `instead_of`."""
        if instead_of not in {link.to for link in self.links}:
            return self
        kept = without(self.links, {to})
        return replace(self, links=tuple(Link(to=to if link.to == instead_of else link.to, kind=link.kind) for link in kept))


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a ticket has of its `own`, and what others have `brought`, by the number of each that is merged into it now.

    `own` is also what people have set since. Something may be both.
    """

    own: Follows
    brought: Mapping[str, Follows]

    def to_json(self) -> dict[str, Any]:
        """Return it as a column keeps it."""
        return {"own": self.own.to_json(), "brought": {number: each.to_json() for number, each in self.brought.items()}}

    @staticmethod
    def from_json(kept: Mapping[str, Any]) -> "Gathered":
        """Return what `to_json` gave."""
        brought = {number: Follows.from_json(each) for number, each in kept["brought"].items()}
        return Gathered(Follows.from_json(kept["own"]), brought)

    def with_own(self, watchers: Collection[str] = (), links: Links = ()) -> "Gathered":
        """Return it with these as the ticket's own too."""
        more = tuple(each for each in watchers if each not in self.own.watchers)
        others = without(self.own.links, {link.to for link in links})
        return replace(self, own=Follows((*self.own.watchers, *more), (*others, *links)))

    def without_own(self, watchers: Collection[str] = (), links: Collection[str] = ()) -> "Gathered":
        """Return it without these `watchers` and the links to the tickets `links` as the ticket's own."""
        left = tuple(each for each in self.own.watchers if each not in watchers)
        return replace(self, own=Follows(left, without(self.own.links, links)))

    def leading(self, *, to: str, instead_of: str) -> "Gathered":
        """Return it with all links `to` another ticket where they led to the ticket `instead_of`."""
        brought = {number: each.leading(to=to, instead_of=instead_of) for number, each in self.brought.items()}
        return Gathered(self.own.leading(to=to, instead_of=instead_of), brought)

    def needs_without(self, number: str, goes_on_as: Mapping[str, str]) -> tuple[set[str], set[str]]:
        """Return the watchers, and the numbers of the linked tickets, that the ticket keeps once `number` has left it."""
        staying = [self.own, *(each for other, each in self.brought.items() if other != number)]
        numbers = {link.to for each in staying for link in each.links}
        return {who for each in staying for who in each.watchers}, {goes_on_as.get(to, to) for to in numbers}


class Followed(Protocol):
    """What must be known of a ticket to say who watches it and where its links lead."""

    @property
    def number(self) -> str: ...
    @property
    def links(self) -> Links: ...
    @property
    def watchers(self) -> Watchers: ...
    @property
    def gathered(self) -> Gathered | None: ...


@dataclass(frozen=True, slots=True)
class AfterMerge:
    """What the ticket that goes on has after a merge, and the links of others by number."""

    target: Follows
    gathered: Gathered
    others: Mapping[str, Links]


@dataclass(frozen=True, slots=True)
class AfterUndoing:
    """What the two tickets have after a merge was undone, and the links of others by number.

    `given_up` are those of `others` to which the ticket that goes on is no longer linked.
    """

    merged: Follows
    target: Follows
    gathered: Gathered | None
    others: Mapping[str, Links]
    given_up: frozenset[str]


def after_merge(merged: Followed, target: Followed, others: Mapping[str, Followed]) -> AfterMerge:
    """Return what there is after `merged` has become part of `target`, which has all that `merged` had.

    `others` are the tickets that `merged` is linked to, by number. What `target` has itself stays as it is.
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
    before = target.gathered or Gathered(Follows(target.watchers, target.links), {})
    gathered = Gathered(before.own, {**before.brought, merged.number: Follows(merged.watchers, merged.links)})
    watchers = (*target.watchers, *(each for each in merged.watchers if each not in target.watchers))
    return AfterMerge(Follows(watchers, (*without(target.links, {merged.number}), *coming)), gathered, relinked)


def after_undoing(
    merged: Followed,
    target: Followed,
    others: Mapping[str, Followed],
    *,
    brought: Follows,
    goes_on_as: Mapping[str, str],
) -> AfterUndoing:
    """Return what there is after `merged`, which has `brought` something, has been taken out of `target` again.

    `others` are the tickets to which the brought links lead; whatever was merged since is found by
    `goes_on_as`, and then in `others`. What somebody has taken from `target` meanwhile does not
    come back. What somebody has set there meanwhile stays there, as does what `target` had itself or has
    of another ticket that is merged into it. What was set at `merged` meanwhile stays with it.
    """
    before = target.gathered or Gathered(Follows(target.watchers, target.links), {})
    watchers_kept, links_kept = before.needs_without(merged.number, goes_on_as)
    watchers_back = [each for each in brought.watchers if each in target.watchers]
    watchers = tuple(each for each in target.watchers if each in watchers_kept or each not in watchers_back)
    gathered = Gathered(before.own, {number: each for number, each in before.brought.items() if number != merged.number})
    mine = {link.to for link in merged.links}
    at_target = {link.to for link in target.links}
    back: list[Link] = []
    leaving: set[str] = set()
    relinked: dict[str, Links] = {}
    # Links to tickets that are still of their own come first: two that lead to one ticket now are one link.
    for link in sorted(brought.links, key=lambda link: link.to in goes_on_as):
        goal = goes_on_as.get(link.to, link.to)
        if goal == target.number and link.to in gathered.brought:
            # That ticket is merged here as well: its link is with this one again, and no longer with the target.
            theirs = gathered.brought[link.to].leading(to=merged.number, instead_of=target.number)
            gathered = Gathered(gathered.own, {**gathered.brought, link.to: theirs})
        if goal == merged.number or goal in mine:
            continue
        if goal == target.number:
            back.append(Link(to=goal, kind=link.kind))
        elif goal in at_target and goal in others:
            back.append(Link(to=goal, kind=link.kind))
            gone = {target.number} - ({target.number} if goal in links_kept else set())
            leaving |= {goal} if gone else set()
            relinked[goal] = (*without(others[goal].links, gone), Link(to=merged.number, kind=link.kind))
        mine.add(goal)
    to_target = tuple(Link(to=merged.number, kind=link.kind) for link in back if link.to == target.number)
    return AfterUndoing(
        merged=Follows(tuple(dict.fromkeys((*watchers_back, *merged.watchers))), (*merged.links, *back)),
        target=Follows(watchers, (*without(target.links, leaving), *to_target)),
        gathered=gathered if gathered.brought else None,
        others=relinked,
        given_up=frozenset(leaving),
    )


def without(links: Links, numbers: Collection[str]) -> Links:
    """Return `links` but for those to the tickets `numbers`."""
    return tuple(link for link in links if link.to not in numbers)
