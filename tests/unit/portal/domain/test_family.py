"""The family of a ticket: whoever sees a ticket sees the numbers of its parent and children, and
nothing more.
"""

from typing import Any

import pytest

from services.portal.domain.family import FamilyNode, KnownTicket, family_tree
from services.portal.domain.viewer import Viewer
from shared.contracts.desk import Operator
from shared.contracts.events.ticket_state import TicketState
from tests.factories.portal_desk import make_example_desk, make_person
from tests.factories.portal_events import make_created, make_number
from tests.factories.portal_families import CHILD, GRANDCHILD, LAST, PARENT, make_child, make_family

DESK = make_example_desk()


def known(ticket: TicketState) -> KnownTicket:
    return KnownTicket(
        id=ticket.id,
        number=ticket.number,
        state=ticket.state,
        queue=ticket.queue,
        owner=ticket.owner,
        subject=ticket.subject,
        requester=ticket.requester,
        parent_id=ticket.parent_id,
        parent=ticket.parent,
        children=ticket.children,
    )


FAMILY = {event.ticket.number: known(event.ticket) for event in make_family()}


def drawn(node: FamilyNode | None) -> Any:
    """Return a tree as (number, whether it is seen, children)."""
    return node and (node.number, node.seen, [drawn(child) for child in node.children])


@pytest.mark.parametrize(
    ("identity", "number", "tree"),
    [
        (
            "luisa.villa",
            PARENT,
            (PARENT, True, [(CHILD, True, [(GRANDCHILD, True, [(LAST, True, [])])])]),
        ),
        (
            "luisa.villa",
            LAST,
            (PARENT, True, [(CHILD, True, [(GRANDCHILD, True, [(LAST, True, [])])])]),
        ),
        ("anna.ferri", PARENT, (PARENT, True, [(CHILD, True, [(GRANDCHILD, False, [])])])),
        ("bruno.galli", PARENT, (PARENT, True, [(CHILD, False, [])])),
        (
            "dario.riva",
            CHILD,
            (PARENT, True, [(CHILD, True, [(GRANDCHILD, True, [(LAST, False, [])])])]),
        ),
        ("gaia.leoni", GRANDCHILD, (CHILD, False, [(GRANDCHILD, True, [(LAST, False, [])])])),
        ("elena.sala", LAST, (GRANDCHILD, False, [(LAST, True, [])])),
    ],
)
def test_the_tree_shows_each_what_may_be_known(identity: str, number: str, tree: object) -> None:
    assert drawn(family_tree(number, FAMILY, Viewer(DESK, make_person(identity)), "it")) == tree


def test_what_is_seen_beyond_something_unseen_hangs_from_its_bare_number() -> None:
    both = Operator(name="Ugo", email="ugo@example.edu", rights={"urp": ("rw",), "rete": ("ro",)})
    desk = make_example_desk(operators={**DESK.operators, "ugo": both})
    viewer = Viewer(desk, make_person("ugo"))

    whole: object = (PARENT, True, [(CHILD, False, [(GRANDCHILD, True, [(LAST, False, [])])])])
    assert drawn(family_tree(PARENT, FAMILY, viewer, "it")) == whole
    assert drawn(family_tree(GRANDCHILD, FAMILY, viewer, "it")) == whole


def test_of_an_unseen_ticket_there_is_only_the_number() -> None:
    tree = family_tree(PARENT, FAMILY, Viewer(DESK, make_person("bruno.galli")), "it")

    assert tree is not None
    assert tree.model_dump(exclude={"children"}) == {
        "number": PARENT,
        "seen": True,
        "state": "waiting_children",
        "queue": "studenti",
        "title": "Segreterie studenti",
        "subject": "Tassa sbagliata",
    }
    (child,) = tree.children
    assert child.model_dump() == {
        "number": CHILD,
        "seen": False,
        "state": None,
        "queue": None,
        "title": None,
        "subject": None,
        "children": [],
    }


def test_an_owner_of_the_parent_who_may_no_longer_work_it_sees_no_more_than_others() -> None:
    rights = {"urp": ("ro",)}
    desk = make_example_desk(
        operators={
            **DESK.operators,
            "anna.ferri": Operator(name="Anna", email="a@example.edu", rights=rights),
        }
    )

    tree = family_tree(PARENT, FAMILY, Viewer(desk, make_person("anna.ferri")), "it")

    assert drawn(tree) == (PARENT, True, [(CHILD, False, [])])


def test_a_child_of_which_nothing_has_arrived_yet_is_a_number() -> None:
    alone = make_created(1, children=(CHILD,), owner="anna.ferri").ticket

    assert drawn(
        family_tree(PARENT, {PARENT: known(alone)}, Viewer(DESK, make_person("luisa.villa")), "it")
    ) == (
        PARENT,
        True,
        [(CHILD, False, [])],
    )


def test_a_parent_of_which_nothing_has_arrived_yet_is_a_number() -> None:
    child = make_child(2, parent=1).ticket

    tree = family_tree(CHILD, {CHILD: known(child)}, Viewer(DESK, make_person("luisa.villa")), "it")

    assert drawn(tree) == (PARENT, False, [(CHILD, True, [])])


def test_a_ticket_by_itself_has_no_family() -> None:
    ticket = make_created(1).ticket

    assert (
        family_tree(
            make_number(1),
            {ticket.number: known(ticket)},
            Viewer(DESK, make_person("luisa.villa")),
            "it",
        )
        is None
    )
