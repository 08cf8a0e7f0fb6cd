"""Tickets are told again page by page, with all that was ever appended to them, on both databases;
and what they are compared by.
"""

from uuid import UUID

from services.tickets.models import TicketRow
from services.tickets.queries import fingerprints_of_tickets
from services.tickets.usecases.replaying import Appended, replay_tickets
from shared.comparison.fingerprints import (
    Fingerprint,
    Fingerprints,
    article_fact,
    change_fact,
    ticket_fact,
)
from shared.contracts.commands import merging
from shared.contracts.commands import tickets as commands
from shared.contracts.events.replay import TicketReplayed
from shared.database.envelope import Envelope
from shared.database.outbox import read_after
from shared.database.unit_of_work import PARTITIONS, partition_of
from tests.factories.tickets import make_request
from tests.integration.tickets.conftest import Process
from tests.integration.tickets.test_families_on_databases import ANNA, CARLA, done, open_child
from tests.integration.tickets.test_journey import queued


async def work_through(process: Process) -> None:
    """Leave five tickets behind: a parent with its child that came back, a merged one and the one
    that goes on, a shared one.
    """
    numbers = [(await queued(process, make_request())).number for _ in range(4)]
    await done(process, commands.Take(caller=ANNA, number=numbers[0]))
    child = await done(
        process,
        open_child(
            await done(process, commands.AddNote(caller=ANNA, number=numbers[0], body="Nota"))
        ),
    )
    await done(process, commands.Bounce(caller=CARLA, number=child.number, reason="Manca l'anno"))
    await done(process, merging.Merge(caller=ANNA, number=numbers[1], into=numbers[2]))
    await done(
        process,
        commands.Share(
            caller=ANNA, number=numbers[3], name="Ida Boni", email="ida.boni@example.org"
        ),
    )


async def replayed(
    process: Process, *, limit: int, target: str, with_appended: Appended
) -> tuple[list[Envelope[bytes]], list[int]]:
    """Tell everything again; return the rows, and how many tickets each page had."""
    async with process.database.reading() as connection:
        before = (await read_after(connection, 0, limit=10_000))[-1].seq
    pages: list[int] = []
    after: UUID | None = None
    while True:
        async with process.database.transaction() as uow:
            told = await replay_tickets(
                uow, after=after, limit=limit, target=target, with_appended=with_appended
            )
        pages.append(len(told))
        if not told:
            break
        after = told[-1]
    async with process.database.reading() as connection:
        return await read_after(connection, before, limit=10_000), pages


async def test_every_ticket_is_told_with_its_newest_state_and_all_that_was_appended(
    process: Process,
) -> None:
    await work_through(process)
    told = await process.told()

    rows, pages = await replayed(process, limit=2, target="portal", with_appended="everything")

    assert pages == [2, 2, 1, 0]
    assert {(row.type, row.target) for row in rows} == {(TicketReplayed.NAME, "portal")}
    events = {row.aggregate_id: TicketReplayed.model_validate_json(row.event) for row in rows}
    assert len(events) == len(rows) == 5
    for ticket_id, event in events.items():
        heard = sorted(
            (each for each in told if each.ticket.id == ticket_id),
            key=lambda each: each.ticket.version,
        )
        assert event.ticket == heard[-1].ticket
        assert [change.model_dump() for change in event.history] == [
            {
                "version": each.ticket.version,
                "at": each.ticket.updated_at,
                "event": each.NAME,
                "actor": each.actor.model_dump(),
                "reason": each.reason,
                "changes": each.changes,
            }
            for each in heard
        ]
        assert {article.id: article for article in event.articles} == {
            article.id: article for each in heard for article in each.articles
        }


async def test_who_keeps_no_articles_is_told_the_state_and_the_request_alone(
    process: Process,
) -> None:
    await work_through(process)
    requests = {row["id"]: row["request_id"] for row in await process.rows(TicketRow, "id")}

    rows, _ = await replayed(process, limit=100, target="intake", with_appended="nothing")

    events = [TicketReplayed.model_validate_json(row.event) for row in rows]
    assert {event.ticket_id: event.request_id for event in events} == requests
    assert {(event.history, event.articles) for event in events} == {((), ())}
    assert None not in [event.ticket for event in events]


async def test_tickets_are_compared_by_all_that_they_told(process: Process) -> None:
    await work_through(process)
    told = await process.told()
    states, articles, history = Fingerprints(), Fingerprints(), Fingerprints()
    for event in told:
        if event.ticket.version == max(
            each.ticket.version for each in told if each.ticket.id == event.ticket.id
        ):
            states.add(event.ticket.id, ticket_fact(event.ticket))
        for article in event.articles:
            about = article.model_copy(
                update={"child": article.child.model_dump() if article.child else None}
            )
            articles.add(
                event.ticket.id,
                article_fact(about, identity=article.author.identity, name=article.author.name),
            )
    rows, _ = await replayed(process, limit=100, target="portal", with_appended="everything")
    for row in rows:
        again = TicketReplayed.model_validate_json(row.event)
        for change in again.history:
            history.add(
                again.ticket_id,
                change_fact(change, identity=change.actor.identity, name=change.actor.name),
            )

    found = await fingerprints_of_tickets(process.database)

    assert found.tickets.by_partition() == states.by_partition()
    assert found.articles.by_partition() == articles.by_partition()
    assert found.history.by_partition() == history.by_partition()
    partitions = {partition_of(event.ticket.id) for event in told}
    assert [
        number
        for number in range(PARTITIONS)
        if found.tickets.by_partition()[number] != Fingerprint()
    ] == sorted(partitions)


async def test_a_request_that_is_sent_again_is_answered_with_the_number_it_has(
    process: Process,
) -> None:
    request = make_request()
    ticket = await queued(process, request)
    async with process.database.reading() as connection:
        before = (await read_after(connection, 0, limit=10_000))[-1].seq

    await process.hear(request, make_request())

    async with process.database.reading() as connection:
        rows = await read_after(connection, before, limit=10_000)
    told = [TicketReplayed.model_validate_json(row.event) for row in rows if row.target == "intake"]
    assert [
        (event.request_id, event.ticket and event.ticket.number, event.ticket_id) for event in told
    ] == [(request.request_id, ticket.number, ticket.id)]
    assert [row.type for row in rows if row.target is None] == ["tickets.ticket.created.v1"]
