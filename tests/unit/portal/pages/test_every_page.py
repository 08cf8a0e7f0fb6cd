"""What holds for every page, in both languages: it can be read aloud, works without scripts, and
brings no code of its own.
"""

from typing import Any

import pytest

from shared.contracts.events.ticket_state import Link, Step
from shared.core.ids import derived_id
from shared.web.static_files import static_folder
from tests.factories.family_pages import RETURNED_ACTIONS, make_child, make_notice, make_run
from tests.factories.portal_events import (
    ANNA,
    OPEN_ACTIONS,
    make_created,
    make_life,
    make_number,
    make_state,
)
from tests.factories.portal_sharing import CARLA, HUGO, make_shared
from tests.fakes.seen_page import Element, see
from tests.unit.portal.conftest import Project
from tests.unit.portal.pages.conftest import Reader

PAGES = [
    (None, "/"),
    (None, "/login"),
    ("anna.ferri", "/"),
    ("anna.ferri", "/manage"),
    ("anna.ferri", "/manage/queues/studenti"),
    ("anna.ferri", "/manage/tickets?q=nothing+like+it"),
    ("anna.ferri", f"/manage/tickets/{make_number(1)}"),
    ("anna.ferri", f"/manage/tickets/{make_number(2)}"),
    ("anna.ferri", f"/manage/tickets/{make_number(9)}"),
    ("anna.ferri", f"/manage/tickets/{make_number(2)}/children/new?to=queue:studenti/tasse"),
    ("anna.ferri", f"/manage/tickets/{make_number(5)}"),
    ("dario.riva", f"/manage/tickets/{make_number(5)}"),
    ("anna.ferri", "/manage/notices"),
    ("anna.ferri", "/manage/notices?unread=true&cursor="),
    ("anna.ferri", "/manage/notices/preferences"),
    ("giulia.neri", "/my"),
    ("giulia.neri", f"/my/{make_number(1)}"),
    ("giulia.neri", f"/my/{make_number(2)}"),
    ("giulia.neri", f"/my/{make_number(7)}"),
    ("hugo.marchi", "/my"),
    ("hugo.marchi", f"/my/{make_number(7)}"),
    ("anna.ferri", f"/manage/tickets/{make_number(7)}"),
    ("hugo.marchi", "/manage"),
]
ENGLISH_ONLY = (
    "Take",
    "Ask the requester",
    "History",
    "Queues",
    "My requests",
    "Sign in",
    "Owner",
    "Reply",
)


Pages = dict[tuple[str | None, str, str], Element]
_rendered: Pages = {}


@pytest.fixture
async def pages(reader: Reader, project: Project) -> Pages:
    """Every page by reader, path and language, rendered once for all tests: a ticket that is new,
    one that is held, one that has ended.
    """
    if not _rendered:
        held: dict[str, Any] = {
            "state": "open",
            "owner": "anna.ferri",
            "responsible": "anna.ferri",
            "actions": OPEN_ACTIONS,
        }
        run = make_run(
            "asking",
            Step(name="carriera", state="unsuccessful", child=make_number(5)),
            Step(name="tasse"),
        )
        family: dict[str, Any] = {
            **held,
            "children": (make_number(5),),
            "run": run,
            "links": (Link(to=make_number(1), kind="related"),),
        }
        child = make_child(
            5,
            parent_id=derived_id("ticket", 2),
            parent=make_number(2),
            state="returned",
            actions=RETURNED_ACTIONS,
        )
        notice = make_notice(1, operator="anna.ferri")
        shared = make_shared(7, HUGO, CARLA, subject="Condivisa")
        await project(
            [make_created(1), *make_life(3), make_created(2, **family), child, notice, shared]
        )
        for language in ("it", "en"):
            for who, path in PAGES:
                _rendered[who, path, language] = see(
                    (await reader(who, language=language).get(path)).text
                )
    return _rendered


def test_one_heading_says_what_the_page_is(pages: Pages) -> None:
    for where, page in pages.items():
        assert len(page.all("h1")) == 1, where
        assert page.one("title").text.endswith(
            (" · Richieste e assistenza", " · Requests and support")
        ), where


def test_headings_skip_no_level(pages: Pages) -> None:
    for where, page in pages.items():
        level = 1
        for heading in (
            element
            for element in page.one("main").within()
            if element.tag in ("h1", "h2", "h3", "h4")
        ):
            assert int(heading.tag[1]) <= level + 1, (where, heading.text)
            level = int(heading.tag[1])


def test_titles_tell_pages_apart(pages: Pages) -> None:
    titles: dict[str, set[str]] = {}
    for (_, path, language), page in pages.items():
        if language == "it" and page.one("h1").text not in ("Non trovato", "Non permesso"):
            titles.setdefault(page.one("title").text, set()).add(path)
    own = {
        f"{make_number(1)} Tassa sbagliata",
        f"{make_number(2)} Tassa sbagliata",
        f"{make_number(7)} Condivisa",
    }
    shared = {
        title: paths
        for title, paths in titles.items()
        if len(paths) > 1 and title.partition(" · ")[0] not in own
    }
    assert shared == {}


def test_the_language_is_said_and_nothing_is_left_in_the_other(pages: Pages) -> None:
    for (who, path, language), page in pages.items():
        assert page.one("html").attributes["lang"] == language
        if language == "it":
            words = [
                element.text
                for element in page.one("body").within()
                if element.tag in ("a", "button", "h1", "h2", "h3", "label", "th", "dt")
            ]
            assert [word for word in words if word in ENGLISH_ONLY] == [], (who, path)


def test_every_field_has_a_name_that_is_read_aloud(pages: Pages) -> None:
    for where, page in pages.items():
        labelled = {label.attributes.get("for") for label in page.all("label")}
        for field in (
            element for element in page.within() if element.tag in ("input", "select", "textarea")
        ):
            if field.attributes.get("type") != "hidden":
                assert field.attributes.get("id") in labelled or field.is_within("label"), (
                    where,
                    field.attributes,
                )
        for button in page.all("button"):
            assert button.text or button.one("svg").attributes.get("aria-label"), (
                where,
                button.attributes,
            )


def test_whatever_describes_something_is_there(pages: Pages) -> None:
    for where, page in pages.items():
        ids = [element.attributes["id"] for element in page.within() if "id" in element.attributes]
        assert len(ids) == len(set(ids)), where
        for element in page.within():
            for name in ("aria-labelledby", "aria-describedby"):
                assert set(element.attributes.get(name, "").split()) <= set(ids), (
                    where,
                    element.attributes,
                )
        for link in page.all("a"):
            assert (
                link.attributes["href"].startswith(("/", "?", "mailto:", "https://"))
                or link.attributes["href"].removeprefix("#") in ids
            )


def test_pages_bring_no_code_and_no_style_of_their_own(pages: Pages) -> None:
    for where, page in pages.items():
        assert page.all("style") == [], where
        for element in page.within():
            assert "style" not in element.attributes, where
            assert [name for name in element.attributes if name.startswith("on")] == [], where
        for script in page.all("script"):
            assert script.attributes["src"].startswith("/static/"), where
            assert script.text == "", where


def test_the_browser_cuts_nothing_that_is_typed_or_pasted(pages: Pages) -> None:
    for where, page in pages.items():
        assert [
            element.tag for element in page.within() if "maxlength" in element.attributes
        ] == [], where


def test_every_form_that_changes_something_is_a_post_that_works_without_scripts(
    pages: Pages,
) -> None:
    for where, page in pages.items():
        for form in page.all("form"):
            assert form.attributes["method"] in ("post", "get", "dialog"), where
            if form.attributes["method"] != "dialog":
                assert form.attributes["action"].startswith("/"), where
            if "hx-post" in form.attributes:
                assert form.attributes["hx-post"] == form.attributes["action"], where


def test_no_list_that_a_form_insists_on_counts_an_answer_as_none(pages: Pages) -> None:
    for where, page in pages.items():
        for choice in page.all("select", required=""):
            values = [option.attributes["value"] for option in choice.all("option")]
            assert [value for value in values if value], (where, choice.attributes)
            assert "" not in values[1:], (where, choice.attributes)
        for form in page.all("form", role="search"):
            insisted = form.all("select", required="")
            assert [one.attributes for one in insisted if one.all("option", value="")] == [], where


def test_what_helps_with_a_field_stands_before_it(pages: Pages) -> None:
    for where, page in pages.items():
        order = [element.attributes.get("id") for element in page.within()]
        for field in (
            element for element in page.within() if element.tag in ("input", "select", "textarea")
        ):
            for described in field.attributes.get("aria-describedby", "").split():
                if described.endswith("-help") and field.attributes.get("type") != "checkbox":
                    assert order.index(described) < order.index(field.attributes["id"]), (
                        where,
                        described,
                    )


def test_the_signs_that_pages_show_are_in_the_sprite(pages: Pages) -> None:
    known = see(
        (static_folder() / "vendor/bootstrap-italia/sprites.svg").read_text(encoding="utf-8")
    )
    signs = {element.attributes["id"] for element in known.within() if "id" in element.attributes}
    for where, page in pages.items():
        for use in page.all("use"):
            assert use.attributes["href"].partition("#")[2] in signs, where


def test_moments_are_there_for_people_and_for_machines(pages: Pages) -> None:
    page = pages["anna.ferri", f"/manage/tickets/{make_number(1)}", "en"]

    moment = page.one("section", id="articles").all("time")[0]

    assert (moment.text, moment.attributes["datetime"]) == (
        "28 Sep 2026, 10:01 Rome time",
        "2026-09-28T08:01:00+00:00",
    )


def test_the_example_tickets_are_what_the_pages_show(pages: Pages) -> None:
    assert make_state(1).number in pages["anna.ferri", "/manage", "it"].one("main").text
    assert (ANNA.name or "") in pages["anna.ferri", "/manage", "it"].one("main").text
