"""One ticket, whole."""

import pytest

from services.portal.context import PortalContext
from services.portal.domain.views import RequestWithArticles, TicketWithArticles
from services.portal.queries.history import get_history
from services.portal.queries.tickets import (
    get_request,
    get_ticket,
    get_ticket_or_request,
    stored_version,
)
from services.portal.queries.viewers import viewer_of
from shared.core.errors import MissingRight, NotThere
from shared.core.ids import derived_id
from tests.factories.portal_desk import make_person
from tests.factories.portal_events import make_created, make_life, make_number, make_state
from tests.unit.portal.conftest import Project


async def test_an_operator_reads_every_article_in_order_with_how_its_mail_is_doing(
    portal: PortalContext, project: Project
) -> None:
    await project(make_life(1))

    async with portal.database.reading() as connection:
        ticket = await get_ticket(
            connection,
            await viewer_of(connection, make_person("anna.ferri")),
            make_number(1),
            language="it",
        )

    assert [article.kind for article in ticket.articles] == ["request", "note", "answer", "answer"]
    assert ticket.articles[0].delivery is None
    delivery = ticket.articles[2].delivery
    assert delivery is not None
    assert (delivery.state, delivery.recipient) == ("resent", "giulia.neri@studenti.example.edu")
    assert (ticket.state, ticket.closed_by, ticket.version) == (
        "closed_successful",
        "anna.ferri",
        7,
    )


async def test_what_is_read_is_what_was_said(portal: PortalContext, project: Project) -> None:
    state = make_state(
        1,
        routing={"rule": "Tasse", "reason": "modulo tasse"},
        links=({"to": make_number(2), "kind": "duplicate"},),
        children=(make_number(3),),
    )
    await project([make_created(2), make_life(1)[1].model_copy(update={"ticket": state})])

    async with portal.database.reading() as connection:
        ticket = await get_ticket(
            connection,
            await viewer_of(connection, make_person("anna.ferri")),
            make_number(1),
            language="it",
        )

    shown = ticket.model_dump(
        mode="json", exclude={"view", "actions", "articles", "family", "undoable_version"}
    )
    said = state.model_dump(
        mode="json", exclude={"actions", "id", "hop_id", "parent_id", "merged_into_id", "undoable"}
    )
    said["requester"] = {
        "name": "Giulia Neri",
        "email": "giulia.neri@studenti.example.edu",
        "assurance": "signed_in",
    }
    assert shown == said


async def test_the_requester_reads_neither_notes_nor_deliveries(
    portal: PortalContext, project: Project
) -> None:
    await project(make_life(1))

    async with portal.database.reading() as connection:
        request = await get_request(
            connection,
            await viewer_of(connection, make_person("giulia.neri")),
            make_number(1),
            language="en",
        )

    assert [(article.kind, article.author.name) for article in request.articles] == [
        ("request", "Giulia Neri"),
        ("answer", "Student offices"),
        ("answer", "Student offices"),
    ]
    assert [article.delivery for article in request.articles] == [None, None, None]
    assert request.office == "Student offices"


async def test_an_operator_who_asked_herself_sees_the_ticket_as_operator_where_she_may(
    portal: PortalContext, project: Project
) -> None:
    anna = make_person("anna.ferri")
    in_her_queue = make_life(1, anna)[0].model_copy(
        update={"ticket": make_state(1, requester=anna, queue="studenti")}
    )
    elsewhere = make_life(2, anna)[0].model_copy(
        update={"ticket": make_state(2, requester=anna, queue="ict")}
    )
    await project([in_her_queue, elsewhere])

    async with portal.database.reading() as connection:
        viewer = await viewer_of(connection, anna)
        first = await get_ticket_or_request(connection, viewer, make_number(1), language="it")
        second = await get_ticket_or_request(connection, viewer, make_number(2), language="it")

    assert isinstance(first, TicketWithArticles)
    assert isinstance(second, RequestWithArticles)


async def test_the_history_has_every_change_and_goes_on_page_by_page(
    portal: PortalContext, project: Project
) -> None:
    await project(make_life(1))

    async with portal.database.reading() as connection:
        viewer = await viewer_of(connection, make_person("ivo.santi"))
        first, last = await get_history(connection, viewer, make_number(1), limit=4)
        rest, end = await get_history(connection, viewer, make_number(1), limit=4, after=last or 0)

    assert [entry.version for entry in first + rest] == [1, 2, 3, 4, 5, 6, 7]
    assert (last, end) == (4, None)
    assert first[2].model_dump(mode="json") == {
        "version": 3,
        "at": "2026-09-28T08:01:20Z",
        "actor": {"identity": "anna.ferri", "name": "Anna Ferri"},
        "event": "tickets.ticket.taken.v1",
        "reason": None,
        "changes": {"owner": [None, "anna.ferri"], "state": ["new", "open"]},
    }


async def test_the_history_is_not_for_the_requester_although_she_sees_the_ticket(
    portal: PortalContext, project: Project
) -> None:
    await project(make_life(1))

    async with portal.database.reading() as connection:
        viewer = await viewer_of(connection, make_person("giulia.neri"))
        with pytest.raises(MissingRight):
            await get_history(connection, viewer, make_number(1), limit=10)
        with pytest.raises(NotThere):
            await get_history(connection, viewer, make_number(2), limit=10)


async def test_the_version_shown_is_that_of_the_newest_event(
    portal: PortalContext, project: Project
) -> None:
    await project(make_life(1)[:3])

    async with portal.database.reading() as connection:
        assert await stored_version(connection, derived_id("ticket", 1)) == 3
        assert await stored_version(connection, derived_id("ticket", 2)) == 0
