"""The language of `actions`, and what a caller is to a ticket."""

from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

import pytest

from shared.contracts.desk import ALL_RIGHTS
from shared.contracts.people import Reader, Requester
from shared.policy.permissions import (
    allowed,
    holder_of,
    is_own_request,
    is_shared_with,
    rights_on,
    roles_of,
)
from tests.factories.tickets_desk import GIULIA, make_desk, make_operator


@dataclass(frozen=True)
class SomeTicket:
    queue: str | None = "studenti"
    owner: str | None = None
    requester: Requester = GIULIA
    parent_id: UUID | None = None
    shared_with: tuple[Reader, ...] = ()
    id: UUID = field(default_factory=uuid4)


@pytest.mark.parametrize(
    ("entry", "roles", "answer"),
    [
        ("owner", {"owner"}, True),
        ("owner", {"right:rw"}, False),
        ("owner|right:owner", {"right:owner"}, True),
        ("right:rw&unheld", {"right:rw"}, False),
        ("right:rw&unheld", {"unheld"}, False),
        ("right:rw&unheld", {"right:rw", "unheld"}, True),
        ("owner|right:rw&unheld", {"owner"}, True),
        ("owner|right:rw&unheld", {"right:rw"}, False),
        ("clock", {"owner", "right:rw"}, False),
    ],
)
def test_an_entry_names_who_is_allowed(entry: str, roles: set[str], answer: bool) -> None:
    assert allowed(entry, roles) is answer


def test_an_operator_has_the_roles_of_his_rights_on_the_queue() -> None:
    desk, ticket = make_desk(), SomeTicket()

    assert roles_of(desk, ticket, make_operator("ivo.santi")) == {
        "right:ro",
        "right:note",
        "unheld",
        "policy:reopen",
    }
    assert roles_of(desk, ticket, make_operator("carla.monti")) == {"unheld", "policy:reopen"}
    assert roles_of(desk, ticket, make_operator("dora.ponti")) == {
        "right:create",
        "right:move_into",
        "unheld",
        "policy:reopen",
    }


def test_the_owner_is_told_apart_from_others_who_work_the_queue() -> None:
    desk, ticket = make_desk(), SomeTicket(owner="anna.ferri")
    everything = {f"right:{right}" for right in ALL_RIGHTS}

    assert roles_of(desk, ticket, make_operator("anna.ferri")) == everything | {
        "owner",
        "policy:reopen",
    }
    assert roles_of(desk, ticket, make_operator("bruno.galli")) == everything | {"policy:reopen"}


def test_an_owner_who_has_lost_rw_counts_as_none() -> None:
    desk = make_desk(rights={"anna.ferri": {"urp": ("ro",)}})
    ticket = SomeTicket(owner="anna.ferri")

    assert holder_of(desk, ticket) is None
    assert "owner" not in roles_of(desk, ticket, make_operator("anna.ferri"))
    assert "unheld" in roles_of(desk, ticket, make_operator("bruno.galli"))


@pytest.mark.parametrize("queue", [None, "a-queue/that-went"])
def test_a_ticket_without_a_known_queue_is_worked_by_who_works_every_group(
    queue: str | None,
) -> None:
    desk = make_desk()

    assert rights_on(desk, "luisa.villa", queue) == ALL_RIGHTS
    assert rights_on(desk, "anna.ferri", queue) == frozenset()
    assert rights_on(desk, "nobody.known", queue) == frozenset()
    assert rights_on(desk, None, queue) == frozenset()


def test_a_signed_in_persons_request_is_that_identitys_and_no_others_of_the_same_address() -> None:
    by_identity = GIULIA.model_copy(update={"email": "other@example.edu"})
    by_address = Requester(identity="someone.else", name="", email=GIULIA.email)

    assert is_own_request(SomeTicket(), by_identity)
    assert not is_own_request(SomeTicket(), by_address)


def test_a_confirmed_request_is_everybodys_own_who_has_the_address_whatever_its_case() -> None:
    confirmed = SomeTicket(
        requester=Requester(name="Giulia", email=GIULIA.email.upper(), assurance="confirmed")
    )

    assert is_own_request(confirmed, GIULIA)
    assert is_own_request(confirmed, Requester(identity=None, name="", email=GIULIA.email))
    assert not is_own_request(
        confirmed, Requester(identity=None, name="Giulia", email="other@example.edu")
    )


def test_a_request_whose_address_was_only_typed_is_nobodys_own() -> None:
    typed = SomeTicket(requester=Requester(name="Giulia Neri", email=GIULIA.email))

    assert not is_own_request(typed, GIULIA)
    assert not is_own_request(typed, typed.requester)
    assert roles_of(make_desk(), typed, GIULIA) == {"unheld", "policy:reopen"}


@pytest.mark.parametrize(("identity", "assurance"), [("giulia.neri", "signed_in"), (None, "typed")])
def test_a_requester_from_before_assurance_was_recorded_has_the_usual_one(
    identity: str | None, assurance: str
) -> None:
    old = {
        "identity": identity,
        "name": "Giulia Neri",
        "email": GIULIA.email,
        "affiliation": "student",
    }

    assert Requester.model_validate(old).assurance == assurance
    assert (
        Requester(identity=identity, name="Giulia Neri", email=GIULIA.email).assurance == assurance
    )


def test_two_who_have_no_address_are_not_the_same_person() -> None:
    nameless = SomeTicket(requester=Requester(identity=None, name="", email=""))

    assert not is_own_request(nameless, Requester(identity="someone.else", name="", email=""))


def test_a_child_is_nobodys_own_request() -> None:
    child = replace(SomeTicket(), parent_id=uuid4())

    assert not is_own_request(child, GIULIA)
    assert "parent_owner" in roles_of(
        make_desk(), child, make_operator("anna.ferri"), parent_owner="anna.ferri"
    )
    assert "parent_owner" not in roles_of(
        make_desk(), child, make_operator("bruno.galli"), parent_owner="anna.ferri"
    )
    assert "parent_owner" not in roles_of(
        make_desk(), SomeTicket(), make_operator("anna.ferri"), parent_owner="anna.ferri"
    )


def test_a_ticket_is_shared_with_whoever_has_the_address_in_any_case() -> None:
    ticket = SomeTicket(shared_with=(Reader(name="Hugo", email="Hugo.Marchi@example.edu"),))
    hugo = Requester(identity="hugo.marchi", name="", email="hugo.marchi@EXAMPLE.edu")

    assert is_shared_with(ticket, hugo)
    assert roles_of(make_desk(), ticket, hugo) == {"shared_with", "unheld", "policy:reopen"}
    assert not is_shared_with(ticket, make_operator("carla.monti"))
    assert not is_shared_with(ticket, Requester(identity="nobody", name="", email=""))
    assert not is_shared_with(replace(ticket, parent_id=uuid4()), hugo)
    typed = Requester(name="Piero Bo", email="piero.bo@example.org", assurance="typed")
    assert not is_shared_with(replace(ticket, requester=typed), hugo)


def test_to_the_requester_a_ticket_is_his_own_whoever_reads_it_besides() -> None:
    ticket = SomeTicket(shared_with=(Reader(name="Giulia", email=GIULIA.email),))

    assert roles_of(make_desk(), ticket, GIULIA) == {"requester", "unheld", "policy:reopen"}
