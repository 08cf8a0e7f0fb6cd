"""One request from the form to "closed", by the people it concerns, in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PATIENCE_MS, Check, SignIn
from tests.browser.people import headings_of_articles, send_form, unfold

expect.set_options(timeout=PATIENCE_MS)
QUEUE = "/manage/queues/studenti"
pytestmark = pytest.mark.timeout(300)


STORY_FOR_GIULIA = [
    "La tua richiesta",
    "Avviso",
    "Avviso",
    "Domanda per te",
    "La tua risposta",
    "Risposta",
]
STORY_FOR_ANNA = [
    "Richiesta",
    "Avviso al richiedente",
    "Avviso al richiedente",
    "Domanda al richiedente",
    "Risposta del richiedente",
    "Risposta al richiedente",
]


def test_a_request_goes_its_way_live_from_the_form_to_closed(
    sign_in: SignIn, check_accessible: Check
) -> None:
    anna = sign_in("anna.ferri", QUEUE)
    giulia = sign_in("giulia.neri", "/forms/tasse")
    check_accessible(anna)
    check_accessible(giulia)

    # Giulia asks; the request arrives in front of Anna, who does nothing.
    number = send_form(giulia, "Seconda rata non registrata")
    check_accessible(giulia)
    row = anna.locator(f"#list-{number}")
    expect(row).to_contain_text("Seconda rata non registrata")
    expect(row).to_contain_text("Nuovo", ignore_case=True)

    # Anna takes it where she saw it.
    row.get_by_role("button", name="Prendi in carico").click()
    expect(
        anna.locator("#main")
        .get_by_role("status")
        .filter(has_text="Hai preso in carico il ticket.")
    ).to_be_visible()
    expect(row).to_contain_text("Anna Ferri (tu)")
    check_accessible(anna)

    # Giulia looks at her request while Anna asks.
    giulia.goto("/my")
    check_accessible(giulia)
    giulia.get_by_role("link", name="Seconda rata non registrata").first.click()
    giulia.wait_for_url(f"**/my/{number}")
    expect(giulia.locator("#where")).to_contain_text("si sta occupando della tua richiesta")
    row.get_by_role("link").click()
    anna.wait_for_url(f"**/manage/tickets/{number}")
    unfold(anna, "Fai una domanda al richiedente")
    anna.get_by_label("La tua domanda").fill("Qual è il codice della ricevuta?")
    anna.get_by_role("button", name="Invia la domanda").click()
    expect(anna.locator("#ticket-head")).to_contain_text(
        "In attesa del richiedente", ignore_case=True
    )

    # The question appears in front of Giulia, who answers; the answer appears in front of Anna.
    expect(giulia.locator("#articles")).to_contain_text("Qual è il codice della ricevuta?")
    check_accessible(giulia)
    giulia.get_by_label("La tua risposta all'ufficio").fill("È 0123456789.")
    giulia.get_by_role("button", name="Invia").click()
    expect(
        giulia.get_by_role("status").filter(
            has_text="Il tuo messaggio è stato inviato all'ufficio."
        )
    ).to_be_visible()
    expect(anna.locator("#articles")).to_contain_text("È 0123456789.")
    expect(anna.locator("#ticket-head")).to_contain_text("Aperto", ignore_case=True)

    # Anna closes; Giulia sees it at once.
    unfold(anna, "Chiudi il ticket")
    anna.get_by_label("Con successo").check()
    anna.get_by_label("Risposta finale").fill("La rata ora risulta pagata.")
    anna.get_by_role("button", name="Invia e chiudi").click()
    expect(anna.locator("#ticket-head")).to_contain_text("Chiuso con successo", ignore_case=True)
    expect(giulia.locator("#request-head")).to_contain_text("Chiusa con successo", ignore_case=True)
    expect(giulia.locator("#articles")).to_contain_text("La rata ora risulta pagata.")

    # The whole story is in the ticket, each mail with its delivery.
    expect(anna.locator("#articles").get_by_text("E-mail inviata", exact=True)).to_have_count(4)
    assert headings_of_articles(anna) == STORY_FOR_ANNA
    assert headings_of_articles(giulia) == STORY_FOR_GIULIA
    check_accessible(anna)
    giulia.goto("/my")
    expect(giulia.locator(f"#request-{number}")).to_contain_text(
        "Chiusa con successo", ignore_case=True
    )
    anna.goto("/manage")
    check_accessible(anna)


def test_the_same_road_without_javascript(sign_in: SignIn) -> None:
    giulia = sign_in("giulia.neri", "/forms/tasse", javascript=False)
    number = send_form(giulia, "Rimborso senza script")
    anna = sign_in("anna.ferri", QUEUE, javascript=False)

    anna.locator(f"#list-{number}").get_by_role("button", name="Prendi in carico").click()
    anna.wait_for_url(f"**{QUEUE}?done=take:{number}")
    expect(anna.locator(f"#list-{number}")).to_contain_text("Anna Ferri (tu)")
    anna.locator(f"#list-{number}").get_by_role("link").click()
    unfold(anna, "Fai una domanda al richiedente")
    anna.get_by_label("La tua domanda").fill("Quale conto?")
    anna.get_by_role("button", name="Invia la domanda").click()
    anna.wait_for_url(f"**/manage/tickets/{number}?done=ask")
    expect(anna.locator("#articles")).to_contain_text("Quale conto?")

    giulia.goto(f"/my/{number}")
    giulia.get_by_label("La tua risposta all'ufficio").fill("Quello di sempre.")
    giulia.get_by_role("button", name="Invia").click()
    expect(giulia.locator("#articles")).to_contain_text("Quello di sempre.")

    anna.reload()
    unfold(anna, "Chiudi il ticket")
    anna.get_by_label("Risposta finale").fill("Rimborso disposto.")
    anna.get_by_role("button", name="Invia e chiudi").click()
    expect(anna.locator("#ticket-head")).to_contain_text("Chiuso con successo", ignore_case=True)

    giulia.goto("/my")
    expect(giulia.locator(f"#request-{number}")).to_contain_text(
        "Chiusa con successo", ignore_case=True
    )


@pytest.mark.parametrize("language", ["it", "en"])
def test_no_page_needs_sideways_scrolling_on_a_phone(
    sign_in: SignIn, check_fits: Check, check_accessible: Check, language: str
) -> None:
    giulia = sign_in("giulia.neri", "/forms/tasse", width=360)
    number = send_form(
        giulia,
        "Una domanda dal telefono, con un oggetto piuttosto lungo e parolelunghissimesenzaspazi",
    )
    anna = sign_in("anna.ferri", "/manage", width=360)

    for page, paths in (
        (giulia, ("/", "/forms", "/forms/tasse", "/my", f"/my/{number}", "/nowhere")),
        (
            anna,
            (
                "/login",
                "/manage",
                QUEUE,
                f"/manage/tickets/{number}",
                "/manage/notices",
                "/manage/notices/preferences",
            ),
        ),
        (anna, ("/forms?on-behalf=yes", "/forms/tasse?on-behalf=yes")),
        (anna, (f"/manage/tickets/{number}/children/new?to=queue:studenti/tasse",)),
    ):
        for path in paths:
            page.goto(f"{path}{'&' if '?' in path else '?'}lang={language}")
            check_fits(page)
            check_accessible(page)


def test_an_operator_files_a_form_for_somebody_on_the_phone(
    sign_in: SignIn, check_accessible: Check
) -> None:
    anna = sign_in("anna.ferri", "/manage")

    anna.get_by_role("link", name="Richiesta per conto di altri").click()
    expect(anna.get_by_role("heading", level=1)).to_have_text("Richiesta per conto di altri")
    expect(anna.locator("main a[href^='/forms/']")).to_have_count(
        3
    )  # hers are the forms of one queue
    anna.locator("main a[href^='/forms/tasse']").click()
    anna.get_by_label("Nome e cognome").fill("Piero Rossi")
    anna.get_by_label("Indirizzo e-mail").fill("piero.rossi@example.org")
    anna.get_by_label("English").check()
    number = send_form(anna, "Detto al telefono")
    check_accessible(anna)
    anna.get_by_role("link", name="Continua in Gestione richieste").click()

    anna.wait_for_url(f"**/manage/tickets/{number}")
    expect(anna.locator("main")).to_contain_text("Piero Rossi")
    expect(anna.locator("#articles")).to_contain_text("Detto al telefono")
    check_accessible(anna)


def test_what_somebody_is_writing_stays_while_the_ticket_changes(sign_in: SignIn) -> None:
    giulia = sign_in("giulia.neri", "/forms/tasse")
    number = send_form(giulia, "Scrivere mentre cambia")
    anna = sign_in("anna.ferri", f"/manage/tickets/{number}")
    luisa = sign_in("luisa.villa", f"/manage/tickets/{number}")

    anna.keyboard.press("n")
    anna.keyboard.type("Una nota che non")
    luisa.keyboard.press("n")
    luisa.keyboard.type("Prima io")
    luisa.get_by_role("button", name="Aggiungi la nota").click()
    expect(anna.locator("#articles")).to_contain_text("Prima io")
    anna.keyboard.type(" va persa")

    expect(anna.get_by_label("Testo della nota")).to_have_value("Una nota che non va persa")
    expect(anna.get_by_label("Testo della nota")).to_be_focused()
    expect(anna.locator("#draft-notice")).to_be_visible()
    anna.get_by_role("button", name="Aggiungi la nota").click()
    anna.locator("#way-note .alert").get_by_role("button", name="Invia comunque").click()
    expect(anna.locator("#articles")).to_contain_text("Una nota che non va persa")


def test_an_operator_clears_a_queue_without_the_mouse(sign_in: SignIn) -> None:
    giulia = sign_in("giulia.neri", "/forms/tasse")
    number = send_form(giulia, "Solo tastiera")
    anna = sign_in("anna.ferri", QUEUE)

    # The newest is the first: down to it, take it, open it, close it.
    anna.keyboard.press("j")
    expect(anna.get_by_role("link", name="Solo tastiera")).to_be_focused()
    anna.keyboard.press("t")
    expect(anna.locator("#said")).to_contain_text("Hai preso in carico il ticket.")
    expect(anna.get_by_role("link", name="Solo tastiera")).to_be_focused()
    anna.keyboard.press("Enter")
    anna.wait_for_url(f"**/manage/tickets/{number}")
    anna.keyboard.press("c")
    anna.keyboard.type("Fatto, senza mouse.")
    anna.keyboard.press("Tab")
    anna.keyboard.press("Enter")

    expect(anna.locator("#ticket-head")).to_contain_text("Chiuso con successo", ignore_case=True)
    # What changed may be seen before the answer to the form is, which brings a new page content.
    expect(
        anna.locator("#main").get_by_role("status").filter(has_text="Il ticket è chiuso")
    ).to_be_visible()
    anna.wait_for_load_state("load")  # the page may be a new one, whose script does not listen yet
    anna.keyboard.press("?")
    expect(anna.get_by_role("dialog")).to_contain_text("Scorciatoie da tastiera")
    anna.get_by_label("Scorciatoie attive").uncheck()
    anna.keyboard.press("Escape")
    anna.goto(QUEUE)
    anna.keyboard.press("j")
    expect(anna.locator("body")).to_be_focused()
