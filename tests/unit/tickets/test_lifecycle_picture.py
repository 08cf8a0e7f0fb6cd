"""The pictures say what the table says."""

from xml.etree import ElementTree

from services.tickets.domain.lifecycle import STATES, TABLE, TRIGGERS
from services.tickets.lifecycle_picture import draw_mermaid
from services.tickets.lifecycle_svg import draw_svg

SVG = "{http://www.w3.org/2000/svg}"


def test_the_svg_is_well_formed_and_has_a_box_for_every_state() -> None:
    root = ElementTree.fromstring(draw_svg())

    names = [element.text for element in root.iter(f"{SVG}text") if element.get("class") == "name"]
    assert sorted(names, key=str) == sorted(STATES)


def test_every_trigger_appears_in_both_pictures() -> None:
    for picture in (draw_svg(), draw_mermaid()):
        assert [trigger for trigger in TRIGGERS if trigger not in picture] == []


def test_every_arrow_of_the_svg_has_its_words() -> None:
    root = ElementTree.fromstring(draw_svg())

    arrows = [element for element in root.iter(f"{SVG}path") if element.get("class") == "arrow"]
    words = [element.text for element in root.iter(f"{SVG}text") if element.get("class") == "label"]
    moves = {
        (action.trigger, move.target, move.guard)
        for action in TABLE
        for move in action.moves
        if move.target is not None and action.trigger != "undo"
    }
    assert len(arrows) == 22
    assert len(words) >= len(moves)


def test_mermaid_shows_a_shared_trigger_once_for_its_frame() -> None:
    lines = [line.strip() for line in draw_mermaid().splitlines()]

    assert lines[:4] == ["---", "title: The life of a ticket", "---", "stateDiagram-v2"]
    assert "worked --> closed_successful: close [successful, no open child]" in lines
    assert "closed --> open: requester_replies [policy reopen], reopen [parent not ended]" in lines
    assert "[*] --> new" in lines


def test_mermaid_puts_the_states_into_their_frames() -> None:
    picture = " ".join(draw_mermaid().split())

    assert 'state live { state "new" as new state "worked" as worked state worked {' in picture
    assert "live." not in picture
