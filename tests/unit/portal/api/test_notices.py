"""The bell over the API: what one was told, of what one still sees; and how one wants to be
told.
"""

from typing import Any

import pytest

from services.portal.context import PortalContext
from services.portal.queries.notices import notices_of
from services.portal.queries.viewers import viewer_of
from shared.contracts.commands.notify import SetPreferences
from shared.contracts.events.notify import NoticesMailed, NoticesRaised, PreferencesChanged
from shared.contracts.events.tickets import TicketAssigned, TicketClosed
from shared.contracts.people import Actor
from shared.core.errors import BusUnreachable, NotThere, StateForbids
from shared.core.ids import derived_id
from tests.factories.portal_desk import make_person
from tests.factories.portal_events import (
    MORNING,
    make_article,
    make_created,
    make_number,
    make_state,
)
from tests.factories.portal_notices import make_notice
from tests.fakes.portal_tickets import FakeTickets
from tests.unit.portal.conftest import Browser, Project

PATH = "/api/notices"


def given(before: str, after: str) -> TicketAssigned:
    """Ticket 1 goes from one operator to another, by Bruno's will and with a reason."""
    state = make_state(1, version=2, state="open", owner=after)
    bruno = Actor(identity="bruno.galli", name="Bruno Galli")
    return TicketAssigned(
        ticket=state,
        actor=bruno,
        reason="Conosci il caso",
        changes={"owner": (before, after)},
        first_time=False,
    )


def raised(counter: int, ticket: int = 1, **facts: Any) -> NoticesRaised:
    return make_notice(NoticesRaised, counter, ticket=ticket, **facts)


async def test_a_notice_says_what_happened_to_which_ticket_and_who_did_it(
    browser: Browser, project: Project
) -> None:
    await project([make_created(1), raised(1)])

    items = (await browser("anna.ferri").get(PATH)).json()

    assert items == {
        "items": [
            {
                "id": str(derived_id("notice", 1)),
                "number": make_number(1),
                "subject": "Tassa sbagliata",
                "kind": "note",
                "actor": {"identity": "bruno.galli", "name": "Bruno Galli"},
                "at": "2026-09-28T08:01:00Z",
                "state": "told",
                "read_at": None,
                "event": "tickets.ticket.created.v1",
                "reason": None,
                "changes": {},
                "queue": "studenti",
                "requester": {
                    "name": "Giulia Neri",
                    "email": "giulia.neri@studenti.example.edu",
                    "assurance": "signed_in",
                },
            }
        ],
        "next": None,
    }


async def test_a_notice_says_why_and_what_was_before(browser: Browser, project: Project) -> None:
    await project(
        [make_created(1), given("bruno.galli", "anna.ferri"), raised(1, ticket_version=2)]
    )

    (notice,) = (await browser("anna.ferri").get(PATH)).json()["items"]

    assert (notice["event"], notice["reason"]) == ("tickets.ticket.assigned.v1", "Conosci il caso")
    assert notice["changes"] == {"owner": ["bruno.galli", "anna.ferri"]}


@pytest.mark.parametrize("road", ["/api/tickets/{number}/close", "/api/tickets/bulk"])
async def test_closing_a_ticket_reads_what_its_closer_was_notified_of_it(
    road: str, browser: Browser, project: Project, tickets: FakeTickets
) -> None:
    numbers = [make_number(1)]
    await project(
        [
            make_created(1),
            make_created(2),
            raised(1),
            raised(2, ticket=2),
            raised(3, operator="bruno.galli"),
        ]
    )
    closed = make_state(1, version=2, state="closed_successful", owner="anna.ferri")
    tickets.answers = lambda _: TicketClosed(ticket=closed, articles=(make_article("answer"),))
    body: dict[str, Any] = {"outcome": "successful", "answer": "Fatto."}
    client = browser("anna.ferri")

    await client.get(f"/api/tickets/{make_number(1)}")
    before = (await client.get(f"{PATH}/unread")).json()
    answer = await client.post(
        road.format(number=numbers[0]),
        json=body | ({"numbers": numbers, "action": "close"} if "bulk" in road else {}),
    )

    assert (answer.status_code, before) == (200, {"unread": 2})
    left = (await client.get(PATH, params={"unread": "true"})).json()["items"]
    assert [notice["number"] for notice in left] == [make_number(2)]
    assert (await browser("bruno.galli").get(f"{PATH}/unread")).json() == {"unread": 1}


async def test_once_a_ticket_is_closed_nobody_is_called_to_take_it(
    browser: Browser, project: Project, tickets: FakeTickets
) -> None:
    calls = [
        raised(1, operator="bruno.galli", kind="created"),
        raised(2, ticket=2, operator="bruno.galli", kind="created"),
    ]
    await project([make_created(1), make_created(2), *calls, raised(3, operator="bruno.galli")])
    closed = make_state(1, version=2, state="closed_successful", owner="anna.ferri")
    tickets.answers = lambda _: TicketClosed(ticket=closed, articles=(make_article("answer"),))

    await browser("anna.ferri").post(
        f"/api/tickets/{make_number(1)}/close", json={"outcome": "successful", "answer": "Fatto."}
    )

    left = (await browser("bruno.galli").get(PATH, params={"unread": "true"})).json()["items"]
    assert {(notice["number"], notice["kind"]) for notice in left} == {
        (make_number(2), "created"),
        (make_number(1), "note"),
    }


async def test_a_close_that_is_refused_reads_nothing(
    browser: Browser, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1), raised(1)])
    tickets.answers = lambda _: StateForbids("new", "close")
    client = browser("anna.ferri")

    answer = await client.post(
        f"/api/tickets/{make_number(1)}/close", json={"outcome": "successful", "answer": "Fatto."}
    )

    assert answer.status_code == 409
    assert (await client.get(f"{PATH}/unread")).json() == {"unread": 1}


async def test_notices_come_newest_first_page_by_page(browser: Browser, project: Project) -> None:
    await project([make_created(1), *(raised(counter) for counter in range(1, 6))])
    client = browser("anna.ferri")

    first = (await client.get(PATH, params={"limit": 3})).json()
    rest = (await client.get(PATH, params={"limit": 3, "cursor": first["next"]})).json()

    assert [notice["at"][14:16] for notice in first["items"] + rest["items"]] == [
        "05",
        "04",
        "03",
        "02",
        "01",
    ]
    assert rest["next"] is None


async def test_the_notices_of_others_and_of_tickets_out_of_sight_are_not_there(
    browser: Browser, project: Project
) -> None:
    await project(
        [
            make_created(1),
            make_created(2, queue="ict"),
            raised(1, operator="bruno.galli"),
            raised(2, ticket=2),
            raised(3, ticket=9),
            raised(4),
        ]
    )

    listed = {}
    for identity in ("anna.ferri", "bruno.galli", "carla.monti"):
        client = browser(identity)
        ids = [notice["id"] for notice in (await client.get(PATH)).json()["items"]]
        listed[identity] = (ids, (await client.get(f"{PATH}/unread")).json())

    assert listed == {
        "anna.ferri": ([str(derived_id("notice", 4))], {"unread": 1}),
        "bruno.galli": ([str(derived_id("notice", 1))], {"unread": 1}),
        "carla.monti": ([], {"unread": 0}),
    }


async def test_some_are_marked_as_read_and_then_all(browser: Browser, project: Project) -> None:
    await project(
        [
            make_created(1),
            *(raised(counter) for counter in range(1, 5)),
            raised(5, operator="bruno.galli"),
        ]
    )
    client = browser("anna.ferri")
    ids = [str(derived_id("notice", counter)) for counter in (1, 2, 5, 9)]

    some = await client.post(f"{PATH}/read", json={"ids": ids})

    assert (some.status_code, some.content) == (204, b"")
    unread = (await client.get(PATH, params={"unread": "true"})).json()["items"]
    read = (await client.get(PATH, params={"unread": "false"})).json()["items"]
    assert [notice["id"] for notice in unread] == [
        str(derived_id("notice", counter)) for counter in (4, 3)
    ]
    assert [(notice["id"], notice["read_at"] is None) for notice in read] == [
        (ids[1], False),
        (ids[0], False),
    ]

    await client.post(f"{PATH}/read", json={"all": True})

    assert (await client.get(f"{PATH}/unread")).json() == {"unread": 0}
    assert (await browser("bruno.galli").get(f"{PATH}/unread")).json() == {"unread": 1}


async def test_a_notice_that_was_read_stays_read_when_its_mail_goes_out(
    browser: Browser, project: Project
) -> None:
    await project([make_created(1), raised(1, state="queued")])
    client = browser("anna.ferri")
    await client.post(f"{PATH}/read", json={"all": True})
    (before,) = (await client.get(PATH)).json()["items"]

    await project(
        [make_notice(NoticesMailed, 1, version=2, state="sent"), raised(1, state="queued")]
    )

    (after,) = (await client.get(PATH)).json()["items"]
    assert after == before | {"state": "sent"}


async def test_a_key_marks_once_and_what_came_since_stays_unread(
    browser: Browser, project: Project
) -> None:
    await project([make_created(1), raised(1)])
    client = browser("anna.ferri")
    key = {"Idempotency-Key": "once"}

    answers = [await client.post(f"{PATH}/read", json={"all": True}, headers=key)]
    await project([raised(2)])
    answers += [
        await client.post(f"{PATH}/read", json=body, headers=key)
        for body in ({"all": True}, {"ids": [str(derived_id("n"))]})
    ]

    assert [answer.status_code for answer in answers] == [204, 204, 409]
    assert (await client.get(f"{PATH}/unread")).json() == {"unread": 1}


async def test_unread_notices_are_counted_up_to_a_hundred(
    browser: Browser, project: Project
) -> None:
    await project([make_created(1), *(raised(counter) for counter in range(1, 121))])

    assert (await browser("anna.ferri").get(f"{PATH}/unread")).json() == {"unread": 100}


async def test_until_somebody_chooses_each_notice_is_a_mail(browser: Browser) -> None:
    assert (await browser("anna.ferri").get(f"{PATH}/preferences")).json() == {
        "rhythm": "each",
        "muted": [],
    }


async def test_what_is_chosen_is_asked_of_notify_and_shown_at_once(
    browser: Browser, tickets: FakeTickets
) -> None:
    client = browser("anna.ferri")
    tickets.answers = lambda _: PreferencesChanged(
        operator="anna.ferri", version=1, rhythm="digest", muted=("note",), at=MORNING
    )

    answer = await client.put(f"{PATH}/preferences", json={"rhythm": "digest", "muted": ["note"]})

    assert (answer.status_code, answer.json()) == (200, {"rhythm": "digest", "muted": ["note"]})
    assert tickets.commands == [
        SetPreferences(caller=make_person("anna.ferri"), rhythm="digest", muted=("note",))
    ]
    assert (await client.get(f"{PATH}/preferences")).json() == {
        "rhythm": "digest",
        "muted": ["note"],
    }
    assert (await browser("bruno.galli").get(f"{PATH}/preferences")).json()["rhythm"] == "each"


async def test_an_older_choice_does_not_replace_a_newer_one(
    browser: Browser, project: Project
) -> None:
    newer, older = [
        PreferencesChanged(operator="anna.ferri", version=v, rhythm=r, muted=(), at=MORNING)
        for v, r in ((2, "none"), (1, "each"))
    ]

    await project([newer])
    await project([older])

    assert (await browser("anna.ferri").get(f"{PATH}/preferences")).json() == {
        "rhythm": "none",
        "muted": [],
    }


async def test_without_an_answer_nothing_is_shown_as_chosen(
    browser: Browser, tickets: FakeTickets
) -> None:
    client = browser("anna.ferri")
    tickets.answers = lambda _: BusUnreachable("no broker")

    answer = await client.put(f"{PATH}/preferences", json={"rhythm": "none"})

    assert answer.status_code == 503
    assert (await client.get(f"{PATH}/preferences")).json()["rhythm"] == "each"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("POST", "/read", {"all": True}), ("PUT", "/preferences", {"rhythm": "none"})],
)
async def test_only_operators_have_a_bell(
    method: str, path: str, body: object, browser: Browser, tickets: FakeTickets
) -> None:
    answer = await browser("giulia.neri").request(method, f"{PATH}{path}", json=body)

    assert answer.status_code == 403
    assert tickets.commands == []


async def test_who_was_told_about_a_ticket_is_for_those_who_see_it(
    portal: PortalContext, project: Project
) -> None:
    await project(
        [
            make_created(1),
            raised(1, ticket_version=2),
            raised(2, operator="bruno.galli", state="failed", reason="no such box"),
        ]
    )

    async with portal.database.reading() as connection:
        told = await notices_of(
            connection, await viewer_of(connection, make_person("ivo.santi")), make_number(1)
        )
        with pytest.raises(NotThere):
            await notices_of(
                connection, await viewer_of(connection, make_person("elena.sala")), make_number(1)
            )

    assert [
        (one.operator, one.kind, one.state, one.ticket_version, one.reason) for one in told
    ] == [
        ("anna.ferri", "note", "told", 2, None),
        ("bruno.galli", "note", "failed", 1, "no such box"),
    ]
