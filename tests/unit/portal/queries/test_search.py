"""Searches find what people remember, and only what they may see."""

from typing import Any

import pytest

from services.portal.context import PortalContext
from services.portal.queries import lists, top_n
from services.portal.queries.lists import TicketFilter, list_requests, list_tickets
from services.portal.queries.viewers import viewer_of
from shared.contracts.events.tickets import TicketMoved, TicketNoted, TicketQueued
from shared.contracts.people import Requester
from shared.database.database import Database
from shared.text.words import MOST_BYTES
from tests.factories.portal_events import ANNA, make_article, make_created, make_number, make_state
from tests.factories.portal_words import ALL, SEARCHES, Searched, make_library, make_merged, person
from tests.unit.portal.conftest import Project


async def found(database: Database, searched: Searched) -> list[int]:
    """Return the counters of the tickets that the search finds, the oldest first."""
    async with database.reading() as connection:
        viewer = await viewer_of(connection, person(searched))
        if searched.own:
            requests = await list_requests(
                connection,
                viewer,
                language="it",
                limit=200,
                sort="created_at",
                words=searched.words,
            )
            return [int(item.number[10:15]) for item in requests.items]
        tickets = await list_tickets(
            connection, viewer, TicketFilter(words=searched.words), sort="created_at", limit=200
        )
        return [int(item.number[10:15]) for item in tickets.items]


async def test_each_search_finds_what_it_should(portal: PortalContext, project: Project) -> None:
    await project(make_library())

    answers = {
        (each.who, each.own, each.words): await found(portal.database, each) for each in SEARCHES
    }

    assert answers == {(each.who, each.own, each.words): each.found for each in SEARCHES}


async def test_no_order_of_the_events_changes_what_is_found(
    portal: PortalContext, project: Project
) -> None:
    events = make_library()
    await project(reversed(events))
    for event in events:
        await project([event])

    answers = {
        (each.who, each.own, each.words): await found(portal.database, each) for each in SEARCHES
    }

    assert answers == {(each.who, each.own, each.words): each.found for each in SEARCHES}


async def test_what_was_answered_anew_is_found_by_the_new_answers(
    portal: PortalContext, project: Project
) -> None:
    was, now = (
        {"description": "Uguale", "corso": "Fisica"},
        {"description": "Uguale", "corso": "Chimica"},
    )
    resent = TicketNoted(
        ticket=make_state(1, version=3, fields=now), actor=ANNA, changes={"fields": (None, None)}
    )
    await project([resent, make_created(1, fields=was)])

    assert await found(portal.database, Searched(ALL, "chimica", [1])) == [1]
    assert await found(portal.database, Searched(ALL, "fisica", [])) == []


@pytest.mark.parametrize("most", [0, 3, 1000])
async def test_few_and_many_tickets_with_the_words_are_listed_alike(
    most: int, portal: PortalContext, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "MOST_FOUND", most)
    await project(
        make_created(i, subject="Borsa" if i % 3 else "Altro", queue="studenti" if i % 2 else "ict")
        for i in range(1, 31)
    )
    expected = [i for i in range(1, 31) if i % 3 and i % 2]

    seen: list[int] = []
    async with portal.database.reading() as connection:
        viewer = await viewer_of(connection, person(Searched("anna.ferri", "", [])))
        position = None
        for _ in range(9):
            wanted = TicketFilter(words="borsa", states=("new",))
            page = await list_tickets(
                connection, viewer, wanted, sort="created_at", limit=4, after=position
            )
            seen += [int(item.number[10:15]) for item in page.items]
            position = page.next
            if position is None:
                break

    assert seen == expected


async def test_what_was_put_into_its_first_queue_is_found_there_however_many_lie_before_it(
    portal: PortalContext, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(top_n, "NEARBY", 1)
    facts = {"subject": "Borsa"}
    await project(make_created(i, queue=None, **facts) for i in range(1, 5))
    placed = (
        make_state(i, version=2, queue="studenti" if i < 4 else "ict", **facts) for i in (1, 2, 4)
    )
    await project(
        TicketQueued(ticket=ticket, changes={"queue": (None, ticket.queue)}, reason=None)
        for ticket in placed
    )
    moved = make_state(2, version=3, queue="ict", **facts)
    await project(
        [
            TicketMoved(
                ticket=moved, actor=ANNA, changes={"queue": ("studenti", "ict")}, reason="Altrove"
            ),
            make_created(9),
        ]
    )

    assert await found(portal.database, Searched("anna.ferri", "borsa", [])) == [1]
    assert await found(portal.database, Searched("elena.sala", "borsa", [])) == [2, 4]
    assert await found(portal.database, Searched(ALL, "borsa", [])) == [1, 2, 3, 4]


async def test_the_words_of_one_ticket_have_an_end_and_the_first_are_kept(
    portal: PortalContext, project: Project
) -> None:
    await project([make_created(1)])
    for part in range(9):
        body = " ".join(f"{part}a{n:x}" * 4 for n in range(900))
        notes = tuple(
            make_article("note", body=f"{each}{body}{each}"[:20_000]) for each in range(5)
        )
        await project(
            [TicketNoted(ticket=make_state(1, version=2 + part), actor=ANNA, articles=notes)]
        )

    async with portal.database.reading() as connection:
        stored = (await connection.exec_driver_sql("select internal from words")).scalar_one()

    assert MOST_BYTES // 2 < len(stored) <= MOST_BYTES
    assert await found(portal.database, Searched(ALL, "0a10a10a10a1 doppia", [1])) == [1]


async def test_a_requester_does_not_find_what_a_merged_ticket_of_another_person_says(
    portal: PortalContext, project: Project
) -> None:
    other = Requester(identity="hugo.marchi", name="Hugo Marchi", email="hugo.marchi@example.edu")
    facts: dict[str, Any] = {"requester": other, "fields": {"description": "Cercasi ornitorinco"}}
    target = make_created(4, fields={"description": "Cercasi dromedario"})
    await project([make_created(3, **facts), target, make_merged(3, 4, **facts)])

    assert await found(portal.database, Searched("giulia.neri", "ornitorinco", [], own=True)) == []
    assert await found(portal.database, Searched("giulia.neri", "dromedario", [], own=True)) == [4]
    assert await found(portal.database, Searched("luisa.villa", "ornitorinco", [])) == [3, 4]


async def test_a_number_that_is_not_there_is_looked_for_in_what_was_written(
    portal: PortalContext, project: Project
) -> None:
    await project([make_created(1, fields={"description": f"Come nel ticket {make_number(99)}"})])

    assert await found(portal.database, Searched(ALL, make_number(99), [1])) == [1]
