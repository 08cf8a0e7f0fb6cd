"""Mails that did not arrive: shown on their article and on the dashboard, and sent again from
there.
"""

from datetime import timedelta

import pytest

from services.portal.context import PortalContext
from services.portal.pages.lists import UNDELIVERED_SHOWN
from services.portal.queries.overview import dashboard
from services.portal.queries.viewers import viewer_of
from shared.contracts.commands.mails import ResendMail
from shared.contracts.events.base import Event
from shared.contracts.events.mails import TicketMailResent
from shared.contracts.events.notify import (
    DeliveryDelayed,
    DeliveryEvent,
    DeliveryFailed,
    DeliverySent,
)
from shared.core.errors import ImpossibleValue, MailNotFailed
from shared.core.ids import derived_id
from tests.factories.portal_desk import make_person
from tests.factories.portal_events import (
    MORNING,
    OPEN_ACTIONS,
    make_article,
    make_created,
    make_delivery,
    make_number,
    make_state,
)
from tests.fakes.portal_tickets import FakeTickets
from tests.fakes.seen_page import see
from tests.unit.portal.conftest import Project
from tests.unit.portal.pages.conftest import Reader

PAGE = f"/manage/tickets/{make_number(1)}"
ANSWER = make_article("answer")
ACTIONS = OPEN_ACTIONS | {"forward": "right:rw"}
GIULIA = "giulia.neri@studenti.example.edu"


def about_answer(
    kind: type[DeliveryEvent], *, counter: int = 1, minute: int = 1, **changes: object
) -> Event:
    sent = make_delivery(counter, article_id=ANSWER.id, at=MORNING + timedelta(minutes=minute))
    own = {"delivery_id": derived_id("delivery", counter, minute)} if counter != 1 else {}
    return kind.model_validate(sent.model_dump() | own | changes)


def failed(counter: int = 1, minute: int = 1) -> Event:
    return about_answer(
        DeliveryFailed, counter=counter, minute=minute, state="failed", reason="550 no such mailbox"
    )


def open_ticket(counter: int = 1, owner: str | None = "anna.ferri", **facts: object) -> Event:
    return make_created(
        counter, **({"version": 2, "state": "open", "owner": owner, "actions": ACTIONS} | facts)
    ).model_copy(update={"articles": (ANSWER,) if counter == 1 else ()})


async def test_a_failed_mail_can_be_sent_again_from_its_article_by_whoever_works_the_queue(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([open_ticket(), failed()])
    anna = reader("anna.ferri")
    tickets.answers = lambda _: TicketMailResent(
        ticket=make_state(1, version=3, state="open", owner="anna.ferri"),
        delivery_id=derived_id("delivery", ANSWER.id),
        to="g@example.org",
    )

    article = see((await anna.get(PAGE)).text).one("li", id=f"article-{ANSWER.id}")
    form = article.one("form")
    typed = {field.attributes["name"]: field.attributes["value"] for field in form.all("input")}
    answer = await anna.post(form.attributes["action"], data=typed | {"to": "g@example.org"})

    assert "E-mail non consegnata: 550 no such mailbox" in article.text
    assert (form.attributes["action"], typed["to"]) == (f"{PAGE}/resend-mail", GIULIA)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}?done=resend-mail")
    wanted = ResendMail(
        caller=make_person("anna.ferri"),
        number=make_number(1),
        delivery=derived_id("delivery", ANSWER.id),
        to="g@example.org",
    )
    assert tickets.commands == [wanted]


async def test_sending_again_is_not_offered_to_readers_nor_for_a_mail_that_arrived(
    reader: Reader, project: Project
) -> None:
    await project([open_ticket(), failed()])
    of_ivo = see((await reader("ivo.santi").get(PAGE)).text).one("li", id=f"article-{ANSWER.id}")
    await project([about_answer(DeliverySent, version=2, state="resent")])
    of_anna = see((await reader("anna.ferri").get(PAGE)).text).one("li", id=f"article-{ANSWER.id}")

    assert (of_ivo.all("form"), of_anna.all("form")) == ([], [])
    assert "E-mail non consegnata" in of_ivo.text


async def test_a_refused_address_comes_back_in_its_form(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([open_ticket(), failed()])
    tickets.answers = lambda _: ImpossibleValue("to", "not_an_address", "g@nowhere")
    typed = {
        "command_id": "a",
        "delivery": str(derived_id("delivery", ANSWER.id)),
        "to": "g@nowhere.example",
    }

    answer = await reader("anna.ferri").post(f"{PAGE}/resend-mail", data=typed)

    details = see(answer.text).one("li", id=f"article-{ANSWER.id}").one("details")
    assert answer.status_code == 422
    assert "open" in details.attributes
    assert details.one("input", name="to").attributes["value"] == "g@nowhere.example"


async def test_the_dashboard_names_the_tickets_with_an_undelivered_mail_and_lets_them_go(
    reader: Reader, project: Project, portal: PortalContext
) -> None:
    lately = about_answer(
        DeliveryFailed, state="failed", reason="550 no such mailbox", at=portal.database.clock.now()
    )
    await project([open_ticket(), lately])
    anna = reader("anna.ferri", language="en")

    before = see((await anna.get("/manage")).text).one("div", id="undelivered")
    await project([about_answer(DeliveryDelayed, version=2, state="queued")])
    after = see((await anna.get("/manage")).text).one("div", id="undelivered")

    assert "1 ticket has an email that was not delivered" in before.text
    assert [link.attributes["href"] for link in before.all("a")] == [f"{PAGE}#articles"]
    assert after.text == ""


async def test_the_dashboard_shows_it_to_owner_and_responsible_and_without_an_owner_to_the_queue(
    portal: PortalContext, project: Project
) -> None:
    tickets = [
        open_ticket(2),
        open_ticket(3, owner=None),
        open_ticket(4, owner="luisa.villa", responsible="bruno.galli"),
        open_ticket(5, state="closed_successful"),
        open_ticket(6, queue="ict", owner=None),
        open_ticket(7),
    ]
    await project([*tickets, *(failed(counter) for counter in range(2, 8))])

    async def shown(who: str, *, days: int = 0) -> list[int]:
        async with portal.database.reading() as connection:
            since = MORNING + timedelta(days=days) - UNDELIVERED_SHOWN
            board = await dashboard(
                connection, await viewer_of(connection, make_person(who)), failed_since=since
            )
        assert board.undelivered.count == len(board.undelivered.tickets)
        return [int(ticket.number[10:15]) for ticket in board.undelivered.tickets]

    assert await shown("anna.ferri") == [2, 3, 5, 7]
    assert await shown("bruno.galli") == [3, 4]
    assert await shown("elena.sala") == [6]
    assert await shown("anna.ferri", days=31) == []


@pytest.mark.parametrize("body", [None, {}, {"to": "g@example.org"}])
async def test_the_api_sends_it_again(
    body: dict[str, str] | None, reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([open_ticket(), failed()])
    delivery = derived_id("delivery", ANSWER.id)
    tickets.answers = lambda _: TicketMailResent(
        ticket=make_state(1, version=3, state="open", owner="anna.ferri", actions=ACTIONS),
        delivery_id=delivery,
        to="g@example.org",
    )
    anna = reader("anna.ferri")

    shown = (await anna.get(f"/api/tickets/{make_number(1)}")).json()["articles"][-1]["delivery"]
    answer = await anna.post(
        f"/api/tickets/{make_number(1)}/deliveries/{delivery}/resend", json=body
    )
    nonsense = await anna.post(
        f"/api/tickets/{make_number(1)}/deliveries/nonsense/resend", json=body
    )

    assert (shown["id"], shown["state"]) == (str(delivery), "failed")
    assert (answer.status_code, answer.json()["version"], nonsense.status_code) == (200, 3, 404)
    (command,) = tickets.commands
    assert isinstance(command, ResendMail)
    assert (command.delivery, command.to) == (delivery, (body or {}).get("to"))


async def test_the_api_says_that_it_is_being_sent_again_already(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([open_ticket(), failed()])
    tickets.answers = lambda _: MailNotFailed()

    answer = await reader("anna.ferri", language="en").post(
        f"/api/tickets/{make_number(1)}/deliveries/{derived_id('delivery', ANSWER.id)}/resend"
    )

    assert (answer.status_code, answer.json()["detail"]) == (
        409,
        "This email has already been sent again.",
    )
