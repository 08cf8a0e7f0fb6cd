"""Lists that stay calm: what comes waits, what goes stays greyed, and nothing moves under the
pointer or the focus.
"""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import PATIENCE_MS, Check, SignIn
from tests.browser.scene import Scene

expect.set_options(timeout=PATIENCE_MS)
QUEUE = "/manage/queues/studenti"
pytestmark = pytest.mark.timeout(300)


def place_of(row: Locator) -> tuple[float, float]:
    box = row.bounding_box()
    assert box is not None
    return box["y"], box["height"]


@pytest.mark.parametrize("path", [QUEUE, "/manage"])
def test_rows_that_come_wait_behind_a_button_and_are_said(
    sign_in: SignIn, check_accessible: Check, scene: Scene, path: str
) -> None:
    scene.request("giulia.neri", "Già qui")
    anna = sign_in("anna.ferri", path)
    table = "list" if path == QUEUE else "list-new"
    link = anna.locator(f"#{table} .sp-row-link").first
    link.focus()
    rows, place = anna.locator(".sp-row-link").count(), place_of(link)

    first = scene.request("giulia.neri", "Arriva da sola")
    expect(anna.locator("#news")).to_have_text("1 nuovo: mostra")
    expect(anna.locator("#said")).to_have_text("Nuova richiesta: Arriva da sola")
    second = scene.request("giulia.neri", "Arriva anche lei")
    expect(anna.locator("#news")).to_have_text("2 nuovi: mostra")
    expect(anna.locator("#said")).to_have_text("Nuova richiesta: Arriva anche lei")

    assert (anna.locator(".sp-row-link").count(), place_of(link)) == (rows, place)
    expect(link).to_be_focused()
    check_accessible(anna)
    anna.locator("#news").click()
    for number in (first, second):
        expect(anna.locator(f"#{table}-{number}")).to_be_visible()
    expect(anna.locator("#news")).to_be_hidden()
    expect(anna.locator(".sp-fresh .sp-row-link:focus")).to_have_count(1)


def test_a_row_that_a_colleague_takes_stays_where_it_is_and_names_them(
    sign_in: SignIn, check_accessible: Check, scene: Scene
) -> None:
    taken, below = (scene.request("giulia.neri", f"Contesa {position}") for position in range(2))
    anna = sign_in("anna.ferri", QUEUE)
    anna.goto(f"{QUEUE}?state=new&q=contesa&sort=created_at")
    row, neighbour = (anna.locator(f"#list-{number}") for number in (taken, below))
    neighbour.get_by_role("checkbox").check()
    row.get_by_role("button", name="Prendi in carico").focus()
    places = place_of(row), place_of(neighbour)

    scene.do("bruno.galli", taken, "take")

    expect(row).to_contain_text("preso in carico da Bruno Galli")
    expect(row).to_have_class("sp-gone")
    expect(row).to_contain_text("Aperto", ignore_case=True)
    expect(row.get_by_role("link")).to_be_focused()
    expect(neighbour.get_by_role("checkbox")).to_be_checked()
    assert (place_of(row), place_of(neighbour)) == places
    check_accessible(anna)
    # It stays through further changes, until Anna moves on.
    scene.request("giulia.neri", "Contesa ancora")
    expect(anna.locator("#news")).to_have_text("1 nuovo: mostra")
    expect(row).to_contain_text("preso in carico da Bruno Galli")
    anna.locator("#news").click()
    expect(row).to_have_count(0)
    expect(neighbour).to_be_visible()


def test_a_row_taken_in_a_list_that_keeps_it_is_greyed_and_free_again_when_it_is_released(
    sign_in: SignIn, scene: Scene
) -> None:
    number = scene.request("giulia.neri", "Presa e resa")
    anna = sign_in("anna.ferri", QUEUE)
    row = anna.locator(f"#list-{number}")

    scene.do("bruno.galli", number, "take")
    expect(row).to_have_class("sp-gone")
    expect(row).to_contain_text("preso in carico da Bruno Galli")
    scene.do("bruno.galli", number, "release")

    expect(row.get_by_role("button", name="Prendi in carico")).to_be_visible()
    expect(row).not_to_have_class("sp-gone")


def test_what_comes_to_a_ticket_is_said_by_name(sign_in: SignIn, scene: Scene) -> None:
    number = scene.request("giulia.neri", "Detta ad alta voce")
    anna = sign_in("anna.ferri", f"/manage/tickets/{number}")

    scene.do("bruno.galli", number, "note", body="Una nota")
    expect(anna.locator("#said")).to_contain_text("Nota interna, Bruno Galli")
    scene.do("bruno.galli", number, "take")
    expect(anna.locator("#said")).to_contain_text("Operatore: Bruno Galli.")
