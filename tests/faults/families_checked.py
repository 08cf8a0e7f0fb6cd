"""The checker's part about tickets that belong together: families, recipes, merging, links."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from tests.faults.facts import CLOSED, ENDED, Facts, by_number
from tests.installation.databases import Row

MERGED, ABSORBED, MERGE_UNDONE = (
    f"tickets.ticket.{fact}.v1" for fact in ("merged", "absorbed", "merge-undone")
)
CAN_OPEN_CHILDREN = frozenset({"open", "waiting_requester", "waiting_children"})


def each_family_is_sound(facts: Facts) -> Iterator[str]:
    """Parent and child know each other, nobody is above himself, nothing ends above an open child,
    and who waits has a reason.
    """
    numbers = by_number(facts)
    for ticket in facts.tickets.values():
        children: list[str] = ticket["children"]
        parent = facts.tickets.get(ticket["parent_id"]) if ticket["parent_id"] else None
        if ticket["parent_id"] and (
            parent is None
            or ticket["number"] not in parent["children"]
            or ticket["parent"] != parent["number"]
        ):
            yield (
                f"ticket {ticket['number']} is a child of {ticket['parent']}, which does not "
                f"know it"
            )
        if _is_above_itself(facts, ticket):
            yield f"ticket {ticket['number']} is above itself"
        for number, count in Counter(children).items():
            if count > 1 or number not in numbers or numbers[number]["parent_id"] != ticket["id"]:
                yield f"ticket {ticket['number']} has a child {number} that is none of it"
        still = [
            numbers[number]
            for number in children
            if number in numbers and numbers[number]["state"] not in ENDED
        ]
        if still and ticket["state"] in ENDED:
            yield (
                f"ticket {ticket['number']} is {ticket['state']}, its child "
                f"{still[0]['number']} is {still[0]['state']}"
            )
        if ticket["state"] == "waiting_children" and not still:
            yield f"ticket {ticket['number']} waits for children and has none that is open"
        if ticket["state"] == "open" and any(not _came_back(facts, child) for child in still):
            yield (
                f"ticket {ticket['number']} is open and does not wait for its child "
                f"{still[0]['number']}"
            )


def _is_above_itself(facts: Facts, ticket: Row) -> bool:
    seen, above = set(), ticket
    while above is not None and above["id"] not in seen:
        seen.add(above["id"])
        above = facts.tickets.get(above["parent_id"])  # type: ignore[assignment]
    return above is not None


def _came_back(facts: Facts, child: Row) -> bool:
    """Whether a child had ended before: its parent then waits for it only if it happened to be open
    at that moment.
    """
    states = [
        entry["changes"].get("state", (None, None))[0]
        for entry in facts.history.get(child["id"], [])
    ]
    return not ENDED.isdisjoint(states)


def each_end_is_told_to_the_parent(facts: Facts) -> Iterator[str]:
    """As often as a child ends, its parent gets an article of it."""
    told = Counter(
        (row["ticket_id"], row["child"]["number"], row["child"]["state"])
        for row in facts.articles
        if row["child"] is not None and row["child"]["news"] in ("outcome", "withdrawn", "merged")
    )
    ended: Counter[tuple[str, str, str]] = Counter()
    for ticket in facts.tickets.values():
        for entry in facts.history.get(ticket["id"], []):
            before, after = entry["changes"].get("state", (None, None))
            if ticket["parent_id"] is not None and after in ENDED and before not in ENDED:
                ended[ticket["parent_id"], ticket["number"], after] += 1
    for one in told.keys() | ended.keys():
        if told[one] != ended[one]:
            yield (
                f"child {one[1]} became {one[2]} {ended[one]} times, its parent was told "
                f"{told[one]} times"
            )


def each_recipe_is_done_in_order(facts: Facts) -> Iterator[str]:
    """Each step is one child, none is skipped or repeated, none began before those it comes after
    had ended.
    """
    numbers = by_number(facts)
    for ticket in facts.tickets.values():
        run = ticket["run"]
        if run is None:
            continue
        described = {step["name"]: step for step in run["recipe"]["steps"]}
        steps = {step["name"]: step for step in run["steps"]}
        opened = Counter(
            numbers[number]["subject"] for number in ticket["children"] if number in numbers
        )
        for name, step in steps.items():
            count = opened[described[name]["title"][ticket["language"]]]
            if count != (1 if step["child"] else 0):
                yield (
                    f"ticket {ticket['number']}: step {name} ({step['state']}) was opened "
                    f"{count} times"
                )
            child = numbers.get(step["child"])
            if child is not None:
                yield from _step_is_as_its_child(facts, ticket, step, child)
                yield from _step_came_after(
                    facts, ticket, name, child, [steps[each] for each in described[name]["after"]]
                )
        if run["state"] == "running" and ticket["state"] in CAN_OPEN_CHILDREN:
            for name in _due(steps, described):
                yield f"ticket {ticket['number']}: step {name} is due and was not opened"


def _step_is_as_its_child(facts: Facts, ticket: Row, step: Row, child: Row) -> Iterator[str]:
    numbers, at = by_number(facts), child
    while (
        at["merged_into"] in numbers
        and numbers[at["merged_into"]]["parent_id"] == child["parent_id"]
    ):
        at = numbers[at["merged_into"]]
    wanted = (
        "open"
        if at["state"] not in ENDED
        else "successful"
        if at["state"] == "closed_successful"
        else "unsuccessful"
    )
    if step["state"] != wanted:
        yield (
            f"ticket {ticket['number']}: step {step['name']} is {step['state']}, its child is "
            f"{child['state']}"
        )


def _step_came_after(
    facts: Facts, ticket: Row, name: str, child: Row, before: list[Row]
) -> Iterator[str]:
    numbers = by_number(facts)
    for step in before:
        if step["child"] is None:
            if step["state"] != "skipped":
                yield f"ticket {ticket['number']}: step {name} came before {step['name']}"
            continue
        history = facts.history.get(numbers.get(step["child"], {}).get("id", ""), [])
        ends = [
            entry["at"]
            for entry in history
            if entry["changes"].get("state", (None, None))[1] in ENDED
        ]
        if not ends or ends[0] > child["created_at"]:
            yield f"ticket {ticket['number']}: step {name} came before {step['name']} had ended"


def _due(steps: dict[str, Row], described: dict[str, Row]) -> list[str]:
    def is_behind(step: Row) -> bool:
        return step["state"] in ("successful", "skipped") or (
            step["state"] == "unsuccessful" and step["accepted"]
        )

    waiting = [name for name, step in steps.items() if step["state"] == "waiting"]
    return [
        name for name in waiting if all(is_behind(steps[each]) for each in described[name]["after"])
    ]


def each_merge_is_whole(facts: Facts) -> Iterator[str]:
    """Both tickets say that they were merged, at the same moment and by the same person, or neither
    does; so when it is taken back.
    """
    numbers = by_number(facts)
    for ticket in facts.tickets.values():
        if (ticket["state"] == "merged") != (ticket["merged_into"] is not None):
            yield (
                f"ticket {ticket['number']} is {ticket['state']} and merged into "
                f"{ticket['merged_into']}"
            )
        elif (
            ticket["merged_into"]
            and numbers.get(ticket["merged_into"], {}).get("id") != ticket["merged_into_id"]
        ):
            yield (
                f"ticket {ticket['number']} is merged into {ticket['merged_into']}, which is "
                f"another one"
            )
        if _is_merged_into_itself(facts, ticket):
            yield f"ticket {ticket['number']} is merged into itself"
    gone, kept = _halves(facts)
    for one in gone.keys() | kept.keys():
        if gone[one] != kept[one]:
            yield (
                f"{one[0]} of {one[2]} into {one[1]} at {one[3]} is half: {gone[one]} tickets "
                f"merged, {kept[one]} told of it"
            )


def _is_merged_into_itself(facts: Facts, ticket: Row) -> bool:
    seen: set[str] = set()
    goal: str | None = ticket["id"]
    while goal is not None and goal not in seen:
        seen.add(goal)
        goal = facts.tickets.get(goal, {}).get("merged_into_id")
    return goal is not None


Half = tuple[str, str, str, str, str]
"""Merge or undoing, number of the ticket that goes on, number of the other, moment, person."""


def _halves(facts: Facts) -> tuple[Counter[Half], Counter[Half]]:
    gone: Counter[Half] = Counter()
    kept: Counter[Half] = Counter()
    for ticket in facts.tickets.values():
        for entry in facts.history.get(ticket["id"], []):
            who = str(entry["at"]), entry["actor"]["identity"]
            before, after = entry["changes"].get("merged_into", (None, None))
            let_go, absorbed = entry["changes"].get("absorbed", (None, None))
            if entry["event"] == MERGED:
                gone["merge", str(after), ticket["number"], *who] += 1
            elif entry["event"] == ABSORBED:
                kept["merge", ticket["number"], str(absorbed), *who] += 1
            elif entry["event"] == MERGE_UNDONE and before is not None:
                gone["undoing", before, ticket["number"], *who] += 1
            elif entry["event"] == MERGE_UNDONE:
                kept["undoing", ticket["number"], str(let_go), *who] += 1
    return gone, kept


def each_link_goes_both_ways(facts: Facts) -> Iterator[str]:
    """Two tickets refer to each other in the same way, or not at all."""
    links: dict[str, dict[str, str]] = defaultdict(dict)
    for ticket in facts.tickets.values():
        for link in ticket["links"]:
            if link["to"] in links[ticket["number"]] or link["to"] == ticket["number"]:
                yield f"ticket {ticket['number']} refers to {link['to']} twice, or to itself"
            links[ticket["number"]][link["to"]] = link["kind"]
    for number, others in list(links.items()):
        for other, kind in others.items():
            if links[other].get(number) != kind:
                yield (
                    f"ticket {number} is {kind} to {other}, which is {links[other].get(number)} "
                    f"to it"
                )


def each_ended_ticket_says_when(facts: Facts) -> Iterator[str]:
    """What has ended has an end, what has not has none; who closed it is known of what a person
    closed.
    """
    for ticket in facts.tickets.values():
        if (ticket["closed_at"] is not None) != (ticket["state"] in ENDED):
            yield (
                f"ticket {ticket['number']} is {ticket['state']} and ended at {ticket['closed_at']}"
            )
        events = {entry["event"] for entry in facts.history.get(ticket["id"], [])}
        if (
            ticket["state"] in CLOSED
            and "tickets.ticket.closed.v1" in events
            and ticket["closed_by"] is None
        ):
            yield f"ticket {ticket['number']} was closed by nobody"
