"""A request that needs another office: asked, sent back, completed, answered and closed, with a
colleague watching.
"""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE_MS, Check, SignIn
from tests.browser.people import headings_of_articles, send_form, send_request, unfold

expect.set_options(timeout=PATIENCE_MS)
QUEUE = "/manage/queues/studenti"
pytestmark = pytest.mark.timeout(300)

STORY_FOR_ANNA = [
    "Richiesta",
    "Avviso al richiedente",
    "Avviso al richiedente",
    "Richiesta a un altro ufficio",
    "Restituita dall'altro ufficio",
    "Esito dell'altro ufficio",
    "Risposta al richiedente",
]


def said(page: Page, sentence: str) -> None:
    """Check that the page says what an action has done."""
    expect(page.locator("#main").get_by_role("status").filter(has_text=sentence)).to_be_visible()


def test_a_request_that_another_office_sends_back_comes_to_its_end(
    sign_in: SignIn, check_accessible: Check
) -> None:
    giulia = sign_in("giulia.neri", "/forms/tasse")
    number = send_form(giulia, "Rata pagata due volte")
    ticket = f"/manage/tickets/{number}"
    bruno = sign_in("bruno.galli", ticket)
    expect(bruno.get_by_role("button", name="Prendi in carico")).to_be_visible()

    # Anna takes it in front of Bruno, who now cannot.
    anna = sign_in("anna.ferri", QUEUE)
    anna.locator(f"#list-{number}").get_by_role("button", name="Prendi in carico").click()
    said(anna, "Hai preso in carico il ticket.")
    expect(bruno.locator("#ticket-head")).to_contain_text("Anna Ferri")
    expect(bruno.get_by_role("button", name="Prendi in carico")).to_have_count(0)

    # She asks the office for fees, without the year.
    anna.goto(ticket)
    unfold(anna, "Chiedi a un altro ufficio")
    anna.get_by_label("A quale ufficio").select_option(label="Ufficio tasse e borse")
    check_accessible(anna)
    anna.get_by_role("button", name="Continua").click()
    expect(anna.get_by_label("Numero di matricola")).to_have_value("123456")
    anna.get_by_label("Che cosa chiedi").fill("La seconda rata risulta pagata due volte?")
    check_accessible(anna)
    anna.get_by_role("button", name="Invia all'altro ufficio").click()
    said(anna, "La richiesta è stata inviata all'altro ufficio")
    expect(anna.locator("#ticket-head")).to_contain_text(
        "In attesa di altri uffici", ignore_case=True
    )
    child = anna.locator("#family a").inner_text()
    assert re.fullmatch(r"\d{16,}", child)
    expect(bruno.locator("#family")).to_contain_text(child)
    expect(bruno.locator("#family a")).to_have_count(0)
    check_accessible(anna)

    # Dario, of that office, sends it back.
    dario = sign_in("dario.riva", f"/manage/tickets/{child}")
    unfold(dario, "Restituisci")
    dario.get_by_label("Che cosa manca").fill("Manca l'anno accademico.")
    dario.get_by_role("button", name="Restituisci").click()
    said(dario, "Il ticket è stato restituito all'ufficio richiedente.")
    expect(dario.locator("#ticket-head")).to_contain_text("Restituito", ignore_case=True)
    expect(anna.locator("#articles")).to_contain_text("Manca l'anno accademico.")
    expect(bruno.locator("#articles")).to_contain_text("Manca l'anno accademico.")
    check_accessible(dario)

    # Anna passes the year on; she reads what the office tells her, not its notes.
    unfold(dario, "Nota interna")
    dario.get_by_label("Testo della nota").fill("Controllare anche la prima rata.")
    dario.get_by_role("button", name="Aggiungi la nota").click()
    expect(dario.locator("#articles")).to_contain_text("Controllare anche la prima rata.")
    anna.locator("#family a").click()
    anna.wait_for_url(f"**/manage/tickets/{child}")
    expect(anna.locator("#articles")).to_contain_text("Manca l'anno accademico.")
    expect(anna.locator("#articles")).not_to_contain_text("Controllare anche la prima rata.")
    unfold(anna, "Completa e invia di nuovo")
    anna.get_by_label("Anno accademico").check()
    anna.get_by_label("Che cosa aggiungi").fill("L'anno è questo.")
    check_accessible(anna)
    anna.get_by_role("button", name="Invia di nuovo").click()
    said(anna, "La richiesta è stata completata")
    expect(dario.locator("#ticket-head")).to_contain_text("Nuovo", ignore_case=True)
    expect(dario.locator("#articles")).to_contain_text("L'anno è questo.")

    # Dario answers and closes; Anna's ticket goes on by itself.
    dario.reload()
    expect(dario.locator("#main")).to_contain_text("2026/2027")
    dario.get_by_role("button", name="Prendi in carico").click()
    said(dario, "Hai preso in carico il ticket.")
    unfold(dario, "Chiudi il ticket")
    dario.get_by_label("Risposta finale").fill("Sì: rimborso disposto.")
    dario.get_by_role("button", name="Invia e chiudi").click()
    said(dario, "Il ticket è chiuso; l'esito è stato inviato all'ufficio richiedente.")
    expect(anna.locator("#ticket-head")).to_contain_text("Chiuso con successo", ignore_case=True)
    expect(bruno.locator("#articles")).to_contain_text("Sì: rimborso disposto.")
    expect(bruno.locator("#ticket-head")).to_contain_text("Aperto", ignore_case=True)
    anna.goto(ticket)
    unfold(anna, "Chiudi il ticket")
    anna.get_by_label("Risposta finale").fill("Le rimborsiamo la seconda rata.")
    anna.get_by_role("button", name="Invia e chiudi").click()
    expect(anna.locator("#ticket-head")).to_contain_text("Chiuso con successo", ignore_case=True)
    assert headings_of_articles(anna) == STORY_FOR_ANNA
    check_accessible(anna)

    # Giulia has seen her own ticket only.
    giulia.goto(f"/my/{number}")
    expect(giulia.locator("#articles")).to_contain_text("Le rimborsiamo la seconda rata.")
    expect(giulia.locator("#main")).not_to_contain_text(child)
    expect(giulia.locator("#main")).not_to_contain_text("rimborso disposto")
    giulia.goto("/my")
    expect(giulia.locator(f"#request-{child}")).to_have_count(0)


def test_a_recipe_asks_its_owner_about_a_step_that_failed_and_goes_on(
    sign_in: SignIn, check_accessible: Check
) -> None:
    hugo = sign_in("hugo.marchi", "/forms/mobilita")
    hugo.get_by_label("Oggetto").fill("Un semestre a Lione")
    hugo.get_by_label("Descrizione").fill("Vorrei partire a gennaio.")
    hugo.get_by_label("Numero di matricola").fill("123456")
    hugo.get_by_label("Paese").fill("Francia")
    hugo.get_by_label("Periodo").fill("Primo semestre")
    number = send_request(hugo)

    # The recipe begins when somebody takes the ticket, by itself.
    nadia = sign_in("nadia.serra", f"/manage/tickets/{number}")
    nadia.get_by_role("button", name="Prendi in carico").click()
    steps = nadia.locator(".sp-run > li")
    expect(steps).to_have_count(3)
    expect(steps.nth(0)).to_contain_text("in corso")
    expect(steps.nth(1)).to_contain_text("non ancora iniziato")
    expect(nadia.locator("#ticket-head")).to_contain_text(
        "In attesa di altri uffici", ignore_case=True
    )
    check_accessible(nadia)

    # The first office cannot help: the recipe waits for Nadia, who goes on.
    close_child(
        sign_in("carla.monti", f"/manage/tickets/{steps.nth(0).locator('a').inner_text()}"),
        "Senza successo",
    )
    expect(steps.nth(0)).to_contain_text("concluso senza successo")
    check_accessible(nadia)
    nadia.get_by_role("button", name="Prosegui comunque").click()
    said(nadia, "La tua decisione è stata registrata")
    expect(steps.nth(1)).to_contain_text("in corso")
    expect(steps.nth(2)).to_contain_text("in corso")

    # The two others work at the same time; then the ticket is Nadia's again.
    close_child(
        sign_in("dario.riva", f"/manage/tickets/{steps.nth(1).locator('a').inner_text()}"),
        "Con successo",
    )
    close_child(
        sign_in("gaia.leoni", f"/manage/tickets/{steps.nth(2).locator('a').inner_text()}"),
        "Con successo",
    )
    expect(nadia.locator("#family")).to_contain_text("Tutti i passi sono conclusi.")
    expect(nadia.locator("#ticket-head")).to_contain_text("Aperto", ignore_case=True)
    check_accessible(nadia)


def close_child(page: Page, outcome: str) -> None:
    """Take the child that the page shows, and end it."""
    page.get_by_role("button", name="Prendi in carico").click()
    said(page, "Hai preso in carico il ticket.")
    unfold(page, "Chiudi il ticket")
    page.get_by_label(outcome).check()
    page.get_by_label("Risposta finale").fill("Controllato.")
    page.get_by_role("button", name="Invia e chiudi").click()
    said(page, "Il ticket è chiuso; l'esito è stato inviato all'ufficio richiedente.")


def test_two_tickets_become_one_and_two_again(sign_in: SignIn, check_accessible: Check) -> None:
    giulia = sign_in("giulia.neri", "/forms/tasse")
    first = send_form(giulia, "La mia rata")
    giulia.goto("/forms/tasse")
    second = send_form(giulia, "Ancora la mia rata")
    anna = sign_in("anna.ferri", f"/manage/tickets/{second}")

    unfold(anna, "Unisci a un altro ticket")
    anna.get_by_label("Numero del ticket da mantenere").fill(f"[Ticket#{first}] La mia rata")
    anna.get_by_label("Numero del ticket da mantenere").press("Enter")
    expect(anna.locator("#way-merge .alert:focus")).to_contain_text(f"{first} La mia rata")
    check_accessible(anna)
    anna.get_by_role("button", name="Sì, unisci").click()
    expect(anna.locator("#merged")).to_contain_text(f"Prosegue come {first}")
    expect(
        anna.locator(".sp-after-done").get_by_role("button", name="Annulla questa modifica")
    ).to_be_visible()
    check_accessible(anna)
    giulia.goto(f"/my/{second}")
    giulia.get_by_role("link", name=f"Vedi la richiesta {first}").click()
    expect(giulia.locator("#articles")).to_contain_text("Ancora la mia rata")
    anna.goto(f"/manage/tickets/{first}")
    expect(anna.locator("#articles")).to_contain_text(f"Dal ticket unito {second}")

    anna.goto(f"/manage/tickets/{second}")
    unfold(anna, "Storia")
    anna.get_by_role("button", name="Annulla questa modifica").click()
    said(anna, "La modifica è stata annullata.")
    expect(anna.locator("#ticket-head")).to_contain_text("Nuovo", ignore_case=True)
    anna.goto(f"/manage/tickets/{first}")
    expect(anna.locator("#articles")).not_to_contain_text(second)


@pytest.mark.parametrize("javascript", [True, False])
def test_many_tickets_are_taken_at_once(
    sign_in: SignIn, check_accessible: Check, javascript: bool
) -> None:
    giulia = sign_in("giulia.neri", "/forms/tasse")
    numbers = []
    for subject in ("Prima di due", "Seconda di due"):
        giulia.goto("/forms/tasse")
        numbers.append(send_form(giulia, subject))
    anna = sign_in("anna.ferri", QUEUE, javascript=javascript)

    for number in numbers:
        anna.get_by_label(f"Seleziona {number}").check()
    if javascript:
        expect(anna.locator("#bulk-count")).to_have_text("2 selezionati")
        check_accessible(anna)
    anna.locator("#bulk").get_by_role("button", name="Prendi in carico").click()

    for number in numbers:
        expect(anna.locator("#bulk-results")).to_contain_text(
            f"{number} Hai preso in carico il ticket."
        )
        expect(anna.locator(f"#list-{number}")).to_contain_text("Anna Ferri (tu)")
    if javascript:
        check_accessible(anna)


def test_tickets_are_picked_without_the_mouse_and_stay_picked_while_the_list_changes(
    sign_in: SignIn,
) -> None:
    giulia = sign_in("giulia.neri", "/forms/tasse")
    number = send_form(giulia, "Da scegliere")
    anna = sign_in("anna.ferri", QUEUE)

    anna.keyboard.press("j")
    anna.keyboard.press("x")
    expect(anna.get_by_label(f"Seleziona {number}")).to_be_checked()
    giulia.goto("/forms/tasse")
    later = send_form(giulia, "Arrivata dopo")
    anna.locator("#news").click()
    expect(anna.locator(f"#list-{later}")).to_be_visible()

    expect(anna.get_by_label(f"Seleziona {number}")).to_be_checked()
    expect(anna.locator("#bulk-count")).to_have_text("1 selezionato")
    anna.keyboard.press("b")
    anna.keyboard.press("Enter")
    expect(anna.locator("#bulk-results")).to_contain_text(
        f"{number} Hai preso in carico il ticket."
    )


def test_the_bell_rings_for_who_works_the_queue_and_is_read(
    sign_in: SignIn, check_accessible: Check
) -> None:
    bruno = sign_in("bruno.galli", "/manage/notices")
    before = bruno.locator("#bell").inner_text()
    giulia = sign_in("giulia.neri", "/forms/tasse")
    number = send_form(giulia, "Suona la campanella")

    expect(bruno.locator("#rows")).to_contain_text(number)
    expect(bruno.locator("#rows")).to_contain_text("Nuovo ticket nella coda «Segreterie studenti»")
    expect(bruno.locator("#rows")).to_contain_text("Suona la campanella")
    assert bruno.locator("#bell").inner_text() != before
    check_accessible(bruno)
    bruno.get_by_role("button", name="Segna tutti come letti").click()
    said(bruno, "Gli avvisi sono stati segnati come letti.")
    expect(bruno.locator("#rows").get_by_role("button")).to_have_count(0)
    bruno.goto("/manage/notices/preferences")
    bruno.get_by_label("nessuna e-mail: solo la campanella in queste pagine").check()
    check_accessible(bruno)
    bruno.get_by_role("button", name="Salva").click()
    said(bruno, "Le tue preferenze sono state salvate.")
    expect(
        bruno.get_by_label("nessuna e-mail: solo la campanella in queste pagine")
    ).to_be_checked()
