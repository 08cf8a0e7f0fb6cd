"""The lifecycle machine against a table written by hand from the domain document."""

import ast
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from services.tickets.domain.lifecycle import (
    LIVE,
    MACHINE,
    STATES,
    TRIGGERS,
    Facts,
    Trigger,
    has_row,
    step,
    triggers_from,
)
from shared.contracts.events.ticket_state import ENDED, State
from shared.core.errors import ChildrenOpen, IsAChild, NotAChild, ParentEnded, StateForbids

LETTERS: dict[str, State] = {
    "N": "new",
    "O": "open",
    "R": "waiting_requester",
    "C": "waiting_children",
    "B": "returned",
    "P": "postponed",
    "S": "closed_successful",
    "U": "closed_unsuccessful",
    "W": "withdrawn",
    "M": "merged",
}

FACTS: dict[str, Facts] = {
    "plain": Facts(),
    "held": Facts(has_owner=True, is_held=True),
    "owner-lost-rw": Facts(has_owner=True, is_held=False),
    "child": Facts(is_child=True),
    "parent-over": Facts(is_child=True, parent_ended=True),
    "open-children": Facts(open_children=True),
    "with-parent": Facts(is_child=True, ends_with_parent=True),
    "above-and-below": Facts(is_child=True, ends_with_parent=True, open_children=True),
    "unsuccessful": Facts(outcome="unsuccessful"),
    "unsucc-children": Facts(outcome="unsuccessful", open_children=True),
    "reject": Facts(reopen_policy="reject"),
    "new-ticket": Facts(reopen_policy="new_ticket"),
    "was-new": Facts(before="new"),
    "was-postponed": Facts(before="postponed"),
    "was-waiting": Facts(before="waiting_requester"),
}

# One line: trigger, facts, then the state it leads to from each of N O R C B P S U W M; "." is
# refused.
EXPECTED = """
take               plain           O O R C . P . . . .
take               held            . . . . . . . . . .
take               owner-lost-rw   O O R C . P . . . .
assign             plain           O O R C . P . . . .
assign             held            O O R C . P . . . .
release            held            N O R C . P . . . .
release            owner-lost-rw   N O R C . P . . . .
release            plain           . . . . . . . . . .
lapse              held            N O R C B P . . . .
move               plain           N O R C . P . . . .
escalate           plain           N O . . . . . . . .
ask                plain           . R R . . R . . . .
reply              plain           . O R C . P . . . .
forward            plain           N O R C . P S U W M
requester_replies  plain           N O O C . O O O . .
requester_replies  reject          N O O C . O . . . .
requester_replies  new-ticket      N O O C . O S U . .
requester_replies  parent-over     N O O C . O . . . .
open_child         plain           . C C C . C . . . .
bounce             plain           . . . . . . . . . .
bounce             child           B B . . . . . . . .
resend             child           . . . . N . . . . .
child_ended        plain           . . . O . . . . . .
child_ended        open-children   . . . C . . . . . .
child_reopened     open-children   . C . C . . . . . .
postpone           plain           . P . . . P . . . .
resume             plain           . . . . . O . . . .
due                plain           . . . . . O . . . .
expire             plain           . . U . . . . . . .
expire             open-children   . . . . . . . . . .
close              plain           . S S S . S . . . .
close              unsuccessful    . U U U . U . . . .
close              open-children   . . . . . . . . . .
close              unsucc-children . . . . . . . . . .
withdraw           plain           W . . . . . . . . .
withdraw           child           W . . . W . . . . .
withdraw           open-children   . . . . . . . . . .
withdraw           with-parent     W W W W W W . . . .
withdraw           above-and-below . . . . . . . . . .
reopen             plain           . . . . . . O O . .
reopen             child           . . . . . . O O . .
reopen             parent-over     . . . . . . . . . .
merge              plain           M M M M . M . . . .
merge              open-children   . . . . . . . . . .
undo               plain           N O R C . P . . . .
undo               was-new         N O R C . P . . . N
undo               was-waiting     N O R C . P . . . R
undo               was-postponed   N O R C . P . . . P
decide             plain           . O R C . P . . . .
note               plain           N O R C B P S U W M
watch              plain           N O R C . P S U W M
unwatch            plain           N O R C . P S U W M
share              plain           N O R C . P S U W M
share              child           . . . . . . . . . .
unshare            plain           N O R C . P S U W M
unshare            child           . . . . . . . . . .
links              plain           N O R C . P S U W M
unlink             plain           N O R C . P S U W M
responsible        plain           N O R C . P . . . .
priority           plain           N O R C . P . . . .
"""


def _cases() -> list[tuple[Trigger, str, State, State | None]]:
    cases: list[tuple[Trigger, str, State, State | None]] = []
    for line in EXPECTED.strip().splitlines():
        trigger, facts, *cells = line.split()
        assert len(cells) == len(LETTERS), line
        for source, cell in zip(LETTERS.values(), cells, strict=True):
            cases.append((trigger, facts, source, LETTERS.get(cell)))
    return cases


@pytest.mark.parametrize(("trigger", "facts", "source", "target"), _cases())
def test_each_pair_of_state_and_trigger_leads_where_the_domain_says(
    trigger: Trigger, facts: str, source: State, target: State | None
) -> None:
    if target is None:
        with pytest.raises(StateForbids) as refused:
            step(source, trigger, FACTS[facts])
        assert (refused.value.state, refused.value.trigger) == (source, trigger)
    else:
        assert step(source, trigger, FACTS[facts]) == target


def test_the_table_of_this_test_covers_every_state_and_every_trigger() -> None:
    assert set(LETTERS.values()) == set(STATES)
    assert {trigger for trigger, *_ in _cases()} == set(TRIGGERS) == set(MACHINE.events)


def test_the_machine_has_no_way_around_its_table() -> None:
    assert [event for event in MACHINE.events if event.startswith("to_")] == []
    assert MACHINE.models == []


def test_asking_the_machine_leaves_no_trace_in_it() -> None:
    before = {trigger: set(event.transitions) for trigger, event in MACHINE.events.items()}
    for state in STATES:
        triggers_from(state, Facts())
    assert {trigger: set(event.transitions) for trigger, event in MACHINE.events.items()} == before
    assert MACHINE.models == []


def test_triggers_from_names_exactly_what_step_lets_through() -> None:
    assert triggers_from("new", Facts()) == (
        "take",
        "assign",
        "lapse",
        "move",
        "escalate",
        "forward",
        "requester_replies",
        "withdraw",
        "merge",
        "undo",
        "note",
        "watch",
        "unwatch",
        "share",
        "unshare",
        "links",
        "unlink",
        "responsible",
        "priority",
    )
    assert triggers_from("returned", Facts(is_child=True)) == (
        "lapse",
        "resend",
        "withdraw",
        "note",
    )


def test_a_row_exists_whatever_its_guard_says() -> None:
    assert has_row("open", "release")
    assert has_row("closed_successful", "requester_replies")
    assert not has_row("new", "reply")


def test_every_end_of_a_ticket_is_refused_while_a_child_is_open() -> None:
    facts = [replace(each, open_children=True) for each in FACTS.values()]

    ended = [
        (state, trigger)
        for state in LIVE
        for trigger in TRIGGERS
        for each in facts
        if trigger in triggers_from(state, each) and step(state, trigger, each) in ENDED
    ]

    assert ended == []


def test_a_refusal_names_what_stands_in_the_way_only_where_nothing_else_does() -> None:
    reasons = [
        ("close", "open", Facts(open_children=True), ChildrenOpen),
        ("withdraw", "new", Facts(open_children=True), ChildrenOpen),
        ("close", "new", Facts(open_children=True), StateForbids),
        ("reopen", "closed_successful", Facts(is_child=True, parent_ended=True), ParentEnded),
        (
            "requester_replies",
            "closed_successful",
            Facts(is_child=True, parent_ended=True),
            ParentEnded,
        ),
        (
            "requester_replies",
            "closed_successful",
            Facts(parent_ended=True, reopen_policy="reject"),
            StateForbids,
        ),
        ("bounce", "open", Facts(), NotAChild),
        ("bounce", "postponed", Facts(), StateForbids),
        ("share", "open", Facts(is_child=True), IsAChild),
    ]
    for trigger, state, facts, kind in reasons:
        with pytest.raises(StateForbids) as refused:
            step(cast("State", state), trigger, facts)
        assert type(refused.value) is kind, (trigger, state)


ASKING = {
    "admit",
    "admitted",
    "admit_requester",
    "require_turn",
    "state_after",
    "step",
    "has_row",
    "_linkable",
}
"""The functions that are given the name of a trigger."""


def test_the_code_asks_for_every_trigger_of_the_table_and_for_no_other() -> None:
    asked = set()
    for file in Path("services/tickets").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and _name_of(node.func) in ASKING:
                given = [
                    *node.args,
                    *(keyword.value for keyword in node.keywords if keyword.arg == "trigger"),
                ]
                asked |= {
                    each.value
                    for each in given
                    if isinstance(each, ast.Constant) and isinstance(each.value, str)
                }

    assert asked - set(STATES) <= set(TRIGGERS)
    assert set(TRIGGERS) - asked == {"child_ended", "child_reopened"}, "asked for by a variable"


def _name_of(called: ast.expr) -> str:
    return (
        called.attr
        if isinstance(called, ast.Attribute)
        else called.id
        if isinstance(called, ast.Name)
        else ""
    )
