"""The bell: what an operator was told, marking it as read, and how he wants to be told."""

import re
from typing import Any

import pytest

from shared.contracts.commands.notify import SetPreferences
from shared.contracts.events.base import Event
from shared.contracts.events.notify import PreferencesChanged
from shared.contracts.events.tickets import TicketAssigned
from shared.contracts.people import Actor
from shared.core.errors import NoAnswer
from shared.core.ids import derived_id
from shared.messaging.commands import CommandAnswer
from tests.factories.family_pages import make_notice
from tests.factories.portal_desk import make_person
from tests.factories.portal_events import MORNING, make_created, make_number, make_state
from tests.fakes.portal_tickets import FakeTickets
from tests.fakes.seen_page import Element, see
from tests.unit.portal.conftest import Project
from tests.unit.portal.pages.conftest import Reader

PAGE = "/manage/notices"


def shown(page: Element) -> list[str]:
    """Return what each notice says, without its button."""
    return [row.one("div").text for row in page.one("main").all("li", data_row="")]


def bell(page: Element) -> str:
    return page.one("a", id="bell").text


async def test_the_bell_of_every_page_says_how_much_is_unread(
    reader: Reader, project: Project
) -> None:
    await project(
        [
            make_created(1),
            make_created(2),
            make_notice(1),
            make_notice(2),
            make_notice(1, operator="anna.ferri"),
        ]
    )
    bruno = reader("bruno.galli")

    for path in ("/", "/manage", "/manage/queues/studenti", PAGE, "/my"):
        assert bell(see((await bruno.get(path)).text)) == "2 Avvisi: 2 da leggere", path
    assert bell(see((await reader("luisa.villa").get("/manage")).text)) == "Avvisi: 0 da leggere"
    assert see((await reader("giulia.neri").get("/my")).text).all("a", id="bell") == []
    assert see((await reader(None).get("/")).text).all("a", id="bell") == []


async def test_the_bell_counts_no_further_than_anybody_reads(
    reader: Reader, project: Project
) -> None:
    await project([make_created(1)])
    await project(
        [
            make_notice(1, notice_id=derived_id("many", counter), ticket_version=counter)
            for counter in range(1, 121)
        ]
    )

    assert (
        bell(see((await reader("bruno.galli").get("/manage")).text))
        == "99+ Avvisi: più di 99 da leggere"
    )


async def test_notices_are_told_in_words_newest_first_and_only_of_what_is_seen(
    reader: Reader, project: Project
) -> None:
    tickets: list[Event] = [make_created(1), make_created(2), make_created(3, queue="ict")]
    notices = [
        make_notice(1),
        make_notice(2, kind="moved", ticket_version=7),
        make_notice(3),
        make_notice(1, operator="anna.ferri"),
    ]
    await project([*tickets, *notices])

    page = see((await reader("bruno.galli").get(PAGE)).text)

    assert page.one("title").text == "Avvisi · Richieste e assistenza"
    assert shown(page) == [
        (
            f"Un ticket è passato a un'altra coda Tassa sbagliata Da leggere {make_number(2)} Anna "
            f"Ferri 28 set 2026, 10:02 ora di Roma"
        ),
        (
            f"Nuovo ticket nella coda «Segreterie studenti» Tassa sbagliata Da leggere "
            f"{make_number(1)} 28 set 2026, 10:01 ora di Roma"
        ),
    ]
    assert (
        page.one("main").all("li", data_row="")[0].one("a").attributes["href"]
        == f"/manage/tickets/{make_number(2)}"
    )


async def test_the_new_and_the_old_owner_are_told_who_gave_what_to_whom_and_why(
    reader: Reader, project: Project
) -> None:
    luisa = Actor(identity="luisa.villa", name="Luisa Villa")
    state = make_state(1, version=2, state="open", owner="bruno.galli")
    given = TicketAssigned(
        ticket=state,
        actor=luisa,
        reason="Anna è in ferie",
        changes={"owner": ("anna.ferri", "bruno.galli")},
        first_time=False,
    )
    told = [
        make_notice(1, operator=who, kind="owner_changed", ticket_version=2, actor=luisa)
        for who in ("anna.ferri", "bruno.galli", "ivo.santi")
    ]
    await project([make_created(1), given, *told])

    async def first(who: str, language: str) -> str:
        page = see((await reader(who, language=language).get(PAGE)).text)
        return page.one("main").all("li", data_row="")[0].one("a").text

    assert (
        await first("bruno.galli", "it")
        == "Luisa Villa ti ha assegnato questo ticket: Anna è in ferie"
    )
    assert (
        await first("anna.ferri", "it")
        == "Luisa Villa ha assegnato questo ticket a Bruno Galli: Anna è in ferie"
    )
    assert await first("bruno.galli", "en") == "Luisa Villa gave you this ticket: Anna è in ferie"
    assert (
        await first("anna.ferri", "en")
        == "Luisa Villa gave this ticket to Bruno Galli: Anna è in ferie"
    )
    assert (
        await first("ivo.santi", "en")
        == "Luisa Villa gave this ticket to Bruno Galli: Anna è in ferie"
    )


async def test_opening_a_ticket_reads_what_one_was_notified_of_it_and_nothing_else(
    reader: Reader, project: Project
) -> None:
    await project([make_created(1), make_created(2), make_created(3, queue="ict")])
    await project(
        [make_notice(1), make_notice(2), make_notice(3), make_notice(1, operator="anna.ferri")]
    )
    bruno = reader("bruno.galli")

    unseen = await bruno.get(f"/manage/tickets/{make_number(3)}")
    opened = see((await bruno.get(f"/manage/tickets/{make_number(1)}")).text)
    left = see((await bruno.get(f"{PAGE}?unread=true")).text)

    await project([make_created(3, version=2)])
    still_unread = see((await bruno.get(f"{PAGE}?unread=true")).text)
    assert unseen.status_code == 404
    assert [re.findall(r"\d{16}", words) for words in shown(still_unread)] == [
        [make_number(3)],
        [make_number(2)],
    ]
    assert bell(opened) == "1 Avvisi: 1 da leggere"
    assert [re.findall(r"\d{16}", words) for words in shown(left)] == [[make_number(2)]]
    assert bell(see((await reader("anna.ferri").get("/manage")).text)) == "1 Avvisi: 1 da leggere"


async def test_one_notice_is_marked_as_read_and_then_all(reader: Reader, project: Project) -> None:
    await project([make_created(n) for n in (1, 2, 3)])
    await project([make_notice(n) for n in (1, 2, 3)])
    bruno = reader("bruno.galli")

    first = see((await bruno.get(PAGE)).text).one("main").all("li", data_row="")[0].one("form")
    fields = {field.attributes["name"]: field.attributes["value"] for field in first.all("input")}
    one = await bruno.post(first.attributes["action"], data=fields)
    after_one = see((await bruno.get(one.headers["location"])).text)
    unread = see((await bruno.get(f"{PAGE}?unread=true")).text)
    every = await bruno.post(f"{PAGE}/read", data={"all": "true", "back": f"{PAGE}?unread=true"})
    after_all = see((await bruno.get(every.headers["location"])).text)

    assert (one.status_code, one.headers["location"]) == (303, f"{PAGE}?done=read")
    assert "Gli avvisi sono stati segnati come letti." in after_one.one("main").text
    assert ["Da leggere" in words for words in shown(after_one)] == [False, True, True]
    assert (bell(after_one), len(shown(unread))) == ("2 Avvisi: 2 da leggere", 2)
    assert every.headers["location"] == f"{PAGE}?unread=true&done=read"
    assert (shown(after_all), bell(after_all)) == ([], "Avvisi: 0 da leggere")


async def test_nobody_marks_the_notices_of_others(reader: Reader, project: Project) -> None:
    told = make_notice(1)
    await project([make_created(1), told])

    answers = [
        await reader("anna.ferri").post(
            f"{PAGE}/read", data={"id": str(told.notices[0].notice_id)}
        ),
        await reader("anna.ferri").post(f"{PAGE}/read", data={"all": "true"}),
        await reader("giulia.neri").post(f"{PAGE}/read", data={"all": "true"}),
        await reader("bruno.galli").post(f"{PAGE}/read", data={"id": "nonsense"}),
    ]

    assert [answer.status_code for answer in answers] == [303, 303, 403, 404]
    assert bell(see((await reader("bruno.galli").get("/manage")).text)) == "1 Avvisi: 1 da leggere"


async def test_reading_never_leads_elsewhere(reader: Reader) -> None:
    answer = await reader("bruno.galli").post(
        f"{PAGE}/read", data={"all": "true", "back": "https://evil.example/manage/notices?"}
    )

    assert answer.headers["location"] == f"{PAGE}?done=read"


async def test_a_long_list_goes_on_where_it_ended(reader: Reader, project: Project) -> None:
    await project([make_created(counter) for counter in range(1, 31)])
    await project([make_notice(counter) for counter in range(1, 31)])
    bruno = reader("bruno.galli")

    first = see((await bruno.get(f"{PAGE}?unread=true")).text)
    second = see((await bruno.get(first.one("a", rel="next").attributes["href"])).text)
    broken = await bruno.get(f"{PAGE}?cursor=nonsense")

    numbers = [re.findall(r"\d{16}", words)[0] for words in shown(first) + shown(second)]
    assert numbers == [make_number(counter) for counter in range(30, 0, -1)]
    assert (second.all("a", rel="next"), broken.status_code) == ([], 422)


async def test_the_choice_is_shown_as_it_is(reader: Reader, project: Project) -> None:
    chosen = PreferencesChanged(
        operator="bruno.galli", version=1, rhythm="digest", muted=("note", "taken"), at=MORNING
    )
    await project([chosen])

    bruno, anna = [
        see((await reader(who).get(f"{PAGE}/preferences")).text)
        for who in ("bruno.galli", "anna.ferri")
    ]

    def ticked(page: Element) -> list[str]:
        return [
            box.attributes["id"]
            for box in page.one("main").all("input")
            if "checked" in box.attributes
        ]

    assert ticked(bruno) == ["field-rhythm-2", "mute-taken", "mute-note"]
    assert ticked(anna) == ["field-rhythm"]


class FakeNotify(FakeTickets):
    """Keeps what is chosen, as notify does."""

    async def ask(self, command: Any, **facts: Any) -> CommandAnswer:
        self.answers = lambda _: make_created(1)
        answer = await super().ask(command, **facts)
        return CommandAnswer(answer.outcome.model_copy(update={"ticket": None}), ())


@pytest.fixture
def tickets() -> FakeTickets:
    return FakeNotify()


async def test_a_choice_is_asked_of_notify_once(reader: Reader, tickets: FakeTickets) -> None:
    typed = {"command_id": "key", "rhythm": "none", "mute-note": "true"}
    bruno = reader("bruno.galli")

    answers = [await bruno.post(f"{PAGE}/preferences", data=typed) for _ in range(2)]

    assert [(answer.status_code, answer.headers["location"]) for answer in answers] == [
        (303, f"{PAGE}/preferences?done=preferences")
    ] * 2
    wanted = SetPreferences(caller=make_person("bruno.galli"), rhythm="none", muted=("note",))
    assert tickets.asked == [(wanted, derived_id("command", "bruno.galli", "key"))] * 2


@pytest.mark.parametrize(
    "typed",
    [{"rhythm": "hourly"}, {"rhythm": ""}, {}, {"rhythm": "each", "mute-everything": "true"}],
)
async def test_a_choice_that_is_none_is_refused(
    reader: Reader, tickets: FakeTickets, typed: dict[str, str]
) -> None:
    answer = await reader("bruno.galli").post(
        f"{PAGE}/preferences", data={"command_id": "a", **typed}
    )

    assert (answer.status_code, tickets.asked) == (422, [])
    assert see(answer.text).one("div", role="alert", data_focus="").text.startswith("Non valido")


async def test_only_operators_have_a_bell(reader: Reader, tickets: FakeTickets) -> None:
    giulia = reader("giulia.neri")

    answers = [await giulia.get(PAGE), await giulia.get(f"{PAGE}/preferences")]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert tickets.asked == []


async def test_while_notify_does_not_answer_the_choice_stays_in_the_form(
    reader: Reader, tickets: FakeTickets, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def late(*_: Any, **__: Any) -> CommandAnswer:
        raise NoAnswer("late")

    monkeypatch.setattr(tickets, "ask", late)
    answer = await reader("bruno.galli").post(
        f"{PAGE}/preferences", data={"command_id": "key", "rhythm": "none", "mute-due": "true"}
    )

    page = see(answer.text)
    assert answer.status_code == 503
    assert page.one("input", name="command_id").attributes["value"] == "key"
    assert "checked" in page.one("input", id="field-rhythm-3").attributes
