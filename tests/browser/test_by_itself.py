"""What happens by itself in a real browser: news, an ended session, a proxy that answers in our
place.

None of it moves the focus, leads elsewhere or takes away what somebody is typing.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import PATIENCE_MS, Check, SignIn
from tests.browser.people import send_form, unfold
from tests.browser.scene import Scene

expect.set_options(timeout=PATIENCE_MS)
pytestmark = pytest.mark.timeout(300)

GONE = "Il contenuto di questa pagina è stato spostato dove non puoi vederlo."
ENDED = "La sessione è terminata. Questa pagina resta com'è: quello che hai scritto non va perso."
OF_A_PROXY = "<html><body><main id='main'><h1>Bad gateway</h1></main></body></html>"


@pytest.fixture(scope="module")
def scene(installation: str) -> Iterator[Scene]:
    with Scene(installation) as scene:
        yield scene


@pytest.fixture
def ticket(scene: Scene) -> str:
    """A ticket that Anna works."""
    number = scene.request("giulia.neri", "Una rata")
    scene.do("anna.ferri", number, "take")
    return number


def focused(page: Page) -> str:
    found: str = page.evaluate("document.activeElement.id")
    return found


def expect_signed_out(page: Page) -> None:
    expect(page.locator("#trouble .sp-alert-title")).to_have_text(ENDED)


def test_a_ticket_that_goes_from_sight_leaves_the_typist_in_their_field(
    sign_in: SignIn, scene: Scene, ticket: str, check_accessible: Check
) -> None:
    anna = sign_in("anna.ferri", f"/manage/tickets/{ticket}")
    expect(anna.locator("#articles")).to_contain_text("Ho pagato la seconda rata.")
    unfold(anna, "Nota interna")
    anna.locator("#note-body").press_sequentially("Nota: ")

    # Nothing else happens to the ticket: the move itself is told.
    scene.do("luisa.villa", ticket, "move", queue="ict", reason="Di là")
    expect(anna.locator("#trouble")).to_contain_text(GONE)
    anna.keyboard.type("riservata, non contarci")

    expect(anna.locator("#note-body")).to_have_value("Nota: riservata, non contarci")
    assert focused(anna) == "note-body"
    assert anna.locator("#reply-body").input_value() == ""
    check_accessible(anna)


def test_a_form_just_opened_does_not_vanish_under_the_hands(
    sign_in: SignIn, scene: Scene, ticket: str
) -> None:
    anna = sign_in("anna.ferri", f"/manage/tickets/{ticket}")
    unfold(anna, "Rispondi al richiedente")
    anna.locator("#reply-body").focus()

    scene.do("luisa.villa", ticket, "assign", operator="bruno.galli", reason="Ferie")
    expect(anna.locator("#ticket-line")).to_contain_text("Bruno Galli")
    anna.keyboard.type("Cara Giulia")

    expect(anna.locator("#reply-body")).to_have_value("Cara Giulia")
    assert focused(anna) == "reply-body"


def test_news_after_an_ended_session_lead_nowhere(
    sign_in: SignIn, scene: Scene, ticket: str, check_accessible: Check
) -> None:
    anna = sign_in("anna.ferri", f"/manage/tickets/{ticket}")
    unfold(anna, "Rispondi al richiedente")
    anna.locator("#reply-body").press_sequentially("Gentile ")
    session = anna.context.cookies()
    anna.context.clear_cookies()

    scene.do("bruno.galli", ticket, "note", body="Una nota")
    expect_signed_out(anna)
    anna.keyboard.type("Giulia")

    expect(anna.locator("#reply-body")).to_have_value("Gentile Giulia")
    assert focused(anna) == "reply-body"
    assert anna.url.endswith(f"/manage/tickets/{ticket}")
    way = anna.locator("#trouble a")
    expect(way).to_have_text("Apri la pagina di accesso in un'altra finestra")
    assert way.get_attribute("href") == f"/login?next=%2Fmanage%2Ftickets%2F{ticket}"
    check_accessible(anna)

    # Signed in again in another window, the page goes on with the next news, and the text is sent.
    anna.context.add_cookies([{**one} for one in session])  # type: ignore[typeddict-item]
    scene.do("bruno.galli", ticket, "note", body="Un'altra nota")
    expect(anna.locator("#articles")).to_contain_text("Un'altra nota")
    expect(anna.locator("#trouble")).to_be_hidden()
    anna.locator("#way-reply button[type=submit]").click()
    expect(anna.locator("#way-reply .alert")).to_contain_text("Un'altra nota")
    expect(anna.locator("#reply-body")).to_have_value("Gentile Giulia")


def test_a_list_whose_session_ended_keeps_what_is_picked_and_typed(
    sign_in: SignIn, scene: Scene, ticket: str
) -> None:
    anna = sign_in("anna.ferri", "/manage/queues/studenti")
    anna.locator(f"#pick-{ticket}").check()
    unfold(anna, "Chiudi il ticket")
    anna.locator("#bulk-answer").press_sequentially("Fatto ")
    anna.context.clear_cookies()

    scene.do("bruno.galli", ticket, "note", body="Una nota")
    expect_signed_out(anna)
    anna.keyboard.type("per tutti")
    assert focused(anna) == "bulk-answer"
    anna.get_by_role("button", name="Invia e chiudi").click()

    expect(anna.locator("#trouble .sp-alert-title")).to_have_text(
        "Operazione non riuscita. Quello che hai scritto non è andato perso."
    )
    expect(anna.locator("#trouble a")).to_have_attribute("target", "_blank")
    expect(anna.locator("#bulk-answer")).to_have_value("Fatto per tutti")
    expect(anna.locator(f"#pick-{ticket}")).to_be_checked()


@pytest.mark.parametrize("status", [200, 403, 404, 413, 429, 502])
def test_what_a_proxy_answers_takes_the_place_of_nothing(
    status: int, sign_in: SignIn, ticket: str, check_accessible: Check
) -> None:
    anna = sign_in("anna.ferri", f"/manage/tickets/{ticket}")
    unfold(anna, "Rispondi al richiedente")
    anna.locator("#reply-body").fill("La rata è pagata.")
    key = anna.locator("#way-reply input[name=command_id]").input_value()

    def instead(route: Route) -> None:
        route.fulfill(status=status, content_type="text/html", body=OF_A_PROXY)

    anna.route("**/reply", instead)
    anna.locator("#way-reply button[type=submit]").click()

    expect(anna.locator("#trouble")).to_contain_text(f"(errore {status})")
    expect(anna.locator("#reply-body")).to_be_visible()
    expect(anna.locator("#reply-body")).to_have_value("La rata è pagata.")
    expect(anna.locator("h1")).to_have_text("Una rata")
    assert focused(anna) == "trouble"
    check_accessible(anna)

    # It may have been done all the same: even after a reload it is sent again as the same reply.
    anna.unroute("**/reply")
    anna.reload()
    expect(anna.locator("#reply-body")).to_have_value("La rata è pagata.")
    assert anna.locator("#way-reply input[name=command_id]").input_value() == key
    anna.locator("#way-reply button[type=submit]").click()
    expect(anna.locator("#articles")).to_contain_text("La rata è pagata.")


def test_who_goes_on_writing_after_sending_keeps_the_focus(sign_in: SignIn, ticket: str) -> None:
    anna = sign_in("anna.ferri", f"/manage/tickets/{ticket}")
    unfold(anna, "Rispondi al richiedente")
    anna.locator("#reply-body").press_sequentially("Gentile")
    held: list[Route] = []
    anna.route("**/reply", lambda route: held.append(route))

    with anna.expect_request("**/reply"):
        anna.keyboard.press("Control+Enter")
    anna.keyboard.type(" Giulia")
    held[0].fulfill(status=502, content_type="text/html", body=OF_A_PROXY)
    expect(anna.locator("#trouble")).to_be_visible()
    anna.keyboard.type(", arrivo")

    expect(anna.locator("#reply-body")).to_have_value("Gentile Giulia, arrivo")


def test_a_page_that_asks_again_leaves_the_focus_on_the_same_link(sign_in: SignIn) -> None:
    giulia = sign_in("giulia.neri", "/forms/tasse")
    asks_again = 'hx-select="#sent" hx-swap="outerHTML" hx-trigger="load delay:1s"'

    def without_number(route: Route) -> None:
        answer = route.fetch()
        path = route.request.url
        body = answer.text().replace('id="sent"', f'id="sent" hx-get="{path}" {asks_again}', 1)
        route.fulfill(response=answer, body=body)

    send_form(giulia, "Una rata")
    giulia.route("**/forms/requests/*", without_number, times=1)
    giulia.reload()
    giulia.locator("#sent").evaluate("part => { part.dataset.before = 'yes' }")
    giulia.get_by_role("link", name="Fai un'altra richiesta").focus()
    expect(giulia.locator("#sent:not([data-before])")).to_be_visible()

    expect(giulia.get_by_role("link", name="Fai un'altra richiesta")).to_be_focused()


@pytest.mark.parametrize("late", ["kept", "live", "focus"])
def test_nothing_is_fetched_before_every_script_that_keeps_the_page_has_come(
    sign_in: SignIn, ticket: str, late: str
) -> None:
    page = sign_in("anna.ferri", "/my")
    page.goto("about:blank")
    seen: list[str] = []

    def hold_back(route: Route) -> None:
        page.wait_for_timeout(1000)
        seen.append("the late script")
        route.continue_()

    page.on("request", lambda request: seen.append(request.resource_type))
    page.route(f"**/static/{late}.*.js", hold_back)

    with page.expect_response(lambda answer: answer.url.endswith(f"/live?ticket={ticket}")):
        page.goto(f"/manage/tickets/{ticket}")

    # A refresh of a page without its listeners would replace what somebody is typing.
    assert seen.index("the late script") < seen.index("fetch")
