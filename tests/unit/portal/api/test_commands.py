"""What operators and requesters do: what tickets is asked, what is answered, and that the answer
shows the own write.
"""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from services.portal.context import PortalContext
from shared.contracts.commands.base import Command
from shared.contracts.commands.merging import Merge, SetLink, Undo, Unlink
from shared.contracts.commands.tickets import (
    AddNote,
    Ask,
    Assign,
    Bounce,
    Close,
    DecideStep,
    Forward,
    Release,
    Reopen,
    Reply,
    RequesterReply,
    RequesterWithdraw,
    Resend,
    SetResponsible,
    Take,
    Unwatch,
    Watch,
    Withdraw,
)
from shared.contracts.events.tickets import TicketEvent, TicketNoted, TicketTaken, TicketWithdrawn
from shared.contracts.people import Actor
from shared.core.cause import Cause
from shared.core.errors import (
    BusUnreachable,
    HeldByNobody,
    HeldBySomebodyElse,
    ImpossibleValue,
    KeyReused,
    MissingRight,
    NoAnswer,
    NotThere,
    Refusal,
    StateForbids,
)
from shared.core.ids import derived_id
from tests.factories.portal_desk import make_person
from tests.factories.portal_events import (
    ANNA,
    MORNING,
    OPEN_ACTIONS,
    make_article,
    make_created,
    make_life,
    make_number,
    make_state,
)
from tests.fakes.portal_tickets import FakeTickets
from tests.unit.portal.conftest import Browser, Project

NUMBER, OTHER = make_number(1), make_number(2)
ANNA_ASKS: dict[str, Any] = {"caller": make_person("anna.ferri"), "number": NUMBER}
GIULIA_ASKS: dict[str, Any] = {"caller": make_person("giulia.neri"), "number": NUMBER}


def make_taken(version: int = 2) -> TicketTaken:
    held: dict[str, Any] = {
        "state": "open",
        "owner": "anna.ferri",
        "responsible": "anna.ferri",
        "actions": OPEN_ACTIONS,
    }
    return TicketTaken(
        ticket=make_state(1, version=version, **held),
        actor=ANNA,
        changes={"owner": (None, "anna.ferri")},
        first_time=True,
    )


@pytest.mark.parametrize(
    ("verb", "body", "command"),
    [
        ("take", None, Take(**ANNA_ASKS)),
        ("take", {}, Take(**ANNA_ASKS)),
        ("release", None, Release(**ANNA_ASKS)),
        ("assign", {"operator": "bruno.galli"}, Assign(**ANNA_ASKS, operator="bruno.galli")),
        (
            "assign",
            {"operator": "bruno.galli", "reason": "ferie"},
            Assign(**ANNA_ASKS, operator="bruno.galli", reason="ferie"),
        ),
        (
            "responsible",
            {"operator": "bruno.galli"},
            SetResponsible(**ANNA_ASKS, operator="bruno.galli"),
        ),
        ("reply", {"body": " Ecco.\n"}, Reply(**ANNA_ASKS, body=" Ecco.\n")),
        ("ask", {"body": "Quale rata?"}, Ask(**ANNA_ASKS, body="Quale rata?")),
        ("note", {"body": "già visto"}, AddNote(**ANNA_ASKS, body="già visto")),
        (
            "close",
            {"outcome": "successful", "answer": "Fatto"},
            Close(**ANNA_ASKS, outcome="successful", answer="Fatto"),
        ),
        ("reopen", {"reason": "manca"}, Reopen(**ANNA_ASKS, reason="manca")),
        ("bounce", {"reason": "manca l'anno"}, Bounce(**ANNA_ASKS, reason="manca l'anno")),
        ("resend", {"body": "Ecco"}, Resend(**ANNA_ASKS, body="Ecco")),
        (
            "resend",
            {"fields": {"anno": "2026/2027"}, "body": "Ecco"},
            Resend(**ANNA_ASKS, fields={"anno": "2026/2027"}, body="Ecco"),
        ),
        ("withdraw", None, Withdraw(**ANNA_ASKS)),
        (
            "decide",
            {"step": "carriera", "decision": "stop"},
            DecideStep(**ANNA_ASKS, step="carriera", decision="stop"),
        ),
        ("merge", {"into": OTHER}, Merge(**ANNA_ASKS, into=OTHER)),
        (
            "merge",
            {"into": f"Re: [Ticket#{OTHER}] La seconda rata"},
            Merge(**ANNA_ASKS, into=OTHER),
        ),
        (
            "links",
            {"to": f"#{OTHER}", "kind": "related"},
            SetLink(**ANNA_ASKS, to=OTHER, kind="related"),
        ),
        (
            "unlink",
            {"to": " ".join((OTHER[:4], OTHER[4:8], OTHER[8:12], OTHER[12:]))},
            Unlink(**ANNA_ASKS, to=OTHER),
        ),
        (
            "links",
            {"to": OTHER, "kind": "duplicate"},
            SetLink(**ANNA_ASKS, to=OTHER, kind="duplicate"),
        ),
        ("watch", None, Watch(**ANNA_ASKS)),
        ("unwatch", {}, Unwatch(**ANNA_ASKS)),
        (
            "forward",
            {"to": "ente@example.org", "body": "Vedi"},
            Forward(**ANNA_ASKS, to="ente@example.org", body="Vedi"),
        ),
        ("undo", {"version": 4}, Undo(**ANNA_ASKS, version=4)),
    ],
)
async def test_each_call_asks_its_command_and_answers_with_the_ticket(
    verb: str,
    body: object,
    command: Command,
    browser: Browser,
    project: Project,
    tickets: FakeTickets,
) -> None:
    await project([make_created(1)])
    tickets.answers = lambda _: make_taken()

    answer = await browser("anna.ferri").post(f"/api/tickets/{NUMBER}/{verb}", json=body)

    assert answer.status_code == 200
    assert tickets.commands == [command]
    assert (answer.json()["number"], answer.json()["version"], answer.json()["is_shown"]) == (
        NUMBER,
        2,
        True,
    )


@pytest.mark.parametrize(
    ("verb", "body", "command"),
    [
        ("reply", {"body": "Ecco"}, RequesterReply(**GIULIA_ASKS, body="Ecco")),
        ("withdraw", None, RequesterWithdraw(**GIULIA_ASKS)),
    ],
)
async def test_the_requester_acts_on_her_request(
    verb: str,
    body: object,
    command: Command,
    browser: Browser,
    project: Project,
    tickets: FakeTickets,
) -> None:
    await project([make_created(1)])
    tickets.answers = lambda _: make_taken()

    answer = await browser("giulia.neri").post(f"/api/my/requests/{NUMBER}/{verb}", json=body)

    assert answer.status_code == 200
    assert tickets.commands == [command]
    assert (answer.json()["office"], answer.json()["state"]) == ("Segreterie studenti", "open")
    assert "owner" not in answer.json()


async def test_the_answer_shows_the_own_write_and_so_does_the_next_look(
    browser: Browser, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1)])
    note = make_article("note", at=MORNING)
    tickets.answers = lambda _: TicketNoted(
        ticket=make_state(1, version=2), actor=ANNA, articles=(note,)
    )
    client = browser("anna.ferri")

    answer = await client.post(f"/api/tickets/{NUMBER}/note", json={"body": "Testo: note"})

    assert [article["kind"] for article in answer.json()["articles"]] == ["note", "request"]
    looked = (await client.get(f"/api/tickets/{NUMBER}")).json()
    assert [article["kind"] for article in looked["articles"]] == ["note", "request"]
    assert [
        entry["version"]
        for entry in (await client.get(f"/api/tickets/{NUMBER}/history")).json()["items"]
    ] == [1, 2]


async def test_a_repeated_key_is_one_command(
    browser: Browser, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1)])
    tickets.answers = lambda _: make_taken()
    client = browser("anna.ferri")

    first, second = [
        await client.post(f"/api/tickets/{NUMBER}/take", headers={"Idempotency-Key": "once"})
        for _ in range(2)
    ]

    assert first.json() == second.json()
    ids = {command_id for _, command_id in tickets.asked}
    assert (len(tickets.asked), len(ids)) == (2, 1)


async def test_a_repeated_key_gets_the_same_answer_whatever_happened_since(
    browser: Browser, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1)])
    tickets.answers = lambda _: make_taken()
    client = browser("anna.ferri")
    first = await client.post(f"/api/tickets/{NUMBER}/take", headers={"Idempotency-Key": "once"})
    await project(make_life(1)[4:])

    second = await client.post(f"/api/tickets/{NUMBER}/take", headers={"Idempotency-Key": "once"})

    assert second.json() == first.json()
    assert len((await client.get(f"/api/tickets/{NUMBER}")).json()["articles"]) > len(
        first.json()["articles"]
    )


async def test_keys_of_two_callers_are_two_commands(
    browser: Browser, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1)])
    tickets.answers = lambda _: make_taken()

    for who in ("anna.ferri", "bruno.galli"):
        await browser(who).post(f"/api/tickets/{NUMBER}/take", headers={"Idempotency-Key": "once"})

    assert len({command_id for _, command_id in tickets.asked}) == 2


async def test_without_a_key_every_call_is_a_command_of_its_own(
    browser: Browser, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1)])
    tickets.answers = lambda _: make_taken()
    client = browser("anna.ferri")

    for _ in range(2):
        await client.post(f"/api/tickets/{NUMBER}/take")

    assert len({command_id for _, command_id in tickets.asked}) == 2


@pytest.mark.parametrize(
    ("refusal", "status", "told"),
    [
        (NotThere(), 404, ""),
        (MissingRight("rw"), 403, "rw"),
        (ImpossibleValue("operator", "unknown_operator", "x.y"), 422, "x.y"),
        (HeldBySomebodyElse("bruno.galli"), 409, "bruno.galli"),
        (
            HeldByNobody("reply", "open"),
            409,
            "Il ticket è aperto (open) e non è in carico a nessuno: prima prendilo in carico.",
        ),
        (
            HeldByNobody("release", "waiting_requester"),
            409,
            "(waiting_requester) e non è in carico a nessuno.",
        ),
        (StateForbids("closed_successful", "take"), 409, "closed_successful"),
        (KeyReused(), 409, ""),
    ],
)
async def test_what_tickets_refuses_is_told_and_changes_nothing(
    refusal: Refusal,
    status: int,
    told: str,
    browser: Browser,
    project: Project,
    tickets: FakeTickets,
) -> None:
    await project([make_created(1)])
    tickets.answers = lambda _: refusal
    client = browser("anna.ferri")

    answer = await client.post(f"/api/tickets/{NUMBER}/take")

    assert (answer.status_code, answer.headers["content-type"]) == (
        status,
        "application/problem+json",
    )
    assert told in answer.json()["detail"]
    assert (await client.get(f"/api/tickets/{NUMBER}")).json()["version"] == 1


@pytest.mark.parametrize("error", [NoAnswer("late"), BusUnreachable("no broker")])
async def test_no_answer_is_503_and_says_when_to_come_again(
    error: Exception, browser: Browser, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1)])
    tickets.answers = lambda _: error

    answer = await browser("anna.ferri").post(f"/api/tickets/{NUMBER}/take")

    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0


async def test_what_cannot_be_a_number_is_absent_word_for_word_and_nobody_is_asked(
    browser: Browser, tickets: FakeTickets
) -> None:
    client = browser("anna.ferri")
    tickets.answers = lambda _: NotThere()

    impossible = await client.post("/api/tickets/abc/take")
    absent = await client.post(f"/api/tickets/{make_number(9)}/take")

    assert impossible.status_code == absent.status_code == 404
    assert impossible.json() == absent.json()
    assert [getattr(command, "number", None) for command in tickets.commands] == [make_number(9)]


async def test_a_repeat_waits_for_the_read_model_and_says_when_it_stays_behind(
    browser: Browser, project: Project, tickets: FakeTickets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.portal.usecases.SHOWN_WITHIN_SECONDS", 0.05)
    await project([make_created(1)])
    tickets.answers = lambda _: make_taken(version=5)
    await tickets.ask(
        Take(**ANNA_ASKS),
        command_id=derived_id("command", "anna.ferri", "again"),
        cause=Cause.fresh(),
    )

    answer = await browser("anna.ferri").post(
        f"/api/tickets/{NUMBER}/take", headers={"Idempotency-Key": "again"}
    )

    assert (answer.status_code, answer.json()["is_shown"]) == (200, False)
    assert (answer.json()["version"], answer.json()["owner"]) == (5, "anna.ferri")


async def test_a_busy_database_leaves_the_own_write_to_the_bus(
    browser: Browser,
    project: Project,
    tickets: FakeTickets,
    portal: PortalContext,
    app: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("services.portal.usecases.SHOWN_WITHIN_SECONDS", 0.05)
    await project([make_created(1)])
    tickets.answers = lambda _: make_taken()

    async def busy(_messages: object) -> None:
        raise OperationalError("insert", {}, Exception("database is locked"))

    app.state.portal = replace(portal, apply=busy)

    answer = await browser("anna.ferri").post(f"/api/tickets/{NUMBER}/take")

    assert (answer.status_code, answer.json()["owner"], answer.json()["is_shown"]) == (
        200,
        "anna.ferri",
        False,
    )


@pytest.mark.parametrize(
    ("verb", "body"),
    [("withdraw", None), ("share", {"name": "Piero Rossi", "email": "piero.rossi@example.org"})],
)
async def test_a_requester_who_acts_where_operators_do_gets_the_ticket_as_a_requester(
    verb: str, body: object, browser: Browser, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1)])
    withdrawn = make_state(1, version=2, state="withdrawn", actions={})
    tickets.answers = lambda _: TicketWithdrawn(
        ticket=withdrawn, actor=Actor(identity="giulia.neri")
    )
    giulia = browser("giulia.neri")

    answer = await giulia.post(f"/api/tickets/{NUMBER}/{verb}", json=body)

    own = (await giulia.get(f"/api/my/requests/{NUMBER}")).json()
    assert answer.status_code == 200
    assert answer.json() == {**own, "is_shown": True}
    assert "queue" not in answer.json()


async def test_after_a_command_that_took_it_out_of_sight_little_is_told(
    browser: Browser, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1)])
    gone: TicketEvent = make_taken().model_copy(
        update={"ticket": make_state(1, version=2, queue="ict")}
    )
    tickets.answers = lambda _: gone

    answer = await browser("anna.ferri").post(f"/api/tickets/{NUMBER}/release")

    assert (answer.status_code, answer.json()) == (
        200,
        {"number": NUMBER, "queue": "ict", "state": "new"},
    )
