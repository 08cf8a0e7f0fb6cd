"""Commands that say which version their caller has read, on both databases."""

import asyncio
from typing import Any

import pytest

from services.tickets.models import ArticleRow
from shared.contracts.commands import tickets as commands
from shared.contracts.commands.base import Outcome
from shared.contracts.commands.tickets import TicketCommand
from shared.contracts.events.ticket_state import TicketState
from tests.factories.tickets import make_request
from tests.factories.tickets_desk import GIULIA, make_operator
from tests.integration.tickets.conftest import Process
from tests.integration.tickets.test_families_on_databases import CARLA, done, open_child
from tests.integration.tickets.test_journey import ANNA, BRUNO, make_receipt, queued

LUISA = make_operator("luisa.villa")


async def held(process: Process) -> TicketState:
    """Return a ticket that Anna owns."""
    ticket = await queued(process, make_request())
    return await done(process, commands.Take(caller=ANNA, number=ticket.number))


def reply(ticket: TicketState, **changes: Any) -> TicketCommand:
    facts: dict[str, Any] = {
        "caller": ANNA,
        "number": ticket.number,
        "body": "Ecco.",
        "expected_version": ticket.version,
    }
    return commands.Reply(**(facts | changes))


def refusal(outcome: Outcome) -> dict[str, Any]:
    assert outcome.refusal is not None
    return outcome.refusal


async def test_what_somebody_else_added_since_refuses_the_command_and_nothing_is_written(
    process: Process,
) -> None:
    ticket = await held(process)
    noted = await done(
        process, commands.AddNote(caller=BRUNO, number=ticket.number, body="Non rispondere.")
    )
    before = await process.rows(ArticleRow, "created_at")

    refused = refusal(await process.answer(reply(ticket)))

    assert (refused["kind"], refused["facts"]["version"]) == ("ChangedSince", noted.version)
    (news,) = refused["facts"]["news"]
    assert (news["version"], news["event"], news["actor"]["identity"]) == (
        noted.version,
        "tickets.ticket.noted.v1",
        "bruno.galli",
    )
    assert "Non rispondere" not in str(refused)
    assert await process.rows(ArticleRow, "created_at") == before
    again = await done(process, reply(noted))
    assert again.version == noted.version + 1


async def test_own_changes_and_notices_that_went_out_are_no_news(process: Process) -> None:
    ticket = await held(process)
    await done(process, commands.AddNote(caller=ANNA, number=ticket.number, body="Guardo io."))
    await done(process, commands.Watch(caller=BRUNO, number=ticket.number))
    await process.hear(make_receipt(ticket))

    assert (await done(process, reply(ticket))).version == ticket.version + 4


@pytest.mark.parametrize(
    ("expected", "kind"), [({"is_precondition": True}, "PreconditionFailed"), ({}, "ChangedSince")]
)
async def test_a_precondition_that_fails_is_told_as_such(
    process: Process, expected: dict[str, Any], kind: str
) -> None:
    ticket = await held(process)
    await done(process, commands.SetPriority(caller=LUISA, number=ticket.number, priority=5))

    assert refusal(await process.answer(reply(ticket, **expected)))["kind"] == kind


async def test_a_version_that_does_not_exist_yet_was_read_by_nobody(process: Process) -> None:
    ticket = await held(process)

    ahead = refusal(await process.answer(reply(ticket, expected_version=ticket.version + 1)))
    matched = refusal(
        await process.answer(
            reply(ticket, expected_version=ticket.version + 1, is_precondition=True)
        )
    )

    assert (ahead["kind"], ahead["facts"]["problem"]) == ("ImpossibleValue", "no_such_version")
    assert matched["kind"] == "PreconditionFailed"


async def test_who_may_not_do_it_and_what_the_state_forbids_hears_that_and_no_news(
    process: Process,
) -> None:
    ticket = await held(process)
    await done(process, commands.AddNote(caller=BRUNO, number=ticket.number, body="Visto."))

    unseen = refusal(await process.answer(reply(ticket, caller=CARLA)))
    held_by_anna = refusal(await process.answer(reply(ticket, caller=BRUNO)))

    assert (unseen["kind"], held_by_anna["kind"]) == ("NotThere", "HeldBySomebodyElse")


async def test_the_owner_of_the_parent_hears_of_what_passes_up_and_not_of_notes(
    process: Process,
) -> None:
    parent = await held(process)
    child = await done(process, open_child(parent))
    taken = await done(process, commands.Take(caller=CARLA, number=child.number))
    await done(process, commands.AddNote(caller=CARLA, number=child.number, body="Solo per noi."))

    written = await done(process, reply(taken))
    await done(process, commands.Ask(caller=CARLA, number=child.number, body="Quale anno?"))
    refused = refusal(await process.answer(reply(written)))

    assert [each["event"] for each in refused["facts"]["news"]] == [
        "tickets.ticket.question-asked.v1"
    ]


async def test_a_requester_hears_that_something_came_and_not_from_whom(process: Process) -> None:
    ticket = await queued(process, make_request())
    await done(process, commands.Take(caller=ANNA, number=ticket.number))
    share = commands.Share(
        caller=GIULIA,
        number=ticket.number,
        name="Ida",
        email="ida@example.org",
        expected_version=ticket.version,
    )

    assert not refusal(await process.answer(share))["facts"]["news"]


async def test_a_child_is_not_opened_on_news_and_of_many_writers_one_is_first(
    processes: list[Process],
) -> None:
    ticket = await held(processes[0])
    expected: list[TicketCommand] = [
        open_child(ticket).model_copy(update={"expected_version": ticket.version})
    ]
    expected += [
        commands.AddNote(
            caller=who, number=ticket.number, body="Prima io.", expected_version=ticket.version
        )
        for who in (BRUNO, LUISA)
    ]

    outcomes = await asyncio.gather(
        *(processes[n % len(processes)].answer(each) for n, each in enumerate(expected))
    )

    assert sum(each.refusal is None for each in outcomes) == 1
    assert {refusal(each)["kind"] for each in outcomes if each.refusal} == {"ChangedSince"}
