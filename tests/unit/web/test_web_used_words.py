"""The style sheet and the sprite are built from what the pages use: the list is held against the
pages.
"""

from pathlib import Path

from shared.web.static_files import static_folder, static_url
from tests.unit.web.used_words import USED, used_words

ITALIA = "vendor/bootstrap-italia"


def test_the_list_of_what_pages_use_of_the_design_system_is_theirs(repository: Path) -> None:
    listed = (repository / USED).read_text(encoding="utf-8").split()

    assert listed == used_words(repository), "run: python -m tests.unit.web.used_words"


def test_the_style_sheet_has_the_rules_that_pages_use_and_few_others() -> None:
    rules = (static_folder() / ITALIA / "bootstrap-italia.css").read_text(encoding="utf-8")

    assert ".btn-primary{" in rules
    assert ".visually-hidden" in rules
    assert ".carousel" not in rules
    assert len(rules) < 60_000


def test_the_fonts_of_the_style_sheet_are_those_that_pages_load_first() -> None:
    rules = (static_folder() / ITALIA / "bootstrap-italia.css").read_text(encoding="utf-8")

    for weight in (300, 400, 600, 700):
        font = static_url(f"{ITALIA}/fonts/titillium-web-{weight}.woff2")
        assert f'url("{font.removeprefix(f"/static/{ITALIA}/")}")' in rules
