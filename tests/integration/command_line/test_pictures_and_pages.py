"""`lifecycle` and `events`: what they print, and the pages that hold it."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from shared.contracts.events.page import BEGIN, END
from tests.integration.command_line.conftest import Call

ADVICE = "the page of events is not what `./sportello events` prints; put it there"


def test_the_lifecycle_is_printed_as_a_mermaid_diagram(call: Call) -> None:
    done = call("lifecycle")

    assert (done.exit_code, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].strip().startswith("stateDiagram-v2") or "stateDiagram-v2" in lines
    assert [line for line in lines if "new --> open" in line and "take" in line]
    assert [line for line in lines if "--> closed_successful" in line]


def test_the_lifecycle_is_written_as_a_picture(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "lifecycle.svg"

    done = call("lifecycle", "--svg", str(file))

    assert (done.exit_code, done.stdout) == (0, "")
    root = ElementTree.parse(file).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    words = " ".join(root.itertext())
    assert [
        state
        for state in ("new", "open", "waiting_requester", "closed_successful", "merged")
        if state not in words
    ] == []


def test_the_page_of_events_is_the_one_beside_the_classes(call: Call, repository: Path) -> None:
    text = (repository / "shared/contracts/events/README.md").read_text(encoding="utf-8")

    done = call("events")

    assert done.exit_code == 0
    assert (text.count(BEGIN), text.count(END)) == (1, 1)
    page = text[text.index(BEGIN) : text.index(END) + len(END)]
    assert done.stdout.strip() == page, ADVICE
