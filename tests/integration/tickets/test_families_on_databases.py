"""Children, recipes, merges, clocks and giving out, on both databases and through several
processes.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from services.tickets.models import HistoryRow, PresenceRow, TicketRow
from services.tickets.repository.tickets import SqlTickets
from services.tickets.usecases import questions
from shared.contracts.commands import merging
from shared.contracts.commands import tickets as commands
from shared.contracts.commands.base import Outcome
from shared.contracts.desk import Desk, Recipe, RecipeStep
from shared.contracts.events.base import EVENT_CLASSES
from shared.contracts.events.families import ChildTold, RunDue, TicketChildReported
from shared.contracts.events.portal import OperatorsPresent
from shared.contracts.events.routing import DeskApplied
from shared.contracts.events.ticket_state import TicketState
from shared.contracts.events.tickets import TicketAssigned
from shared.contracts.people import Requester
from shared.database.outbox import read_after
from tests.factories.tickets import make_request
from tests.factories.tickets_desk import GIULIA, make_desk, make_operator, make_text
from tests.integration.tickets.conftest import Process
from tests.integration.tickets.test_journey import make_decision, queued

ANNA, CARLA, LUISA = (
    make_operator("anna.ferri"),
    make_operator("carla.monti"),
    make_operator("luisa.villa"),
)
CAREERS = "studenti/carriere"


async def done(process: Process, command: commands.TicketCommand) -> TicketState:
    outcome = await process.answer(command)
    assert outcome.refusal is None, outcome.refusal
    assert outcome.ticket is not None
    return outcome.ticket


async def settle(processes: Sequence[Process], *, times: int = 1) -> None:
    """Let tickets hear what it told itself, each message `times` times and by all of `processes` at
    once, until there is no more.
    """
    heard = 0
    while True:
        async with processes[0].database.reading() as connection:
            rows = await read_after(connection, 0, limit=10_000)
        own = [row for row in rows if row.type in (ChildTold.NAME, RunDue.NAME)]
        if heard == len(own):
            return
        events = [EVENT_CLASSES[row.type].model_validate_json(row.event) for row in own[heard:]]
        heard = len(own)
        await asyncio.gather(
            *(process.hear(*events) for process in processes for _ in range(times))
        )


async def ticket_now(process: Process, ticket: TicketState) -> TicketState:
    async with process.database.transaction() as uow:
        return (await SqlTickets(uow).load([ticket.id]))[ticket.id].to_state()


def open_child(
    parent: TicketState, *, caller: Requester = ANNA, queue: str = CAREERS
) -> commands.OpenChild:
    return commands.OpenChild(
        caller=caller,
        number=parent.number,
        queue=queue,
        subject="Verifica",
        body="Verificate.",
        fields={"matricola": "123456"},
    )


async def test_a_child_is_bounced_completed_and_closed_and_its_parent_goes_on(
    process: Process,
) -> None:
    parent = await queued(process, make_request())
    await done(process, commands.Take(caller=ANNA, number=parent.number))

    child = await done(process, open_child(parent))
    await done(process, commands.Take(caller=CARLA, number=child.number))
    await done(process, commands.Bounce(caller=CARLA, number=child.number, reason="Manca l'anno"))
    await settle([process], times=2)
    resent = await done(
        process,
        commands.Resend(
            caller=ANNA, number=child.number, fields={"anno": "2026/2027"}, body="Ecco"
        ),
    )
    await done(process, commands.Take(caller=CARLA, number=child.number))
    refused = await process.answer(
        commands.Close(caller=ANNA, number=parent.number, outcome="successful", answer="Presto")
    )
    await done(
        process,
        commands.Close(caller=CARLA, number=child.number, outcome="successful", answer="In regola"),
    )
    await settle([process], times=2)
    closed = await done(
        process,
        commands.Close(caller=ANNA, number=parent.number, outcome="successful", answer="In regola"),
    )

    assert (resent.state, resent.queue, resent.fields) == (
        "new",
        CAREERS,
        {"matricola": "123456", "anno": "2026/2027"},
    )
    assert refused.refusal == {
        "kind": "ChildrenOpen",
        "facts": {"state": "waiting_children", "trigger": "close"},
    }
    reports = [event for event in await process.told() if isinstance(event, TicketChildReported)]
    assert [(report.news, report.articles[0].body) for report in reports] == [
        ("returned", "Manca l'anno"),
        ("outcome", "In regola"),
    ]
    assert (closed.state, closed.children) == ("closed_successful", (child.number,))


async def test_two_last_children_that_end_at_once_leave_their_parent_open(
    processes: list[Process],
) -> None:
    first, last = processes[0], processes[-1]
    parent = await queued(first, make_request())
    await done(first, commands.Take(caller=LUISA, number=parent.number))
    children = [await done(first, open_child(parent, caller=LUISA)) for _ in range(4)]
    for child in children:
        await done(first, commands.Take(caller=CARLA, number=child.number))

    ends = [
        commands.Close(caller=CARLA, number=child.number, outcome="successful", answer="Fatto")
        for child in children
    ]
    await asyncio.gather(
        *(done(process, end) for end, process in zip(ends, [first, last] * 2, strict=True))
    )
    await settle(processes)

    after = await ticket_now(first, parent)
    assert (after.state, after.version) == ("open", 3 + 4 + 4)


async def test_closing_a_parent_while_its_child_reopens_never_leaves_an_open_child_below_it(
    processes: list[Process],
) -> None:
    first, last = processes[0], processes[-1]
    for _ in range(5):
        parent = await queued(first, make_request())
        await done(first, commands.Take(caller=LUISA, number=parent.number))
        child = await done(first, open_child(parent, caller=LUISA))
        await done(first, commands.Take(caller=CARLA, number=child.number))
        await done(
            first,
            commands.Close(caller=CARLA, number=child.number, outcome="successful", answer="Fatto"),
        )
        await settle([first])

        outcomes: tuple[Outcome, Outcome] = await asyncio.gather(
            first.answer(
                commands.Close(
                    caller=LUISA, number=parent.number, outcome="successful", answer="Fatto"
                )
            ),
            last.answer(commands.Reopen(caller=CARLA, number=child.number, reason="Non è così")),
        )
        await settle(processes)

        assert sum(outcome.refusal is None for outcome in outcomes) == 1
        states = ((await ticket_now(first, parent)).state, (await ticket_now(first, child)).state)
        assert states in {("closed_successful", "closed_successful"), ("waiting_children", "open")}


def recipe_desk() -> Desk:
    desk = make_desk()
    text = make_text("Verificate.")
    steps = (
        RecipeStep(name="carriera", title=text, queue=CAREERS, text=text, fields=("matricola",)),
        RecipeStep(name="rete", title=text, queue="ict", text=text, after=("carriera",)),
        RecipeStep(name="ancora", title=text, queue=CAREERS, text=text, after=("carriera",)),
    )
    form = desk.forms["tasse"].model_copy(update={"recipe": Recipe(title=text, steps=steps)})
    return desk.model_copy(update={"forms": {"tasse": form}})


async def test_a_recipe_runs_to_its_end_though_every_message_is_handled_several_times_at_once(
    processes: list[Process],
) -> None:
    first = processes[0]
    await first.hear(DeskApplied(version=2, desk=recipe_desk(), applied_at=datetime.now(UTC)))
    ticket = await queued(first, make_request())
    await done(first, commands.Take(caller=LUISA, number=ticket.number))
    await settle(processes, times=2)

    for _ in range(2):
        now = await ticket_now(first, ticket)
        assert now.run is not None
        waiting = [step.child for step in now.run.steps if step.state == "open"]
        for number in waiting:
            await done(first, commands.Take(caller=LUISA, number=str(number)))
            await done(
                first,
                commands.Close(
                    caller=LUISA, number=str(number), outcome="successful", answer="Fatto"
                ),
            )
        await settle(processes, times=2)

    after = await ticket_now(first, ticket)
    assert after.run is not None
    assert (after.state, after.run.state, len(after.children)) == ("open", "done", 3)
    assert len(await first.rows(TicketRow)) == 4


async def test_a_merge_and_its_undoing_are_whole_and_every_history_replays(
    process: Process,
) -> None:
    first, second = await queued(process, make_request()), await queued(process, make_request())
    await done(process, commands.Take(caller=ANNA, number=first.number))
    await done(process, commands.Watch(caller=make_operator("ivo.santi"), number=first.number))

    merged = await done(
        process, merging.Merge(caller=ANNA, number=first.number, into=second.number)
    )
    into = await ticket_now(process, second)
    await done(process, commands.Watch(caller=make_operator("ivo.santi"), number=second.number))
    await done(process, commands.Watch(caller=LUISA, number=second.number))
    reply = await process.answer(
        commands.RequesterReply(caller=GIULIA, number=first.number, body="Ancora niente")
    )
    back = await done(
        process, merging.Undo(caller=ANNA, number=first.number, version=merged.version)
    )
    after = await ticket_now(process, second)

    assert (merged.state, merged.merged_into, into.watchers) == (
        "merged",
        second.number,
        ("ivo.santi",),
    )
    assert reply.refusal is None
    assert (back.state, back.owner, back.watchers, back.merged_into) == (
        "open",
        "anna.ferri",
        ("ivo.santi",),
        None,
    )
    assert set(after.watchers) == {"ivo.santi", "luisa.villa"}
    history = await process.rows(HistoryRow, "ticket_id", "version")
    for ticket in (back, after):
        versions = [row["version"] for row in history if row["ticket_id"] == ticket.id]
        assert versions == list(range(1, ticket.version + 1))


async def test_a_move_is_undone_by_who_made_it(process: Process) -> None:
    ticket = await queued(process, make_request())
    await done(process, commands.Take(caller=ANNA, number=ticket.number))
    moved = await done(process, commands.Move(caller=ANNA, number=ticket.number, queue=CAREERS))

    back = await done(
        process, merging.Undo(caller=ANNA, number=ticket.number, version=moved.version)
    )

    assert (moved.queue, moved.owner) == (CAREERS, None)
    assert (back.queue, back.owner, back.state) == ("studenti", "anna.ferri", "open")


async def test_links_stand_at_both(process: Process) -> None:
    first, second = await queued(process, make_request()), await queued(process, make_request())

    linked = await done(
        process,
        merging.SetLink(caller=ANNA, number=first.number, to=second.number, kind="duplicate"),
    )

    assert [link.to for link in linked.links] == [second.number]
    assert [link.to for link in (await ticket_now(process, second)).links] == [first.number]


async def test_each_unanswered_question_is_reminded_of_and_ended_once_by_any_number_of_processes(
    processes: list[Process],
) -> None:
    first = processes[0]
    tickets = [await queued(first, make_request()) for _ in range(6)]
    for ticket in tickets:
        await done(first, commands.Take(caller=ANNA, number=ticket.number))
        await done(first, commands.Ask(caller=ANNA, number=ticket.number, body="Quale?"))
    later = datetime.now(UTC) + timedelta(days=8)

    async def remind(process: Process) -> int:
        async with process.database.transaction() as uow:
            return await questions.remind_of_questions(
                SqlTickets(uow), make_desk(), now=later, limit=4
            )

    reminded = [sum(await asyncio.gather(*map(remind, processes))) for _ in range(3)]

    assert sum(reminded) == 6
    versions = [(await ticket_now(first, ticket)).version for ticket in tickets]
    assert versions == [5] * 6


async def test_tickets_that_land_at_once_go_to_different_people(processes: list[Process]) -> None:
    first = processes[0]
    desk = make_desk()
    queue = desk.queues["studenti"].model_copy(update={"assign": "least_loaded"})
    desk = desk.model_copy(update={"queues": {**desk.queues, "studenti": queue}})
    await first.hear(DeskApplied(version=2, desk=desk, applied_at=datetime.now(UTC)))
    there = ("anna.ferri", "bruno.galli", "luisa.villa", "carla.monti")
    await first.hear(OperatorsPresent(operators=there, at=datetime.now(UTC)))
    await first.hear(
        OperatorsPresent(operators=there[:1], at=datetime.now(UTC) - timedelta(hours=1))
    )
    requests = [make_request(request_id=uuid4()) for _ in range(6)]
    await first.hear(*requests)
    created = [event.ticket for event in await first.told()]

    landings = [
        (make_decision(ticket), processes[n % len(processes)]) for n, ticket in enumerate(created)
    ]
    await asyncio.gather(*(process.hear(decision) for decision, process in landings))

    given = sorted(
        event.ticket.owner or ""
        for event in await first.told()
        if isinstance(event, TicketAssigned)
    )
    assert given == [
        "anna.ferri",
        "anna.ferri",
        "bruno.galli",
        "bruno.galli",
        "luisa.villa",
        "luisa.villa",
    ]
    assert len(await first.rows(PresenceRow, "operator")) == 4
