"""A ticket from its request to its end, as it lies in the tables and as it is told."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from services.tickets.models import ArticleRow, HistoryRow, HopRow, TicketRow
from services.tickets.repository.tickets import SqlTickets
from shared.contracts.commands import tickets as commands
from shared.contracts.events.intake import RequestSubmitted
from shared.contracts.events.notify import DeliverySent
from shared.contracts.events.routing import DeskApplied, TicketRouted
from shared.contracts.events.ticket_state import TicketState
from shared.core.errors import HeldBySomebodyElse, KeyReused
from shared.core.ids import derived_id
from tests.factories.tickets import make_request
from tests.factories.tickets_desk import GIULIA, make_desk, make_operator
from tests.integration.tickets.conftest import Process

ANNA, BRUNO = make_operator("anna.ferri"), make_operator("bruno.galli")


def make_decision(ticket: TicketState, *, queue: str = "studenti") -> TicketRouted:
    assert ticket.hop_id is not None
    return TicketRouted(
        ticket_id=ticket.id,
        hop_id=ticket.hop_id,
        ticket_version=ticket.version,
        queue=queue,
        rule="tasse",
        reason="request type tasse",
        decided_at=datetime.now(UTC),
    )


def make_receipt(ticket: TicketState, *, article_id: UUID | None = None) -> DeliverySent:
    return DeliverySent(
        delivery_id=uuid4(),
        version=1,
        ticket_id=ticket.id,
        article_id=article_id or uuid4(),
        kind="receipt",
        state="sent",
        recipient=ticket.requester.email,
        subject="Ricevuta",
        body=f"Il numero è {ticket.number}",
        owed_at=ticket.updated_at,
        at=datetime.now(UTC),
    )


async def queued(process: Process, request: RequestSubmitted) -> TicketState:
    """Have a request become a ticket in `studenti`."""
    await process.hear(request)
    created = next(
        e.ticket
        for e in await process.told()
        if e.ticket.id == derived_id("ticket", request.request_id)
    )
    await process.hear(make_decision(created))
    return next(
        e.ticket
        for e in await process.told()
        if e.ticket.id == created.id and e.ticket.version == 2
    )


async def test_a_request_travels_to_its_final_answer(process: Process) -> None:
    ticket = await queued(process, make_request())
    number = ticket.number
    steps: list[commands.TicketCommand] = [
        commands.Take(caller=ANNA, number=number),
        commands.Ask(caller=ANNA, number=number, body="Quale anno?"),
        commands.RequesterReply(caller=GIULIA, number=number, body="2026/2027"),
        commands.AddNote(caller=make_operator("ivo.santi"), number=number, body="vedi circolare"),
        commands.Assign(caller=ANNA, number=number, operator="bruno.galli", reason="turno"),
        commands.SetResponsible(caller=BRUNO, number=number, operator="ivo.santi"),
        commands.Reply(caller=BRUNO, number=number, body="Ci siamo quasi"),
        commands.Close(caller=BRUNO, number=number, outcome="successful", answer="Pagata"),
        commands.Reopen(caller=ANNA, number=number, reason="non risulta"),
        commands.Release(caller=BRUNO, number=number),
    ]

    outcomes = [await process.answer(step) for step in steps]

    assert [outcome.refusal for outcome in outcomes] == [None] * len(steps)
    last = outcomes[-1].ticket
    assert last is not None
    assert (
        last.state,
        last.owner,
        last.last_owner,
        last.responsible,
        last.closed_by,
        last.version,
    ) == (
        "open",
        None,
        "bruno.galli",
        "ivo.santi",
        "bruno.galli",
        12,
    )
    names = [
        "created",
        "queued",
        "taken",
        "question-asked",
        "requester-replied",
        "noted",
        "assigned",
        "responsible-changed",
        "answered",
        "closed",
        "reopened",
        "released",
    ]
    told = await process.told()
    assert [event.NAME for event in told] == [f"tickets.ticket.{name}.v1" for name in names]
    assert [event.ticket.version for event in told] == list(range(1, 13))
    assert told[-1].ticket == last
    history = await process.rows(HistoryRow, "version")
    assert [(row["version"], row["event"]) for row in history] == [
        (n, event.NAME) for n, event in enumerate(told, start=1)
    ]
    assert [row["changes"] for row in history] == [
        {k: list(v) for k, v in event.changes.items()} for event in told
    ]
    assert history[6]["reason"] == "turno"
    assert history[2]["actor"] == {"identity": "anna.ferri", "name": "Anna Ferri"}
    articles = await process.rows(ArticleRow, "version")
    assert [(row["version"], row["kind"], row["visible_to_requester"]) for row in articles] == [
        (1, "request", True),
        (4, "question", True),
        (5, "reply", True),
        (6, "note", False),
        (9, "answer", True),
        (10, "answer", True),
    ]
    closed, open_now = await process.rows(HopRow, "started")
    assert (closed["queue"], closed["reason"], closed["ended"]) == (
        "studenti",
        "request type tasse",
        told[9].ticket.closed_at,
    )
    assert closed["taken"] == told[2].ticket.updated_at
    assert (open_now["id"], open_now["queue"], open_now["ended"]) == (last.hop_id, "studenti", None)


async def test_a_ticket_is_read_back_as_it_was_written(process: Process) -> None:
    ticket = await queued(process, make_request())
    await process.answer(commands.Take(caller=ANNA, number=ticket.number))
    told = (await process.told())[-1].ticket

    async with process.database.transaction() as uow:
        stored = await SqlTickets(uow).get(ticket.number)

    assert stored.to_state() == told
    assert stored.is_taking_told
    assert stored.routing_asked_at is None
    assert stored.hop is not None
    assert (stored.hop.queue, stored.hop.taken) == ("studenti", told.updated_at)


async def test_everything_told_twice_in_any_order_is_there_once(process: Process) -> None:
    request = make_request()
    ticket = await queued(process, request)
    decision, receipt = (
        make_decision(ticket.model_copy(update={"version": 1})),
        make_receipt(ticket),
    )
    await process.hear(receipt)
    before = [
        await process.rows(table, "ticket_id", "version")
        for table in (ArticleRow, HistoryRow, HopRow)
    ]

    await process.hear(receipt, decision, request)
    await process.hear(decision, decision)
    await process.hear(request, request, receipt)

    assert [
        await process.rows(table, "ticket_id", "version")
        for table in (ArticleRow, HistoryRow, HopRow)
    ] == before
    assert [event.NAME for event in await process.told()] == [
        "tickets.ticket.created.v1",
        "tickets.ticket.queued.v1",
        "tickets.ticket.notified.v1",
    ]
    (row,) = await process.rows(TicketRow, "id")
    assert row["version"] == 3


async def test_a_refused_command_leaves_no_trace_and_is_answered_the_same_again(
    process: Process,
) -> None:
    ticket = await queued(process, make_request())
    await process.answer(commands.Take(caller=ANNA, number=ticket.number))
    before, told = await process.rows(TicketRow, "id"), await process.told()
    late, command_id = commands.Take(caller=BRUNO, number=ticket.number), uuid4()

    first = await process.answer(late, command_id=command_id)
    await process.answer(commands.Release(caller=ANNA, number=ticket.number))
    again = await process.answer(late, command_id=command_id)

    assert first.refusal == HeldBySomebodyElse("anna.ferri").to_wire()
    assert again == first
    assert (await process.told())[: len(told)] == told
    assert [row["owner"] for row in before] == ["anna.ferri"]
    assert [(row["owner"], row["version"]) for row in await process.rows(TicketRow, "id")] == [
        (None, 4)
    ]


async def test_a_repeated_command_is_done_once(process: Process) -> None:
    ticket = await queued(process, make_request())
    take, command_id = commands.Take(caller=ANNA, number=ticket.number), uuid4()

    first = await process.answer(take, command_id=command_id)
    again = await process.answer(take, command_id=command_id)
    other = await process.answer(
        commands.Release(caller=ANNA, number=ticket.number), command_id=command_id
    )

    assert first.ticket is not None
    assert again == first
    assert other.refusal == KeyReused().to_wire()
    assert [event.ticket.version for event in await process.told()] == [1, 2, 3]


async def test_a_reply_to_a_closed_ticket_begins_a_linked_one_where_the_desk_says_so(
    process: Process,
) -> None:
    ticket = await queued(process, make_request())
    await process.hear(
        DeskApplied(version=2, desk=make_desk(reopen="new_ticket"), applied_at=datetime.now(UTC))
    )
    await process.answer(commands.Take(caller=ANNA, number=ticket.number))
    await process.answer(
        commands.Close(caller=ANNA, number=ticket.number, outcome="successful", answer="Pagata")
    )

    outcome = await process.answer(
        commands.RequesterReply(caller=GIULIA, number=ticket.number, body="Altra rata")
    )

    assert outcome.ticket is not None
    assert outcome.ticket.number != ticket.number
    old, new = sorted(await process.rows(TicketRow, "id"), key=lambda row: row["created_at"])
    assert (old["state"], old["links"]) == (
        "closed_successful",
        [{"to": outcome.ticket.number, "kind": "related"}],
    )
    assert (new["state"], new["links"], new["number"]) == (
        "new",
        [{"to": ticket.number, "kind": "related"}],
        outcome.ticket.number,
    )


async def test_without_a_ticket_of_that_number_nothing_is_there(process: Process) -> None:
    for number in (
        "2026092810000016",
        "x",
        "",
        "2026092810000016'; drop table tickets",
        "２０２６０９２８１００００１６",
    ):
        outcome = await process.answer(commands.Take(caller=ANNA, number=number))
        assert outcome.refusal == {"kind": "NotThere", "facts": {}}
