"""How often people may write and send: counted for each person, and for each address by which
people without an account write.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI

from services.portal import quotas
from services.portal.context import ActLimits, GuestRules, PortalContext
from services.portal.quotas import MOST_REPLIES
from shared.contracts.commands.base import Command
from shared.contracts.commands.guests import GuestReply
from shared.contracts.commands.tickets import Forward, RequesterReply
from shared.contracts.events.tickets import (
    TicketEvent,
    TicketForwarded,
    TicketRequesterReplied,
    TicketShared,
)
from shared.contracts.guest_links import guest_token, link_to
from shared.contracts.people import Actor, Requester
from shared.core.ids import derived_id
from shared.web.demo import known_person
from tests.factories.portal_desk import make_example_desk
from tests.factories.portal_events import (
    ANNA,
    GIULIA,
    MORNING,
    make_article,
    make_created,
    make_number,
    make_state,
)
from tests.fakes.portal_tickets import FakeTickets
from tests.fakes.seen_page import see
from tests.unit.portal.conftest import GUESTS, Project
from tests.unit.portal.pages.conftest import TOKENS

Far = Callable[..., httpx.AsyncClient]
GUEST_ADDRESS = "piero.rossi@example.org"
CONFIRMED = Requester(name="Piero Rossi", email=GUEST_ADDRESS, assurance="confirmed")
MY_REPLY = f"/my/{make_number(1)}/reply"


@pytest.fixture
def portal(portal: PortalContext) -> PortalContext:
    guests = GuestRules(secret=GUESTS.secret, replies=3, replies_client=5, links_client=1)
    return replace(portal, guests=guests, limits=ActLimits(replies=3, sendings=2))


@pytest.fixture
async def far(app: FastAPI) -> AsyncIterator[Far]:
    """Return a browser at another machine's address, in which an identity of the desk is signed
    in.
    """
    opened: list[httpx.AsyncClient] = []

    def open_browser(
        identity: str | None, *, address: str = "192.0.2.1", accept: str = "text/html"
    ) -> httpx.AsyncClient:
        headers = {"Accept": accept, "Accept-Language": "en"}
        if identity is not None:
            headers["Authorization"] = (
                f"Bearer {TOKENS.sign(known_person(make_example_desk(), identity))}"
            )
        transport = httpx.ASGITransport(app, client=(address, 4711))
        opened.append(
            httpx.AsyncClient(transport=transport, base_url="http://portal.test", headers=headers)
        )
        return opened[-1]

    yield open_browser
    for each in opened:
        await each.aclose()


def answer(command: Command) -> TicketEvent:
    actor = Actor(identity=command.caller.identity, name=command.caller.name)
    requester = CONFIRMED if isinstance(command, GuestReply) else GIULIA
    ticket = make_state(1, requester=requester, version=2)
    if isinstance(command, RequesterReply | GuestReply):
        return TicketRequesterReplied(ticket=ticket, actor=actor)
    return (
        TicketForwarded(ticket=ticket, actor=actor, to="x@example.org")
        if isinstance(command, Forward)
        else TicketShared(ticket=ticket, actor=actor)
    )


async def test_a_person_writes_so_often_an_hour_and_what_is_too_much_comes_back(
    far: Far, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1)])
    tickets.answers = answer
    giulia = far("giulia.neri")

    answers = [
        await giulia.post(MY_REPLY, data={"body": "Io", "command_id": f"k{n}"}) for n in range(3)
    ]
    beyond = await giulia.post(MY_REPLY, data={"body": "Le mie parole", "command_id": "last"})

    assert [each.status_code for each in answers] == [303] * 3
    assert (beyond.status_code, len(tickets.commands)) == (429, 3)
    assert int(beyond.headers["retry-after"]) > 3500
    assert see(beyond.text).one("textarea", name="body").text == "Le mie parole"
    assert (
        see(beyond.text)
        .one("form", action=MY_REPLY)
        .one("input", name="command_id")
        .attributes["value"]
        == "last"
    )


async def test_the_api_and_the_pages_count_together_from_wherever_the_person_writes(
    far: Far, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1)])
    tickets.answers = answer
    await far("giulia.neri").post(MY_REPLY, data={"body": "Io"})
    api = far("giulia.neri", address="198.51.100.7", accept="application/json")

    answers = [
        await api.post(f"/api/my/requests/{make_number(1)}/{what}", json=body)
        for what, body in (
            ("reply", {"body": "Io"}),
            ("share", {"name": "Lia", "email": "lia@example.org"}),
            ("reply", {"body": "Io"}),
        )
    ]

    assert [each.status_code for each in answers] == [200, 200, 429]
    assert int(answers[2].headers["retry-after"]) > 3500


async def test_a_repeat_counts_once_and_is_answered_even_beyond_the_limit(
    far: Far, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1)])
    tickets.answers = answer
    api, path = (
        far("giulia.neri", accept="application/json"),
        f"/api/my/requests/{make_number(1)}/reply",
    )

    async def reply(key: str) -> int:
        return (
            await api.post(path, json={"body": "Io"}, headers={"Idempotency-Key": key})
        ).status_code

    first = [await reply("a") for _ in range(5)]
    others = [await reply(key) for key in ("b", "c", "d")]

    assert (first, others, await reply("a")) == ([200] * 5, [200, 200, 429], 200)


async def test_a_network_asks_for_links_as_often_as_ten_addresses(
    far: Far, portal: PortalContext
) -> None:
    asked = {"email": GUEST_ADDRESS}

    codes = [
        (
            await far(None, address=f"2001:db8:1:{n:x}::1").post(
                "/requests/link", data={**asked, "number": make_number(n)}
            )
        ).status_code
        for n in range(1, 12)
    ]
    other = await far(None, address="2001:db8:2::1").post(
        "/requests/link", data={**asked, "number": make_number(20)}
    )

    assert codes == [202] * 10 + [429]
    assert other.status_code == 202


async def test_on_this_machine_a_person_writes_many_times_as_much(
    far: Far, project: Project, tickets: FakeTickets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "ON_THIS_MACHINE", 10)
    await project([make_created(1)])
    tickets.answers = answer
    giulia = far("giulia.neri", address="127.0.0.1")

    codes = Counter(
        [(await giulia.post(MY_REPLY, data={"body": "Io"})).status_code for _ in range(32)]
    )

    assert codes == {303: 30, 429: 2}


async def test_a_guest_with_many_links_writes_so_often_from_one_address(
    far: Far, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(number, requester=CONFIRMED) for number in range(1, 4)])
    tickets.answers = answer
    guest = far(None)
    links = [
        f"/requests/{guest_token(GUESTS.secret, link)}/reply"
        for link in (
            link_to(GUESTS.secret, derived_id("ticket", number), CONFIRMED.email)
            for number in range(1, 4)
        )
    ]

    codes = [
        (await guest.post(link, data={"body": "Io"})).status_code
        for link in links
        for _ in range(2)
    ]
    elsewhere = await far(None, address="198.51.100.7").post(links[2], data={"body": "Io"})

    assert codes == [303] * 5 + [429]
    assert elsewhere.status_code == 303


async def test_an_operator_sends_so_much_an_hour_alone_and_in_bulk(
    far: Far, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(number) for number in range(1, 4)])
    tickets.answers = answer
    anna = far("anna.ferri", accept="application/json")
    sent = await anna.post(
        f"/api/tickets/{make_number(1)}/forward", json={"to": "x@example.org", "body": "Leggi"}
    )
    body = {
        "action": "forward",
        "numbers": [make_number(1), make_number(2)],
        "to": "x@example.org",
        "body": "Leggi",
    }

    bulk = await anna.post("/api/tickets/bulk", json=body)

    assert sent.status_code == 200
    assert sorted(each["status"] for each in bulk.json()["results"]) == [200, 429]


async def test_a_request_holds_so_many_messages_of_its_requester(
    far: Far, project: Project, tickets: FakeTickets
) -> None:
    articles = tuple(
        make_article("reply", body=f"{n}", at=MORNING + timedelta(minutes=n))
        for n in range(MOST_REPLIES)
    )
    await project(
        [
            make_created(1),
            TicketRequesterReplied(ticket=make_state(1, version=2), actor=ANNA, articles=articles),
        ]
    )

    refused = await far("giulia.neri").post(MY_REPLY, data={"body": "Ancora una"})

    assert (refused.status_code, tickets.commands) == (409, [])
    assert "This request holds as many of your messages as it can." in refused.text
    assert see(refused.text).one("textarea", name="body").text == "Ancora una"
