"""Each service has a page that says what it owns, hears and says, and the page is true."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from shared.messaging.topology import HEARS
from tests.contract.service_pages import pages, with_parts

ADVICE = "run `python -m tests.contract.service_pages`"
HEADINGS = [
    "What it owns",
    "What it hears and says",
    "Its tables",
    "Run it and scale it",
    "Where to begin",
]
LONGEST_PAGE = 90
"""Lines, without those that are made."""


@pytest.mark.parametrize("path", sorted(pages()), ids=lambda path: path.parent.name)
def test_the_made_parts_are_up_to_date(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert with_parts(text, pages()[path]) == text, ADVICE


@pytest.mark.parametrize("service", HEARS)
def test_the_page_names_every_table(service: str, repository: Path) -> None:
    page = (repository / "services" / service / "README.md").read_text(encoding="utf-8")
    tables = import_module(f"services.{service}.models").Base.metadata.tables

    section = page.split("## Its tables")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == set(tables)


@pytest.mark.parametrize("service", HEARS)
def test_every_page_is_one_page_with_the_same_headings(service: str, repository: Path) -> None:
    page = (repository / "services" / service / "README.md").read_text(encoding="utf-8")

    written = re.sub(r"<!-- (\w+):.*?<!-- /\1 -->", "", page, flags=re.DOTALL)
    headings = re.findall(r"^## (.+)$", written, re.MULTILINE)
    assert [heading for heading in headings if heading in HEADINGS] == HEADINGS
    assert written.count("\n") <= LONGEST_PAGE


def test_a_page_without_a_place_for_a_part_is_refused() -> None:
    with pytest.raises(ValueError, match="0 places for messages; expected 1"):
        with_parts("# intake\n", {"messages": "nothing"})
