"""What tickets keeps is enough to make again the events that it published, but for what nobody is
notified by.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from services.tickets.domain.republishing import Untold
from services.tickets.models import HistoryRow
from services.tickets.repository.tickets import SqlTickets
from services.tickets.usecases.questions import remind_of_questions
from services.tickets.usecases.republishing import retell_page, tell_owed
from shared.contracts.commands import mails, merging
from shared.contracts.commands import tickets as commands
from shared.contracts.commands.guests import GuestConfirm, GuestReply
from shared.contracts.events.notify import DeliveryFailed
from shared.contracts.events.replay import ChangeRetold
from shared.contracts.events.tickets import TicketEvent
from shared.contracts.people import Requester
from shared.database.outbox import read_after
from tests.factories.tickets import make_request
from tests.factories.tickets_desk import GIULIA, make_desk, make_operator
from tests.integration.tickets.conftest import Process
from tests.integration.tickets.test_families_on_databases import (
    ANNA,
    CARLA,
    done,
    open_child,
    settle,
)
from tests.integration.tickets.test_journey import make_decision, make_receipt, queued

BRUNO = make_operator("bruno.galli")
GUEST = Requester(name="Ida Boni", email="ida.boni@example.org")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
NOT_KEPT = {"hop_id", "routing", "run", "actions", "undoable"}


def as_kept(event: TicketEvent) -> dict[str, Any]:
    """Return an event without what the history does not have."""
    return event.model_dump(exclude={"ticket": NOT_KEPT})


async def retold(
    process: Process, *, since: datetime = LONG_AGO, limit: int = 2
) -> tuple[list[TicketEvent], list[Untold]]:
    events: list[TicketEvent] = []
    untold: list[Untold] = []
    after = None
    while True:
        page = await retell_page(process.database, since=since, after=after, limit=limit)
        if page.last is None:
            return events, untold
        events, untold, after = [*events, *page.events], [*untold, *page.untold], page.last


async def work_through(process: Process) -> None:
    """Do with tickets almost everything that can be done."""
    one, other, third, guests = [
        await queued(process, make_request(requester=who))
        for who in (GIULIA, GIULIA, GIULIA, GUEST)
    ]
    steps: Sequence[commands.TicketCommand] = [
        commands.Take(caller=ANNA, number=one.number),
        commands.Ask(caller=ANNA, number=one.number, body="Quale anno?"),
        commands.RequesterReply(caller=GIULIA, number=one.number, body="2026/2027"),
        commands.Assign(caller=ANNA, number=one.number, operator="bruno.galli", reason="turno"),
        commands.SetResponsible(caller=BRUNO, number=one.number, operator="ivo.santi"),
        commands.Forward(caller=BRUNO, number=one.number, to="banca@example.org", body="Leggete."),
        commands.Watch(caller=ANNA, number=one.number),
        commands.Share(
            caller=ANNA, number=one.number, name="Ida Boni", email="ida.boni@example.org"
        ),
        commands.Close(caller=BRUNO, number=one.number, outcome="successful", answer="Pagata"),
        commands.Reopen(caller=ANNA, number=one.number, reason="non risulta"),
        commands.Postpone(
            caller=BRUNO, number=one.number, until=datetime.now(UTC) + timedelta(days=3)
        ),
        commands.Resume(caller=BRUNO, number=one.number),
        commands.Move(caller=BRUNO, number=one.number, queue="studenti/carriere", reason="è loro"),
        commands.Assign(caller=ANNA, number=other.number, operator="anna.ferri", reason=None),
        merging.SetLink(caller=ANNA, number=other.number, to=third.number, kind="related"),
        merging.Merge(caller=ANNA, number=third.number, into=other.number),
        GuestConfirm(caller=GUEST, number=guests.number, ticket_id=guests.id),
        GuestReply(caller=GUEST, number=guests.number, ticket_id=guests.id, body="Ancora io"),
        commands.Take(caller=ANNA, number=guests.number),
        commands.Escalate(caller=ANNA, number=guests.number, reason="serve il secondo livello"),
    ]
    for step in steps:
        await process.answer(step)
    escalated = next(e.ticket for e in reversed(await process.told()) if e.ticket.id == guests.id)
    if escalated.queue is None:
        await process.hear(make_decision(escalated, queue="studenti/carriere"))
    parent = await done(process, commands.AddNote(caller=ANNA, number=other.number, body="Nota"))
    child = await done(process, open_child(parent))
    await done(process, commands.Bounce(caller=CARLA, number=child.number, reason="Manca l'anno"))
    await settle([process])
    resend = commands.Resend(
        caller=ANNA,
        number=child.number,
        fields={"matricola": "123456", "anno": "2026"},
        body="Ecco",
    )
    await done(process, resend)
    await process.hear(make_receipt(one))
    failed = make_receipt(one).model_dump() | {
        "state": "failed",
        "delivery_id": uuid4(),
        "reason": "550 no such user",
    }
    await process.hear(DeliveryFailed.model_validate(failed))
    await process.answer(
        mails.ResendMail(
            caller=CARLA, number=one.number, delivery=failed["delivery_id"], to="giulia@example.org"
        )
    )


async def test_the_events_of_all_changes_are_made_again_as_they_were_published(
    process: Process,
) -> None:
    await work_through(process)
    told = sorted(await process.told(), key=lambda each: (each.ticket.id, each.ticket.version))

    events, untold = await retold(process)

    assert untold == []
    assert len({event.NAME for event in events}) >= 25
    again = sorted(events, key=lambda each: (each.ticket.id, each.ticket.version))
    assert [type(event) for event in again] == [type(event) for event in told]
    for made, published in zip(again, told, strict=True):
        assert as_kept(made) == as_kept(published), published.NAME


async def test_only_changes_since_then_are_made_again(process: Process) -> None:
    ticket = await queued(process, make_request())
    await done(process, commands.Take(caller=ANNA, number=ticket.number))
    moments = [row["at"] for row in await process.rows(HistoryRow, "version")]

    events, _ = await retold(process, since=moments[2])
    later, _ = await retold(process, since=moments[2] + timedelta(microseconds=1))

    assert [event.NAME for event in events] == ["tickets.ticket.taken.v1"]
    assert later == []


async def test_a_reminder_is_made_again_only_while_its_answer_is_waited_for(
    process: Process,
) -> None:
    ticket = await queued(process, make_request())
    await done(process, commands.Take(caller=ANNA, number=ticket.number))
    await done(process, commands.Ask(caller=ANNA, number=ticket.number, body="Quale anno?"))
    async with process.database.transaction() as uow:
        await remind_of_questions(
            SqlTickets(uow), make_desk(), now=datetime.now(UTC) + timedelta(days=90), limit=10
        )

    waiting, _ = await retold(process)
    await done(
        process, commands.RequesterReply(caller=GIULIA, number=ticket.number, body="2026/2027")
    )
    answered, _ = await retold(process)

    assert [event.ticket.version for event in waiting] == [1, 2, 3, 4, 5]
    assert waiting[-1].NAME == "tickets.ticket.reminded.v1"
    assert [event.ticket.version for event in answered] == [1, 2, 3, 4, 6]


async def test_what_the_history_does_not_say_is_named(process: Process) -> None:
    ticket = await queued(process, make_request())
    await done(
        process,
        commands.Forward(
            caller=ANNA, number=ticket.number, to="banca@example.org", body="Leggete."
        ),
    )
    async with process.database.transaction() as uow:
        table: Any = HistoryRow.__table__
        await uow.connection.execute(table.update().where(table.c.version == 3).values(changes={}))

    events, untold = await retold(process)

    assert [event.ticket.version for event in events] == [1, 2]
    assert untold == [
        Untold(
            ticket.id,
            ticket.number,
            3,
            "tickets.ticket.forwarded.v1",
            "to which address it was forwarded",
        )
    ]


async def test_an_owed_change_goes_to_one_service_as_it_was(process: Process) -> None:
    ticket = await queued(process, make_request())
    (created, _), _ = await retold(process)
    async with process.database.reading() as connection:
        before = (await read_after(connection, 0, limit=10_000))[-1].seq

    async with process.database.transaction() as uow:
        tell_owed(uow, created, operators=["anna.ferri"], target="notify")

    async with process.database.reading() as connection:
        (row,) = await read_after(connection, before, limit=10_000)
    told = ChangeRetold.model_validate_json(row.event)
    assert (row.target, told.ticket_id, told.event, told.operators) == (
        "notify",
        ticket.id,
        created.NAME,
        ("anna.ferri",),
    )
    assert type(created).model_validate(told.told) == created
