"""By the link in their mails people without an account reach one request, and nothing else."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Table, select

from services.portal.context import PortalContext
from shared.contracts import guest_links
from shared.contracts.commands.base import Command
from shared.contracts.commands.guests import GuestConfirm, GuestReply, GuestWithdraw
from shared.contracts.events.guests import RequesterConfirmed
from shared.contracts.events.merging import TicketMerged
from shared.contracts.events.portal import LinkAsked
from shared.contracts.events.ticket_state import TicketState
from shared.contracts.events.tickets import (
    TicketClosed,
    TicketEvent,
    TicketRequesterReplied,
    TicketWithdrawn,
)
from shared.contracts.people import Actor, Requester
from shared.core.errors import NoAnswer, StateForbids
from shared.core.ids import derived_id
from shared.database.tables import OutboxRow
from tests.factories.portal_events import (
    ANNA,
    MORNING,
    make_article,
    make_created,
    make_number,
    make_state,
)
from tests.fakes.portal_tickets import FakeTickets
from tests.fakes.seen_page import see
from tests.unit.portal.conftest import GUESTS, Project
from tests.unit.portal.pages.conftest import Reader

ADDRESS = "piero.rossi@example.org"
TYPED = Requester(name="Piero Rossi", email=ADDRESS)
CONFIRMED = Requester(name="Piero Rossi", email=ADDRESS, assurance="confirmed")
PIERO = Actor(identity=None, name="Piero Rossi")
NUMBER = make_number(1)
JSON = {"Accept": "application/json"}


def link_to(counter: int = 1, *, address: str = ADDRESS) -> str:
    """Return the page of ticket `counter`, as its link is mailed to `address`."""
    link = guest_links.link_to(GUESTS.secret, derived_id("ticket", counter), address)
    return f"/requests/{guest_links.guest_token(GUESTS.secret, link)}"


def state_of(requester: Requester = CONFIRMED, **changes: Any) -> TicketState:
    return make_state(1, requester=requester, **changes)


def confirmed(command: Command) -> RequesterConfirmed:
    return RequesterConfirmed(
        ticket=state_of(version=2), actor=PIERO, changes={"assurance": ("typed", "confirmed")}
    )


def answering(*events: TicketEvent) -> Callable[[Command], TicketEvent]:
    """Answer each command with the event of its kind."""
    kinds: dict[type[Command], type[TicketEvent]] = {
        GuestConfirm: RequesterConfirmed,
        GuestReply: TicketRequesterReplied,
        GuestWithdraw: TicketWithdrawn,
    }
    return lambda command: next(
        event for event in events if isinstance(event, kinds[type(command)])
    )


async def asked_links(portal: PortalContext) -> list[LinkAsked]:
    table = OutboxRow.__table__
    assert isinstance(table, Table)
    async with portal.database.reading() as connection:
        rows = await connection.execute(select(table.c.body).where(table.c.type == LinkAsked.NAME))
        return [LinkAsked.model_validate_json(row.body) for row in rows]


def is_private(answer: httpx.Response) -> bool:
    return (
        answer.headers["referrer-policy"] == "no-referrer"
        and answer.headers["cache-control"] == "no-store"
    )


async def test_opening_the_link_confirms_the_address_and_shows_what_my_requests_would(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1, requester=TYPED)])
    tickets.answers = confirmed

    answer = await reader(None).get(link_to())

    assert answer.status_code == 200
    assert is_private(answer)
    page = see(answer.text)
    assert (
        "Il tuo indirizzo e-mail è confermato"
        in page.one("div", role="status", **{"data-focus": ""}).text
    )
    assert page.one("h1").text == "Tassa sbagliata"
    assert "La seconda rata è doppia" in page.one("main").text
    assert "matricola 123456" in page.one("section", id="answers").text
    assert [form.attributes["action"] for form in page.one("main").all("form")] == [
        f"{link_to()}/reply",
        f"{link_to()}/withdraw",
    ]
    assert [
        link
        for link in page.one("main").all("a")
        if link.attributes.get("href", "").startswith("/my")
    ] == []
    assert [link for link in page.all("a") if link_to() in link.attributes.get("href", "")] == []
    assert tickets.commands == [
        GuestConfirm(caller=TYPED, number=NUMBER, ticket_id=derived_id("ticket", 1))
    ]


async def test_a_link_mailed_to_a_corrected_address_is_read_and_written_by_and_confirms_nothing(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1, requester=TYPED)])
    link = link_to(address="piero@example.com")
    replied = TicketRequesterReplied(
        ticket=state_of(TYPED, version=2),
        actor=PIERO,
        articles=(make_article("reply", counter=2, body="Sono io", author=PIERO),),
    )
    tickets.answers = answering(replied)

    page = await reader(None).get(link)
    sent = await reader(None).post(f"{link}/reply", data={"body": "Sono io", "command_id": "k"})

    shown = see(page.text).one("main")
    assert shown.all("div", role="status") == []
    assert [form.attributes["action"] for form in shown.all("form")] == [
        f"{link}/reply",
        f"{link}/withdraw",
    ]
    assert (sent.status_code, sent.headers["location"]) == (303, f"{link}?done=my-reply")
    (command,) = tickets.commands
    assert isinstance(command, GuestReply)
    assert (command.body, command.confirms) == ("Sono io", False)


async def test_a_link_from_before_it_said_its_address_still_opens_and_confirms(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1, requester=TYPED)])
    tickets.answers = confirmed
    token = guest_links.guest_token(GUESTS.secret, guest_links.GuestLink(derived_id("ticket", 1)))

    answer = await reader(None).get(f"/requests/{token}")

    assert answer.status_code == 200
    assert tickets.commands == [
        GuestConfirm(caller=TYPED, number=NUMBER, ticket_id=derived_id("ticket", 1))
    ]


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("HEAD", {}),
        ("GET", {"Sec-Purpose": "prefetch;prerender"}),
        ("GET", {"Purpose": "preview"}),
        ("GET", {"X-Moz": "prefetch"}),
    ],
)
async def test_a_program_that_only_looks_confirms_nothing(
    reader: Reader, project: Project, tickets: FakeTickets, method: str, headers: dict[str, str]
) -> None:
    await project([make_created(1, requester=TYPED)])

    answer = await reader(None).request(method, link_to(), headers=headers)

    assert answer.status_code == 200
    assert tickets.commands == []


async def test_a_confirmed_request_is_shown_without_asking_anybody(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1, requester=CONFIRMED)])

    opened = await reader(None).get(link_to())

    assert opened.status_code == 200
    assert see(opened.text).one("main").all("div", role="status") == []
    assert tickets.commands == []


async def test_while_tickets_does_not_answer_the_request_is_shown_and_nothing_is_offered(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1, requester=TYPED)])
    tickets.answers = lambda command: NoAnswer(command.NAME)

    page = see((await reader(None).get(link_to())).text)

    assert page.one("h1").text == "Tassa sbagliata"
    assert (
        "Per ora non è stato possibile confermare il tuo indirizzo e-mail" in page.one("main").text
    )
    assert page.one("main").all("form") == []


async def test_in_json_it_is_the_request_as_its_requester_gets_it(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1, requester=TYPED)])
    tickets.answers = confirmed

    answer = await reader(None).get(link_to(), headers=JSON)

    assert is_private(answer)
    assert set(answer.json()) == {
        "number", "subject", "state", "office", "request_type", "language", "created_at",
        "updated_at", "closed_at", "version", "articles",
    }  # fmt: skip
    assert answer.json()["number"] == NUMBER


@pytest.mark.parametrize("as_json", [False, True])
async def test_a_guest_writes_and_withdraws_by_the_link(
    reader: Reader, project: Project, tickets: FakeTickets, as_json: bool
) -> None:
    await project([make_created(1, requester=CONFIRMED)])
    reply = make_article("reply", author=PIERO, body="Aggiungo", at=MORNING + timedelta(minutes=2))
    tickets.answers = answering(
        TicketRequesterReplied(ticket=state_of(version=2), actor=PIERO, articles=(reply,)),
        TicketWithdrawn(ticket=state_of(version=3, state="withdrawn", actions={}), actor=PIERO),
    )
    guest = reader(None)

    if as_json:
        written = await guest.post(
            f"{link_to()}/reply",
            json={"body": "Aggiungo"},
            headers={**JSON, "Idempotency-Key": "one"},
        )
        withdrawn = await guest.post(f"{link_to()}/withdraw", json={}, headers=JSON)
        assert [article["body"] for article in written.json()["articles"]] == [
            "La seconda rata è doppia",
            "Aggiungo",
        ]
        assert withdrawn.json()["state"] == "withdrawn"
    else:
        written = await guest.post(
            f"{link_to()}/reply", data={"body": "Aggiungo", "command_id": "one"}
        )
        withdrawn = await guest.post(f"{link_to()}/withdraw", data={"command_id": "two"})
        assert (written.status_code, written.headers["location"]) == (
            303,
            f"{link_to()}?done=my-reply",
        )
        page = see((await guest.get(withdrawn.headers["location"])).text)
        assert "Aggiungo" in page.one("main").text
        assert "Hai ritirato" in page.one("main").text

    ticket_id = derived_id("ticket", 1)
    assert tickets.commands == [
        GuestReply(caller=CONFIRMED, number=NUMBER, ticket_id=ticket_id, body="Aggiungo"),
        GuestWithdraw(caller=CONFIRMED, number=NUMBER, ticket_id=ticket_id),
    ]
    assert is_private(written)
    assert is_private(withdrawn)


async def test_a_refused_reply_comes_back_with_what_was_typed(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1, requester=CONFIRMED)])
    tickets.answers = lambda _command: StateForbids("merged", "requester_replies")

    answer = await reader(None).post(
        f"{link_to()}/reply", data={"body": "Le mie parole", "command_id": "one"}
    )
    empty = await reader(None).post(f"{link_to()}/reply", data={"body": " ", "command_id": "two"})

    assert answer.status_code == 409
    assert see(answer.text).one("textarea", name="body").text == "Le mie parole"
    assert empty.status_code == 422


async def test_who_came_by_a_link_is_nobody_elsewhere(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1, requester=CONFIRMED), make_created(2, requester=CONFIRMED)])
    guest = reader(None)
    await guest.get(link_to())

    assert guest.cookies.get("sportello_session") is None
    for path in ("/my", f"/my/{NUMBER}", f"/my/{make_number(2)}", f"/manage/tickets/{NUMBER}"):
        assert (await guest.get(path)).headers["location"].startswith("/login?next=")
    for path in (f"/api/my/requests/{NUMBER}", f"/api/tickets/{NUMBER}", f"/live?request={NUMBER}"):
        assert (await guest.get(path, headers=JSON)).status_code == 401


def ended(*, days_ago: int) -> list[TicketEvent]:
    state = state_of(
        version=2,
        state="closed_successful",
        closed_at=datetime.now(UTC) - timedelta(days=days_ago),
        actions={},
    )
    return [
        make_created(1, requester=CONFIRMED),
        TicketClosed(ticket=state, actor=ANNA, articles=(make_article("answer"),)),
    ]


@pytest.mark.parametrize(
    ("events", "link"),
    [
        ([], link_to(1)),
        ([make_created(1, requester=CONFIRMED)], "/requests/nonsense"),
        (
            [make_created(1, requester=CONFIRMED)],
            link_to(1)[:-1] + ("A" if link_to(1)[-1] != "A" else "B"),
        ),
        ([make_created(1)], link_to(1)),
        (
            [
                make_created(
                    1, requester=CONFIRMED, parent_id=derived_id("ticket", 9), parent=make_number(9)
                )
            ],
            link_to(1),
        ),
        (ended(days_ago=31), link_to(1)),
    ],
    ids=["erased", "garbled", "changed", "of somebody with an account", "a child", "too old"],
)
async def test_whatever_is_wrong_with_a_link_the_answer_is_one_page_with_the_form_to_get_another(
    reader: Reader, project: Project, tickets: FakeTickets, events: list[TicketEvent], link: str
) -> None:
    await project(events)
    guest = reader(None)
    nothing = await guest.get("/requests/x")

    answers = [
        await guest.get(link),
        await guest.post(f"{link}/reply", data={}),
        await guest.post(f"{link}/withdraw", data={}),
    ]
    in_json = [
        await guest.get(link, headers=JSON),
        await guest.post(f"{link}/reply", json={"body": "Io"}, headers=JSON),
    ]

    assert {answer.status_code for answer in (*answers, *in_json)} == {404}
    assert {answer.text for answer in answers} == {nothing.text}
    assert len({answer.text for answer in in_json}) == 1
    assert all(is_private(answer) for answer in answers)
    page = see(answers[0].text)
    assert page.one("h1").text == "Questo link non apre nessuna richiesta"
    assert page.one("form", action="/requests/link").one("input", name="number") is not None
    assert tickets.commands == []


async def test_the_link_of_a_request_that_ended_lately_opens_it(
    reader: Reader, project: Project
) -> None:
    await project(ended(days_ago=29))

    assert (await reader(None).get(link_to())).status_code == 200


async def test_a_merged_request_shows_what_its_requester_wrote_since_and_no_way_to_the_other(
    reader: Reader, project: Project
) -> None:
    goes_on = make_created(2, requester=CONFIRMED)
    merged = state_of(
        version=2,
        state="merged",
        merged_into_id=goes_on.ticket.id,
        merged_into=make_number(2),
        closed_at=MORNING,
        actions={},
    )
    told = TicketMerged(ticket=merged, actor=ANNA, into_id=goes_on.ticket.id, into=make_number(2))
    reply = make_article(
        "reply", counter=2, author=PIERO, body="Dopo l'unione", at=MORNING + timedelta(hours=1)
    )
    secret = make_article(
        "answer", counter=2, body="Solo nell'altro", at=MORNING + timedelta(hours=2)
    )
    later = goes_on.ticket.model_copy(update={"version": 2})
    written = TicketRequesterReplied(ticket=later, actor=PIERO, articles=(reply, secret))
    await project([make_created(1, requester=CONFIRMED), goes_on, told, written])

    main = see((await reader(None).get(link_to())).text).one("main")

    assert "Dopo l'unione" in main.text
    assert "Solo nell'altro" not in main.text
    assert [
        link for link in main.all("a") if make_number(2) in link.attributes.get("href", "")
    ] == []


async def test_another_sites_page_can_do_nothing_by_a_link(
    reader: Reader, project: Project, tickets: FakeTickets, portal: PortalContext
) -> None:
    await project([make_created(1, requester=CONFIRMED)])
    foreign = {"Origin": "https://evil.example"}

    answers = [
        await reader(None).post(f"{link_to()}/reply", data={"body": "Io"}, headers=foreign),
        await reader(None).post(f"{link_to()}/withdraw", data={}, headers=foreign),
        await reader(None).post(
            "/requests/link", data={"number": NUMBER, "email": ADDRESS}, headers=foreign
        ),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert tickets.commands == []
    assert await asked_links(portal) == []


async def test_asking_for_a_link_is_answered_alike_whether_or_not_there_is_such_a_request(
    reader: Reader, project: Project, portal: PortalContext
) -> None:
    await project([make_created(1, requester=TYPED)])
    guest = reader(None)

    pages = [
        await guest.post("/requests/link", data={"number": number, "email": ADDRESS})
        for number in (NUMBER, make_number(9), "x")
    ]
    in_json = [
        await guest.post("/requests/link", json={"number": number, "email": ADDRESS}, headers=JSON)
        for number in (NUMBER, make_number(9))
    ]

    assert {answer.status_code for answer in (*pages, *in_json)} == {202}
    assert len({answer.text for answer in pages}) == len({answer.text for answer in in_json}) == 1
    assert ADDRESS not in pages[0].text
    asked = await asked_links(portal)
    assert [(wish.number, wish.email) for wish in asked] == [
        (number, ADDRESS) for number in (NUMBER, make_number(9), "x", NUMBER, make_number(9))
    ]


@pytest.mark.parametrize(
    "dressed", [f"[Ticket#{NUMBER}] Re: Tassa sbagliata", f" # {NUMBER[:8]} {NUMBER[8:]} ", NUMBER]
)
async def test_the_number_may_be_pasted_as_it_stands_in_a_mail(
    reader: Reader, portal: PortalContext, dressed: str
) -> None:
    answer = await reader(None).post(
        "/requests/link", data={"number": dressed, "email": f"<mailto:{ADDRESS}>"}
    )

    assert answer.status_code == 202
    assert [(wish.number, wish.email) for wish in await asked_links(portal)] == [(NUMBER, ADDRESS)]


async def test_what_is_wrong_with_an_address_is_said_alike_whether_or_not_there_is_such_a_request(
    reader: Reader, project: Project, portal: PortalContext
) -> None:
    await project([make_created(1, requester=TYPED)])
    guest = reader(None)
    sent = [{"number": number, "email": "piero.rossi@"} for number in (NUMBER, make_number(9))]

    pages = [see((await guest.post("/requests/link", data=typed)).text) for typed in sent]
    in_json = [await guest.post("/requests/link", json=typed, headers=JSON) for typed in sent]

    sentence = "Inserisci un indirizzo e-mail, per esempio nome@example.edu."
    for page, typed in zip(pages, sent, strict=True):
        assert page.one("p", id="field-email-error").text == f"Errore: {sentence}"
        assert {name: page.one("input", name=name).attributes["value"] for name in typed} == typed
    assert [answer.json()["errors"] for answer in in_json] == [
        [{"field": "email", "message": sentence}]
    ] * 2
    assert {answer.status_code for answer in in_json} == {422}
    assert await asked_links(portal) == []


async def test_what_is_no_address_is_told_in_the_form(
    reader: Reader, portal: PortalContext
) -> None:
    page = await reader(None).post("/requests/link", data={"number": NUMBER, "email": "nessuno"})
    in_json = await reader(None).post(
        "/requests/link", json={"number": "", "email": "nessuno"}, headers=JSON
    )

    assert page.status_code == 422
    assert see(page.text).one("input", name="number").attributes["value"] == NUMBER
    assert see(page.text).one("input", name="email").attributes["aria-invalid"] == "true"
    assert in_json.status_code == 422
    assert [error["field"] for error in in_json.json()["errors"]] == ["number", "email"]
    assert await asked_links(portal) == []


async def test_without_scripts_a_guest_switches_the_language_with_a_half_typed_reply(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1, requester=CONFIRMED)])

    answer = await reader(None).post(
        f"{link_to()}/reply?lang=en", data={"command_id": "k", "body": "A metà", "show-in": "en"}
    )

    page = see(answer.text)
    assert (answer.status_code, page.one("html").attributes["lang"], is_private(answer)) == (
        200,
        "en",
        True,
    )
    assert page.one("textarea", name="body").text == "A metà"
    assert (
        page.one("header", class_="it-header-wrapper")
        .one("button", name="show-in")
        .attributes["formaction"]
        == f"{link_to()}/reply?lang=it"
    )
    assert tickets.commands == []


async def test_a_pasted_book_comes_back_to_a_guest_in_its_form(
    reader: Reader, project: Project, tickets: FakeTickets, portal: PortalContext
) -> None:
    await project([make_created(1, requester=CONFIRMED)])
    guest, book = reader(None), "parola," * 200_000

    reply = await guest.post(f"{link_to()}/reply", data={"body": book, "command_id": "k"})
    wish = await guest.post("/requests/link", data={"number": book, "email": f"{book}@example.org"})

    form = see(reply.text).one("form", action=f"{link_to()}/reply")
    assert (reply.status_code, wish.status_code) == (422, 422)
    assert form.one("textarea", name="body").text == book
    assert "Il testo ha 1.400.000 caratteri: possono essere al massimo 20.000." in form.text
    assert see(wish.text).one("input", name="number").attributes["value"] == book
    assert see(wish.text).one("input", name="email").attributes["value"] == f"{book}@example.org"
    assert tickets.commands == []
    assert await asked_links(portal) == []


async def test_what_is_sent_by_a_link_that_no_longer_opens_comes_back_with_the_answer(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    ended = state_of(
        version=2,
        state="closed_successful",
        closed_at=datetime.now(UTC) - timedelta(days=90),
        actions={},
    )
    await project([make_created(1, requester=CONFIRMED), TicketClosed(ticket=ended, actor=ANNA)])
    guest = reader(None)

    answers = [
        await guest.post(f"{link}/{action}", data={"body": "Due righe\n  mie", "command_id": "k"})
        for link in ("/requests/abc.def", link_to(), link_to(2))
        for action in ("reply", "withdraw")
    ]
    from_elsewhere = await guest.post(
        f"{link_to()}/reply", data={"body": "Di altri"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    looking = await guest.get("/requests/abc.def")

    texts = [see(answer.text).one("section", id="not-sent").one("textarea") for answer in answers]
    assert [answer.status_code for answer in answers] == [404] * 6
    assert {text.text for text in texts} == {"Due righe mie"}
    assert all("\nDue righe\n  mie</textarea>" in answer.text for answer in answers)
    assert all("readonly" in text.attributes for text in texts)
    assert all(is_private(answer) for answer in answers)
    assert "Di altri" not in from_elsewhere.text
    assert (looking.status_code, see(looking.text).all("section", id="not-sent")) == (404, [])
    assert tickets.commands == []


async def test_the_link_to_one_request_is_asked_for_five_times_an_hour_at_most(
    reader: Reader, portal: PortalContext
) -> None:
    guest = reader(None)
    answers = [
        await guest.post("/requests/link", data={"number": NUMBER, "email": ADDRESS})
        for _ in range(6)
    ]
    other = await guest.post("/requests/link", data={"number": make_number(2), "email": ADDRESS})

    assert [answer.status_code for answer in answers] == [202] * 5 + [429]
    assert int(answers[5].headers["retry-after"]) > 3500
    assert see(answers[5].text).one("input", name="number").attributes["value"] == NUMBER
    assert other.status_code == 202
    assert len(await asked_links(portal)) == 6


async def test_a_link_is_asked_for_once_with_each_key(
    reader: Reader, portal: PortalContext
) -> None:
    guest, body = reader(None), {"number": NUMBER, "email": ADDRESS}
    keyed = {**JSON, "Idempotency-Key": "once"}

    same = [await guest.post("/requests/link", json=body, headers=keyed) for _ in range(2)]
    other = await guest.post(
        "/requests/link", json={**body, "number": make_number(2)}, headers=keyed
    )
    malformed = await guest.post(
        "/requests/link", json=body, headers={**JSON, "Idempotency-Key": "a b"}
    )

    assert [answer.status_code for answer in (*same, other, malformed)] == [202, 202, 409, 422]
    assert [wish.email for wish in await asked_links(portal)] == [ADDRESS]


async def test_the_key_of_another_person_is_a_new_key(
    reader: Reader, portal: PortalContext
) -> None:
    guest, body = reader(None), {"number": NUMBER, "email": ADDRESS}
    keyed = {**JSON, "Idempotency-Key": "once"}

    first = await guest.post("/requests/link", json=body, headers=keyed)
    others = [
        await guest.post(
            "/requests/link", json={"number": number, "email": "altro@example.org"}, headers=keyed
        )
        for number in (make_number(2), make_number(2), NUMBER)
    ]

    assert [answer.status_code for answer in (first, *others)] == [202, 202, 202, 409]
    assert [(wish.email, wish.number) for wish in await asked_links(portal)] == [
        (ADDRESS, NUMBER),
        ("altro@example.org", make_number(2)),
    ]


async def test_a_guest_writes_thirty_times_an_hour_at_most(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1, requester=CONFIRMED)])
    tickets.answers = answering(TicketRequesterReplied(ticket=state_of(version=2), actor=PIERO))
    guest = reader(None)
    for number in range(30):
        assert (
            await guest.post(f"{link_to()}/reply", data={"body": "Io", "command_id": f"k{number}"})
        ).status_code == 303

    beyond = await guest.post(
        f"{link_to()}/reply", data={"body": "Le mie parole", "command_id": "last"}
    )

    assert beyond.status_code == 429
    assert int(beyond.headers["retry-after"]) > 3500
    assert "Troppe richieste. Riprova fra 60 min." in beyond.text
    assert see(beyond.text).one("textarea", name="body").text == "Le mie parole"
    assert (
        see(beyond.text)
        .one("form", action=f"{link_to()}/reply")
        .one("input", name="command_id")
        .attributes["value"]
        == "last"
    )
    assert len(tickets.commands) == 30


async def test_the_address_of_a_refused_action_leads_back_to_the_request(reader: Reader) -> None:
    answer = await reader(None).get(f"{link_to()}/reply?lang=en")

    assert (answer.status_code, answer.headers["location"]) == (303, f"{link_to()}?lang=en")
    assert is_private(answer)


@pytest.mark.parametrize("language", ["it", "en"])
async def test_the_pages_speak_the_readers_language(
    reader: Reader, project: Project, language: str
) -> None:
    await project([make_created(1, requester=CONFIRMED)])
    guest = reader(None, language=language)

    opened, form = (
        see((await guest.get(link_to())).text),
        see((await guest.get("/requests/link")).text),
    )

    assert opened.one("html").attributes["lang"] == language
    assert (
        form.one("h1").text
        == {"it": "Link alla tua richiesta", "en": "Link to your request"}[language]
    )
