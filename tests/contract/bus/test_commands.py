"""Commands: done once, answered the same however often they are asked, never done after nobody
waits.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from shared.core.cause import Cause
from shared.core.errors import BusUnreachable, NoAnswer
from shared.core.ids import new_id
from shared.messaging.commands import CommandAnswer, CommandRequest, CommandServer
from shared.observability.metrics import Meter
from tests.fixtures.bus_node import wait_for_answers
from tests.fixtures.bus_services import COMMANDS, COUNTERS, Shop
from tests.fixtures.bus_town import Town, eventually
from tests.fixtures.bus_words import CALLER, Count, Counted


async def everybody_up(town: Town) -> None:
    await town.up("maker", "keeper", "watcher")
    await town.can_ask()


def count_of(counter: UUID, *, trouble: str = "", refuse_at: int | None = None) -> Count:
    return Count(caller=CALLER, counter=counter, trouble=trouble, refuse_at=refuse_at)


def version_in(answer: CommandAnswer) -> int:
    assert answer.outcome.ticket is not None
    return answer.outcome.ticket.version


async def versions(town: Town) -> dict[UUID, int]:
    return {row.id: row.version for row in await town.rows("maker", COUNTERS)}


async def test_a_command_is_done_and_its_first_answer_carries_the_events_it_wrote(
    town: Town,
) -> None:
    await everybody_up(town)
    counter, command_id = uuid4(), new_id()

    answer = await town.ask(count_of(counter), command_id=command_id)

    assert version_in(answer) == 1
    (event,) = answer.events
    assert Counted.model_validate_json(event.event) == Counted(counter=counter, version=1)
    assert (event.type, event.producer, event.cause.causation_id) == (
        Counted.NAME,
        "maker",
        command_id,
    )
    town.committed[event.id] = Counted(counter=counter, version=1)
    await town.all_had_their_effect_once()


async def test_a_repeated_command_gets_the_same_answer_and_has_its_effect_once(town: Town) -> None:
    await everybody_up(town)
    counter, command_id = uuid4(), new_id()

    first = await town.ask(count_of(counter), command_id=command_id)
    await town.ask(count_of(counter))
    again = await town.ask(count_of(counter), command_id=command_id)

    assert again.outcome == first.outcome
    assert version_in(again) == 1
    assert again.events == ()
    assert await versions(town) == {counter: 2}


async def test_a_command_asked_many_times_at_once_has_its_effect_once(town: Town) -> None:
    await everybody_up(town)
    counter, command_id = uuid4(), new_id()

    answers = await asyncio.gather(
        *(town.ask(count_of(counter), command_id=command_id) for _ in range(20))
    )

    assert [version_in(answer) for answer in answers] == [1] * 20
    assert await versions(town) == {counter: 1}
    assert sum(len(answer.events) for answer in answers) == 1


async def test_many_commands_on_one_thing_at_once_are_each_done_once(town: Town) -> None:
    await everybody_up(town)
    counter = uuid4()

    answers = await asyncio.gather(*(town.ask(count_of(counter)) for _ in range(50)))

    assert sorted(version_in(answer) for answer in answers) == list(range(1, 51))
    assert await versions(town) == {counter: 50}


async def test_an_id_used_for_another_command_is_refused_and_nothing_is_done(town: Town) -> None:
    await everybody_up(town)
    counter, other, command_id = uuid4(), uuid4(), new_id()
    await town.ask(count_of(counter), command_id=command_id)

    answer = await town.ask(count_of(other), command_id=command_id)

    assert answer.outcome.refusal == {"kind": "KeyReused", "facts": {}}
    assert answer.outcome.ticket is None
    assert await versions(town) == {counter: 1}


async def test_a_refusal_is_repeated_the_same_although_it_would_be_allowed_by_now(
    town: Town,
) -> None:
    await everybody_up(town)
    counter, command_id = uuid4(), new_id()
    refusal = {"kind": "StateForbids", "facts": {"state": "closed", "trigger": "count"}}

    first = await town.ask(count_of(counter, trouble="refuse"), command_id=command_id)
    town.heal()
    again = await town.ask(count_of(counter, trouble="refuse"), command_id=command_id)
    anew = await town.ask(count_of(counter, trouble="refuse"))

    assert (first.outcome.refusal, again.outcome.refusal, anew.outcome.refusal) == (
        refusal,
        refusal,
        None,
    )
    assert await versions(town) == {counter: 1}


async def test_of_many_who_want_the_last_place_one_gets_it_and_the_others_are_refused(
    town: Town,
) -> None:
    await everybody_up(town)
    counter = uuid4()
    await town.ask(count_of(counter))

    answers = await asyncio.gather(*(town.ask(count_of(counter, refuse_at=2)) for _ in range(50)))

    done = [answer for answer in answers if answer.outcome.refusal is None]
    refused = [answer.outcome.refusal for answer in answers if answer.outcome.refusal is not None]
    assert [version_in(answer) for answer in done] == [2]
    assert refused == [{"kind": "StateForbids", "facts": {"state": "2", "trigger": "count"}}] * 49
    assert await versions(town) == {counter: 2}


async def test_no_answer_within_the_deadline_means_unknown_and_asking_again_finds_the_answer(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_for_answers(0.5, monkeypatch.setattr)
    await everybody_up(town)
    counter, command_id = uuid4(), new_id()

    with pytest.raises(NoAnswer):
        await town.ask(count_of(counter, trouble="hang"), command_id=command_id)
    assert await versions(town) == {}
    town.heal()
    wait_for_answers(10, monkeypatch.setattr)
    answer = await town.ask(count_of(counter, trouble="hang"), command_id=command_id)

    assert version_in(answer) == 1
    assert await versions(town) == {counter: 1}


async def test_a_command_is_done_to_its_end_although_the_asker_goes_away(town: Town) -> None:
    await everybody_up(town)
    counter = uuid4()
    asking = asyncio.create_task(town.ask(count_of(counter, trouble="hang")))
    await town.met(counter)

    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    town.heal()

    async def is_done() -> bool:
        return await versions(town) == {counter: 1}

    await eventually(is_done, what="the command has had its effect")


async def test_a_command_that_comes_after_its_deadline_is_refused_and_never_done(
    town: Town,
) -> None:
    command, shop = count_of(uuid4()), Shop("maker", town.place.folder)
    server = CommandServer(
        database=town.databases["maker"], commands=COMMANDS, context=shop, meter=Meter("maker")
    )
    late = town.clock.now() - timedelta(milliseconds=1)
    request = CommandRequest(
        new_id(), command.NAME, command.model_dump_json().encode(), late, Cause.fresh()
    )

    with pytest.raises(NoAnswer):
        await server.answer(request)

    assert shop.attempts == {}
    assert await versions(town) == {}


async def test_a_command_that_nobody_took_within_its_deadline_is_never_done(
    rabbit_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Embedded, a command cannot wait: who answers lives in the same process."""
    town = rabbit_town
    wait_for_answers(0.3, monkeypatch.setattr)
    await town.up("keeper", "watcher")
    await town.can_ask()
    late, in_time = uuid4(), uuid4()

    with pytest.raises(NoAnswer):
        await town.ask(count_of(late))
    await town.up("maker")
    wait_for_answers(10, monkeypatch.setattr)
    await town.ask(count_of(in_time))

    assert await versions(town) == {in_time: 1}


async def test_without_a_broker_the_asker_hears_it_at_once(rabbit_town: Town) -> None:
    town = rabbit_town
    node = (await town.up("watcher"))[0]
    await town.can_ask()
    await node.stop_bus()

    with pytest.raises(BusUnreachable):
        await town.ask(count_of(uuid4()))


async def test_commands_that_fail_by_a_mistake_of_ours_get_no_answer_and_hold_up_nobody(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More of them than a process works on at the same time."""
    wait_for_answers(1, monkeypatch.setattr)
    await everybody_up(town)
    counter = uuid4()

    failed = await asyncio.gather(
        *(town.ask(count_of(uuid4(), trouble="raise")) for _ in range(20)), return_exceptions=True
    )
    wait_for_answers(10, monkeypatch.setattr)
    answer = await town.ask(count_of(counter))

    assert [type(error) for error in failed] == [NoAnswer] * 20
    assert version_in(answer) == 1
    assert await versions(town) == {counter: 1}


async def test_who_applies_the_events_of_an_answer_at_once_finds_the_queues_copy_a_duplicate(
    town: Town,
) -> None:
    await everybody_up(town)
    answer = await town.ask(count_of(uuid4()))
    (event,) = answer.events
    town.committed[event.id] = Counted.model_validate_json(event.event)
    keeper = next(node.consumers["keeper"] for node in town.nodes if "keeper" in node.services)

    async def applied() -> bool:
        await keeper.apply(answer.events)
        return (await town.effects())[event.id] > 0

    await eventually(applied, what="the answer's event has its effect")
    await town.all_had_their_effect_once()


async def test_two_servers_share_the_commands_and_answer_each_once(rabbit_town: Town) -> None:
    town = rabbit_town
    await town.up("maker", processes=2)
    await town.up("keeper", "watcher")
    await town.can_ask()
    counters = [uuid4() for _ in range(10)]

    await asyncio.gather(*(town.ask(count_of(counter)) for counter in counters * 10))

    assert await versions(town) == dict.fromkeys(counters, 10)
