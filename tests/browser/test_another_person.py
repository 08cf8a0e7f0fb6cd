"""A page stays open while its reader signs out, or somebody else signs in beside it."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE_MS, Check, SignIn
from tests.browser.people import unfold
from tests.browser.scene import Scene

expect.set_options(timeout=PATIENCE_MS)
pytestmark = pytest.mark.timeout(300)

TEXT = "L'ha scritta Anna."
REFUSED = "Ora l'accesso è di Bruno Galli, ma questa pagina era stata aperta da un'altra persona."


def switch_to(page: Page, identity: str) -> None:
    """In another window of the same browser somebody else signs in."""
    other = page.context.new_page()
    other.goto("/login?next=/my")
    other.locator(f"button[value='{identity}']").click()
    other.wait_for_url("**/my")
    other.close()


@pytest.mark.parametrize("javascript", [True, False])
def test_what_one_person_wrote_is_not_stored_as_anothers(
    sign_in: SignIn, scene: Scene, check_accessible: Check, javascript: bool
) -> None:
    number = scene.request("giulia.neri", "Di chi è la nota")
    anna = sign_in("anna.ferri", f"/manage/tickets/{number}", javascript=javascript)
    unfold(anna, "Nota interna")
    anna.locator("#note-body").fill(TEXT)
    switch_to(anna, "bruno.galli")

    anna.locator("#way-note button[type=submit]").click()

    expect(anna.locator("#main")).to_contain_text(REFUSED)
    expect(anna.locator("#note-body" if javascript else "#not-sent textarea")).to_have_value(TEXT)
    if javascript:
        check_accessible(anna)
    assert [
        each["kind"]
        for each in scene.call("anna.ferri", "GET", f"/api/tickets/{number}")["articles"]
    ] == ["request", "notice"]
    switch_to(anna, "anna.ferri")
    if javascript:
        anna.locator("#way-note button[type=submit]").click()
        expect(anna.locator("#articles")).to_contain_text(TEXT)
    else:
        anna.get_by_role("button", name="Invia come Bruno Galli").click()
        anna.get_by_role("button", name="Invia come Anna Ferri").click()
    notes = [
        each
        for each in scene.call("anna.ferri", "GET", f"/api/tickets/{number}")["articles"]
        if each["kind"] == "note"
    ]
    assert [each["author"]["identity"] for each in notes] == ["anna.ferri"]


def test_a_form_whose_session_has_ended_says_so_and_is_sent_by_the_same_person(
    sign_in: SignIn, check_accessible: Check
) -> None:
    giulia = sign_in("giulia.neri", "/my")
    giulia.goto("/forms/tasse")
    for name, value in (
        ("subject", "Rata"),
        ("description", TEXT),
        ("matricola", "1234567"),
        ("anno", "2026/2027"),
    ):
        giulia.locator(f"#field-{name}").fill(value)
    giulia.get_by_label("Ho letto l'informativa").check()
    giulia.context.clear_cookies()

    giulia.get_by_role("button", name="Invia la richiesta").click()

    expect(giulia.locator("#main")).to_contain_text("La tua sessione è terminata.")
    sign_in_page = giulia.get_by_role("link", name="Apri la pagina di accesso in un'altra finestra")
    expect(sign_in_page).to_have_attribute("href", "/login?next=%2Fforms%2Ftasse")
    expect(giulia.get_by_label("Descrizione")).to_have_value(TEXT)
    check_accessible(giulia)
    switch_to(giulia, "giulia.neri")
    giulia.get_by_role("button", name="Invia di nuovo").click()
    giulia.wait_for_url("**/forms/requests/*")


def test_a_live_page_of_one_person_is_not_filled_with_what_another_sees(
    sign_in: SignIn, scene: Scene
) -> None:
    number = scene.request("giulia.neri", "Pagina aperta")
    anna = sign_in("anna.ferri", f"/manage/tickets/{number}")
    switch_to(anna, "bruno.galli")

    scene.do("luisa.villa", number, "note", body="Novità")
    anna.evaluate("document.getElementById('live-refresh').dispatchEvent(new CustomEvent('show'))")

    expect(anna.locator("#trouble")).to_contain_text(REFUSED)
    expect(anna.locator("#articles")).not_to_contain_text("Novità")
