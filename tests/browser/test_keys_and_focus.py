"""Keys that are really pressed, and where the focus is afterwards."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PATIENCE_MS, SignIn
from tests.browser.people import unfold
from tests.browser.scene import Scene

expect.set_options(timeout=PATIENCE_MS)
QUEUE = "/manage/queues/studenti"
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def mine(scene: Scene) -> str:
    """A ticket that Anna works."""
    number = scene.request("giulia.neri", "Da scrivere")
    scene.do("anna.ferri", number, "take")
    return number


def open_ways(page: Page) -> list[str]:
    found: list[str] = page.locator("details.sp-way[open]").evaluate_all(
        "ways => ways.map(way => way.id)"
    )
    return found


def is_covered(focused: Locator) -> bool:
    """Return whether something lies over the middle of an element."""
    return bool(
        focused.evaluate(
            """element => {
              const box = element.getBoundingClientRect();
              const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
              const top = document.elementFromPoint(x, y);
              return !(top && (element.contains(top) || top.contains(element)));
            }"""
        )
    )


@pytest.mark.parametrize(
    ("key", "way"), [("r", "reply"), ("a", "ask"), ("n", "note"), ("c", "close")]
)
def test_a_key_that_opens_a_form_leads_into_its_text_and_what_follows_is_typed_there(
    sign_in: SignIn, mine: str, key: str, way: str
) -> None:
    anna = sign_in("anna.ferri", f"/manage/tickets/{mine}")

    anna.keyboard.press(key)
    anna.keyboard.type("nota: come Ra c'è?/")

    text = anna.locator(f"#way-{way} textarea")
    expect(text).to_be_focused()
    expect(text).to_have_value("nota: come Ra c'è?/")
    assert open_ways(anna) == [f"way-{way}"]


def test_letters_do_nothing_while_a_field_of_any_kind_has_the_focus(
    sign_in: SignIn, mine: str
) -> None:
    anna = sign_in("anna.ferri", f"/manage/tickets/{mine}")
    for way, field in (
        ("close", "input[type=radio]"),
        ("assign", "select"),
        ("links", "input[name=to]"),
        ("postpone", "input[type=datetime-local]"),
    ):
        anna.evaluate(f"document.getElementById('way-{way}').open = true")
        anna.locator(f"#way-{way} {field}").first.focus()
        anna.keyboard.type("ncra")
        assert open_ways(anna) == [f"way-{way}"]
        expect(anna.locator(f"#way-{way} {field}").first).to_be_focused()

    anna.goto(QUEUE)
    anna.locator(".sp-pick input").first.focus()
    anna.keyboard.press("x")
    anna.keyboard.press("j")
    expect(anna.locator(".sp-pick input").first).to_be_focused()
    expect(anna.locator(".sp-pick input").first).not_to_be_checked()


def test_a_sentence_typed_after_a_key_that_opens_nothing_opens_nothing_either(
    sign_in: SignIn, scene: Scene
) -> None:
    number = scene.request("giulia.neri", "Di nessuno")
    anna = sign_in("anna.ferri", f"/manage/tickets/{number}")

    anna.keyboard.press("c")
    anna.keyboard.type("non ancora fatto")

    assert open_ways(anna) == []
    expect(anna.locator("#ticket-head")).to_contain_text("Nuovo", ignore_case=True)


def test_escape_folds_the_form_keeps_its_text_and_leads_to_what_unfolds_it(
    sign_in: SignIn, mine: str
) -> None:
    anna = sign_in("anna.ferri", f"/manage/tickets/{mine}")
    anna.keyboard.press("n")
    anna.keyboard.type("Ci penso")

    anna.keyboard.press("Escape")

    expect(anna.locator("#way-note > summary")).to_be_focused()
    assert open_ways(anna) == []
    anna.keyboard.press("n")
    expect(anna.locator("#note-body")).to_have_value("Ci penso")


def test_control_and_enter_send_the_form_in_which_one_writes(
    sign_in: SignIn, scene: Scene, mine: str
) -> None:
    anna = sign_in("anna.ferri", f"/manage/tickets/{mine}")
    anna.keyboard.press("n")
    anna.keyboard.type("Scritta senza mouse")

    anna.keyboard.press("Control+Enter")

    expect(anna.locator("#articles")).to_contain_text("Scritta senza mouse")
    expect(anna.locator("#main [role=status][data-focus]")).to_be_focused()
    articles = scene.call("anna.ferri", "GET", f"/api/tickets/{mine}")["articles"]
    notes = [article["body"] for article in articles if article["kind"] == "note"]
    assert notes == ["Scritta senza mouse"]


def test_after_a_ticket_has_left_the_list_one_goes_on_from_its_neighbour(
    sign_in: SignIn, scene: Scene
) -> None:
    numbers = [scene.request("giulia.neri", f"Fila {position}") for position in range(3)]
    anna = sign_in("anna.ferri", QUEUE)
    anna.goto(f"{QUEUE}?state=new&q=fila&sort=created_at")
    link = anna.get_by_role("link", name="Fila")
    expect(link).to_have_count(3)

    # The row in the middle goes: the one below it. The last: the one above. The only one: the
    # heading.
    for taken, left in ((1, [0, 2]), (1, [0]), (0, [])):
        link.nth(taken).focus()
        anna.keyboard.press("t")
        expect(link).to_have_count(len(left))
        expect(link.nth(min(taken, len(left) - 1)) if left else anna.locator("h1")).to_be_focused()
        expect(anna.locator("#said")).to_contain_text("Hai preso in carico il ticket.")
    assert {
        scene.call("anna.ferri", "GET", f"/api/tickets/{number}")["owner"] for number in numbers
    } == {"anna.ferri"}


def test_on_the_dashboard_the_focus_stays_on_the_ticket_that_was_taken(
    sign_in: SignIn, scene: Scene
) -> None:
    number = scene.request("giulia.neri", "Presa dal cruscotto")
    anna = sign_in("anna.ferri", "/manage")
    anna.locator(f"#lists [data-number='{number}'] .sp-row-link").first.focus()

    anna.keyboard.press("t")

    expect(anna.locator("#said")).to_contain_text("Hai preso in carico il ticket.")
    expect(anna.locator(f"#lists [data-number='{number}'] .sp-row-link:focus")).to_have_count(1)
    anna.keyboard.press("Enter")
    anna.wait_for_url(f"**/manage/tickets/{number}")


def test_enter_pressed_at_once_opens_no_other_ticket_than_the_one_that_was_taken(
    sign_in: SignIn, scene: Scene
) -> None:
    for position in range(2):
        scene.request("giulia.neri", f"Subito {position}")
    anna = sign_in("anna.ferri", QUEUE)
    anna.goto(f"{QUEUE}?state=new&q=subito&sort=created_at")
    link = anna.get_by_role("link", name="Subito")
    link.first.focus()
    anna.keyboard.press("t")
    expect(anna.locator("#said")).to_contain_text("Ora sei su «Subito 1».")

    anna.keyboard.press("Enter")

    expect(link).to_be_focused()
    assert "q=subito" in anna.url
    anna.keyboard.press("k")
    anna.keyboard.press("Enter")
    anna.wait_for_url("**/manage/tickets/*")


def test_the_key_of_the_search_leads_to_one_from_every_page_that_lists_it(
    sign_in: SignIn, mine: str
) -> None:
    anna = sign_in("anna.ferri", f"/manage/tickets/{mine}")

    anna.keyboard.press("/")

    anna.wait_for_url("**/manage/tickets#search")
    expect(anna.locator("#search")).to_be_focused()
    anna.keyboard.type("rata")
    expect(anna.locator("#search")).to_have_value("rata")


def test_when_what_has_the_focus_goes_its_neighbour_gets_it(sign_in: SignIn, scene: Scene) -> None:
    number = scene.request("giulia.neri", "Presa davanti a te")
    anna = sign_in("anna.ferri", f"/manage/tickets/{number}")
    anna.locator("#ticket-head").get_by_role("button", name="Prendi in carico").focus()

    scene.do("bruno.galli", number, "take")

    expect(anna.locator("#ticket-head")).to_contain_text("Bruno Galli")
    expect(anna.locator("#main :focus")).to_have_count(1)
    assert anna.evaluate("document.activeElement.tagName") != "BODY"


def test_the_bar_for_many_tickets_never_lies_over_what_has_the_focus(
    sign_in: SignIn, scene: Scene
) -> None:
    numbers = [scene.request("giulia.neri", f"Lunga lista {position}") for position in range(12)]
    scene.do("anna.ferri", numbers[0], "take")  # only an owner is offered to close
    anna = sign_in("anna.ferri", QUEUE)
    anna.set_viewport_size({"width": 1280, "height": 720})
    anna.emulate_media(reduced_motion="reduce")  # scrolling takes no time
    anna.locator(".sp-pick input").first.check()
    unfold(anna, "Chiudi il ticket")
    expect(anna.locator("#bulk-bar")).to_have_css("position", "sticky")

    anna.locator(".sp-row-link").first.focus()
    for position in range(12):
        focused = anna.locator(".sp-row-link:focus")
        expect(focused).to_have_count(1)
        for _ in range(100):  # the bar is measured after the page is drawn
            if not is_covered(focused):
                break
            anna.wait_for_timeout(20)
        assert not is_covered(focused), position
        anna.keyboard.press("j")
