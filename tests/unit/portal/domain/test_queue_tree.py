"""The tree of queues as one person sees it."""

from services.portal.domain.queue_tree import ACTIVE_STATES, QueueNode, build_tree
from services.portal.domain.viewer import Viewer
from tests.factories.portal_desk import make_example_desk, make_person

DESK = make_example_desk()


def shape(nodes: list[QueueNode]) -> dict[str, object]:
    """Return queue -> shape of its children."""
    return {node.queue: shape(node.children) for node in nodes}


def tree_of(
    identity: str, counted: dict[str, dict[str, int]] | None = None, language: str = "it"
) -> list[QueueNode]:
    return build_tree(DESK, Viewer(DESK, make_person(identity)).queues, counted or {}, language)


def test_a_supervisor_sees_the_whole_tree_in_the_desks_order() -> None:
    assert shape(tree_of("luisa.villa")) == {
        "studenti": {"studenti/carriere": {}, "studenti/tasse": {}},
        "ict": {"ict/identita": {}, "ict/rete": {"ict/rete/wifi": {}}},
        "biblioteche": {},
        "internazionale": {},
        "aule": {},
    }


def test_a_right_that_shows_nothing_puts_no_queue_into_the_tree() -> None:
    assert shape(tree_of("anna.ferri")) == {"studenti": {}}


def test_a_visible_queue_hangs_from_its_nearest_visible_ancestor() -> None:
    desk = make_example_desk(
        queues={
            slug: queue.model_copy(update={"group": "aule" if slug == "ict/rete" else "ict"})
            for slug, queue in DESK.queues.items()
        }
    )

    tree = build_tree(desk, Viewer(desk, make_person("elena.sala")).queues, {}, "it")

    assert shape(tree)["ict"] == {"ict/identita": {}, "ict/rete/wifi": {}}


def test_a_queue_whose_ancestors_are_all_unseen_is_a_root() -> None:
    assert shape(tree_of("gaia.leoni")) == {"ict/identita": {}, "ict/rete": {"ict/rete/wifi": {}}}


def test_counts_add_up_along_the_tree_and_leave_out_what_is_unseen() -> None:
    counted = {
        "studenti": {"new": 2},
        "studenti/tasse": {"new": 1, "open": 4},
        "studenti/carriere": {"new": 8},
    }

    (studenti,) = tree_of("dario.riva", counted)

    assert studenti.counts == dict.fromkeys(ACTIVE_STATES, 0) | {"new": 2}
    assert studenti.counts_with_children == dict.fromkeys(ACTIVE_STATES, 0) | {"new": 3, "open": 4}


def test_titles_are_in_the_language_asked_for() -> None:
    assert [node.title for node in tree_of("oreste.bruni", language="en")] == [
        "Libraries",
        "Rooms and spaces",
    ]
