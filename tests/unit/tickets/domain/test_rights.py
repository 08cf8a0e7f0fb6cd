"""Who may do what, and in which order the refusals come."""

from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest

from services.tickets.domain.lifecycle import ACTIONS, TABLE, TRIGGERS, Trigger
from services.tickets.domain.rights import (
    actions_for,
    admit,
    admit_requester,
    require_turn,
    require_witness,
    require_worker,
)
from shared.contracts.desk import Desk
from shared.contracts.events.ticket_state import State
from shared.contracts.people import Reader, Requester
from shared.core.errors import (
    HeldByNobody,
    HeldBySomebodyElse,
    ImpossibleValue,
    MissingRight,
    NotThere,
    Refusal,
    StateForbids,
)
from shared.policy.permissions import allowed, roles_of
from tests.factories.tickets_desk import GIULIA, make_desk, make_operator

# Who: O = the owner (anna), W = works the queue but another owns it (bruno), P = has the owner
# permission only (rita), N = may note (ivo), X = sees nothing here (carla, dora). Answers on an
# open ticket of anna's: "+" goes on, 403 with the right, 409, 404.
ON_ANNAS_OPEN_TICKET = """
            anna  bruno  rita            ivo             carla dora
take        409   409    403:rw          403:rw          404   404
assign      +     +      +               403:owner       404   404
release     +     +      +               403:owner       404   404
move        +     +      403:rw          403:rw          404   404
escalate    +     +      403:rw          403:rw          404   404
ask         +     409    403:rw          403:rw          404   404
reply       +     409    403:rw          403:rw          404   404
forward     +     +      403:rw          403:rw          404   404
open_child  +     409    403:rw          403:rw          404   404
bounce      +     409    403:rw          403:rw          404   404
postpone    +     409    403:rw          403:rw          404   404
close       +     409    403:rw          403:rw          404   404
merge       +     +      403:rw          403:rw          404   404
undo        +     +      +               403:owner       404   404
note        +     +      403:note        +               404   404
watch       +     +      +               +               404   404
unwatch     +     +      +               +               404   404
share       +     +      403:rw          403:rw          404   404
unshare     +     +      403:rw          403:rw          404   404
links       +     +      403:rw          403:rw          404   404
unlink      +     +      403:rw          403:rw          404   404
responsible +     +      +               403:owner       404   404
priority    +     +      403:priority    403:priority    404   404
"""
PEOPLE = ("anna.ferri", "bruno.galli", "rita.vera", "ivo.santi", "carla.monti", "dora.ponti")


@dataclass(frozen=True)
class SomeTicket:
    queue: str | None = "studenti"
    owner: str | None = "anna.ferri"
    requester: Requester = GIULIA
    parent_id: UUID | None = None
    shared_with: tuple[Reader, ...] = ()
    id: UUID = field(default_factory=uuid4)


def _cases() -> list[tuple[Trigger, str, str]]:
    _, *lines = ON_ANNAS_OPEN_TICKET.strip("\n").splitlines()
    cases: list[tuple[Trigger, str, str]] = []
    for line in lines:
        trigger, *answers = line.split()
        cases += [(trigger, person, answer) for person, answer in zip(PEOPLE, answers, strict=True)]
    return cases


def _answer(desk: Desk, ticket: SomeTicket, caller: str, state: State, trigger: Trigger) -> str:
    try:
        roles = admit(desk, ticket, make_operator(caller), trigger)
        require_turn(desk, ticket, roles, state=state, trigger=trigger)
    except MissingRight as refusal:
        return f"403:{refusal.right}"
    except Refusal as refusal:
        return str(refusal.status)
    return "+"


@pytest.mark.parametrize(("trigger", "person", "answer"), _cases())
def test_each_person_gets_the_answer_of_the_matrix(
    trigger: Trigger, person: str, answer: str
) -> None:
    assert _answer(make_desk(), SomeTicket(), person, "open", trigger) == answer


def test_every_trigger_is_one_row_and_only_those_that_nobody_pulls_are_not_offered() -> None:
    nobodys = {action.trigger for action in TABLE if action.who in ("clock", "family", "desk")}

    assert len(ACTIONS) == len(TABLE)
    assert {action.trigger for action in TABLE if not action.is_offered} == nobodys


def test_triggers_of_the_clock_and_of_the_family_are_nobodys() -> None:
    nobodys: tuple[Trigger, ...] = (
        "due",
        "expire",
        "lapse",
        "child_ended",
        "child_reopened",
        "resend",
        "withdraw",
        "requester_replies",
    )
    for trigger in nobodys:
        with pytest.raises(MissingRight):
            admit(make_desk(), SomeTicket(), make_operator("luisa.villa"), trigger)


def test_only_the_requester_withdraws_a_request_and_only_the_owner_of_its_parent_a_child() -> None:
    desk = make_desk()

    for ticket, right in (
        (SomeTicket(), "requester"),
        (SomeTicket(parent_id=uuid4()), "parent_owner"),
    ):
        with pytest.raises(MissingRight) as refused:
            admit(desk, ticket, make_operator("luisa.villa"), "withdraw")
        assert refused.value == MissingRight(right)


def test_the_loser_of_a_take_is_told_who_won() -> None:
    desk, ticket = make_desk(), SomeTicket()
    roles = admit(desk, ticket, make_operator("bruno.galli"), "take")

    with pytest.raises(HeldBySomebodyElse) as refused:
        require_turn(desk, ticket, roles, state="open", trigger="take")

    assert refused.value.owner == "anna.ferri"


def test_what_is_the_owners_needs_an_owner_first() -> None:
    desk, ticket = make_desk(), SomeTicket(owner=None)
    roles = admit(desk, ticket, make_operator("anna.ferri"), "reply")

    with pytest.raises(HeldByNobody) as refused:
        require_turn(desk, ticket, roles, state="open", trigger="reply")

    assert refused.value == HeldByNobody("reply", "open")


def test_the_state_is_named_before_the_holder() -> None:
    desk, ticket = make_desk(), SomeTicket()
    roles = admit(desk, ticket, make_operator("bruno.galli"), "take")

    with pytest.raises(StateForbids) as refused:
        require_turn(desk, ticket, roles, state="closed_successful", trigger="take")

    assert (refused.value.state, refused.value.trigger) == ("closed_successful", "take")


def test_an_owner_who_has_lost_rw_stands_in_nobodys_way() -> None:
    desk = make_desk(rights={"anna.ferri": {"urp": ("ro",)}})

    assert _answer(desk, SomeTicket(), "bruno.galli", "open", "take") == "+"
    assert _answer(desk, SomeTicket(), "anna.ferri", "open", "reply") == "403:rw"


def test_only_the_requester_pulls_the_requesters_triggers() -> None:
    desk, ticket = make_desk(), SomeTicket()

    admit_requester(desk, ticket, GIULIA, "requester_replies")
    with pytest.raises(NotThere):
        admit_requester(desk, ticket, make_operator("anna.ferri"), "requester_replies")
    with pytest.raises(NotThere):
        admit_requester(desk, ticket, make_operator("luisa.villa"), "withdraw")


def test_whoever_it_is_shared_with_sees_it_and_does_nothing_to_it() -> None:
    desk, ticket = (
        make_desk(),
        SomeTicket(shared_with=(Reader(name="Carla", email="Carla.Monti@Example.edu"),)),
    )
    carla = make_operator("carla.monti")

    for trigger in TRIGGERS:
        with pytest.raises(MissingRight):
            admit(desk, ticket, carla, trigger)
        with pytest.raises(MissingRight) as refused:
            admit_requester(desk, ticket, carla, trigger)
        assert refused.value == MissingRight("requester")


@pytest.mark.parametrize(
    ("operator", "problem"),
    [
        ("no.body", "unknown_operator"),
        ("giulia.neri", "unknown_operator"),
        ("ivo.santi", "may_not_work"),
        ("carla.monti", "may_not_work"),
    ],
)
def test_an_assignee_must_be_able_to_work_the_queue(operator: str, problem: str) -> None:
    with pytest.raises(ImpossibleValue) as refused:
        require_worker(make_desk(), SomeTicket(), operator)

    assert refused.value == ImpossibleValue("operator", problem, operator)


def test_a_responsible_must_be_able_to_see_the_queue() -> None:
    require_witness(make_desk(), SomeTicket(), "ivo.santi")

    with pytest.raises(ImpossibleValue) as refused:
        require_witness(make_desk(), SomeTicket(), "carla.monti")

    assert refused.value == ImpossibleValue("operator", "may_not_see", "carla.monti")


def test_actions_say_who_may_do_what_in_a_state() -> None:
    assert actions_for("new", is_child=False, has_owner=False) == {
        "take": "right:rw&unheld",
        "assign": "owner|right:owner",
        "move": "owner|right:rw",
        "escalate": "owner|right:rw",
        "forward": "right:rw",
        "requester_replies": "requester|parent_owner",
        "withdraw": "requester|parent_owner",
        "merge": "right:rw",
        "note": "right:note",
        "watch": "right:ro",
        "unwatch": "right:ro",
        "share": "right:rw|requester",
        "unshare": "right:rw|requester",
        "links": "right:rw",
        "unlink": "right:rw",
        "responsible": "owner|right:owner",
        "priority": "right:priority",
    }
    assert actions_for("open", is_child=False, has_owner=True) == {
        "take": "right:rw&unheld",
        "assign": "owner|right:owner",
        "release": "owner|right:owner",
        "move": "owner|right:rw",
        "escalate": "owner|right:rw",
        "ask": "owner",
        "reply": "owner",
        "forward": "right:rw",
        "requester_replies": "requester|parent_owner",
        "open_child": "owner",
        "postpone": "owner",
        "close": "owner",
        "merge": "right:rw",
        "note": "right:note",
        "watch": "right:ro",
        "unwatch": "right:ro",
        "share": "right:rw|requester",
        "unshare": "right:rw|requester",
        "links": "right:rw",
        "unlink": "right:rw",
        "responsible": "owner|right:owner",
        "priority": "right:priority",
    }
    assert set(actions_for("closed_successful", is_child=False, has_owner=True)) == {
        "forward",
        "requester_replies",
        "reopen",
        "note",
        "watch",
        "unwatch",
        "share",
        "unshare",
        "links",
        "unlink",
    }
    always = {"forward", "note", "watch", "unwatch", "links", "unlink"}
    assert set(actions_for("withdrawn", is_child=False, has_owner=False)) == always | {
        "share",
        "unshare",
    }
    assert set(actions_for("withdrawn", is_child=True, has_owner=False)) == always
    assert set(actions_for("returned", is_child=True, has_owner=False)) == {
        "resend",
        "withdraw",
        "note",
    }


def test_a_ticket_that_waits_for_children_does_not_offer_to_close() -> None:
    assert "close" not in actions_for("waiting_children", is_child=False, has_owner=True)


@pytest.mark.parametrize(
    ("policy", "offered"), [("reopen", True), ("new_ticket", True), ("reject", False)]
)
def test_a_reply_to_a_closed_ticket_is_offered_as_the_desk_decides_now(
    policy: str, offered: bool
) -> None:
    entry = actions_for("closed_successful", is_child=False, has_owner=True)["requester_replies"]

    assert allowed(entry, roles_of(make_desk(reopen=policy), SomeTicket(), GIULIA)) is offered


def test_take_is_offered_only_while_nobody_holds_the_ticket() -> None:
    entry = actions_for("open", is_child=False, has_owner=True)["take"]

    assert not allowed(entry, roles_of(make_desk(), SomeTicket(), make_operator("bruno.galli")))
    assert allowed(
        entry, roles_of(make_desk(), SomeTicket(owner=None), make_operator("bruno.galli"))
    )
