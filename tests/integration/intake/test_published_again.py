"""What the broker has lost is noticed by intake: a request that should be a ticket by now is
published again.
"""

from uuid import UUID

import pytest

from services.intake.jobs import publish_unanswered_requests
from services.intake.usecases.requests import note_ticket_numbers, replay_requests
from shared.database.outbox import delete_up_to
from shared.observability.metrics import REGISTRY
from tests.integration.intake.conftest import Running, id_of
from tests.integration.intake.test_intake_api import BODY, PATH


async def send(intake: Running) -> UUID:
    return id_of(await intake.client.post(PATH, json=BODY))


async def lose_what_was_published(intake: Running) -> None:
    async with intake.database.transaction() as uow:
        await delete_up_to(uow.connection, 10_000)


async def published_by(intake: Running) -> list[UUID]:
    """Run the job and return what it published; the broker loses it again."""
    await publish_unanswered_requests(intake.context)
    published = [event.request_id for event in await intake.events()]
    await lose_what_was_published(intake)
    return published


async def note_number(intake: Running, request_id: UUID) -> None:
    async with intake.database.transaction() as uow:
        await note_ticket_numbers(uow, numbers={request_id: "2026092810000016"})


async def test_a_request_without_a_ticket_after_a_minute_is_published_again_as_it_was(
    intake: Running,
) -> None:
    lost, answered = await send(intake), await send(intake)
    said = {event.request_id: event for event in await intake.events()}
    await note_number(intake, answered)
    await lose_what_was_published(intake)

    early = await published_by(intake)
    before = REGISTRY.get_sample_value(
        "sportello_requests_published_again_total", {"service": "intake"}
    )
    intake.clock.advance(seconds=61)
    await publish_unanswered_requests(intake.context)
    again = await intake.events()

    assert early == []
    assert again == [said[lost]]
    assert (
        REGISTRY.get_sample_value("sportello_requests_without_ticket", {"service": "intake"}) == 1.0
    )
    assert before is not None
    assert (
        REGISTRY.get_sample_value("sportello_requests_published_again_total", {"service": "intake"})
        == before + 1.0
    )


async def test_each_waits_as_long_again_as_it_has_waited_and_an_hour_at_most(
    intake: Running,
) -> None:
    await send(intake)
    await lose_what_was_published(intake)
    minutes = []

    for minute in range(1, 241):
        intake.clock.advance(minutes=1)
        if await published_by(intake):
            minutes.append(minute)

    assert minutes == [1, 2, 4, 8, 16, 32, 64, 124, 184]


async def test_a_round_is_bounded(intake: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.intake.jobs._REQUESTS_AT_ONCE", 2)
    sent = [await send(intake) for _ in range(5)]
    await lose_what_was_published(intake)
    intake.clock.advance(minutes=2)

    rounds = [await published_by(intake) for _ in range(4)]

    assert [len(each) for each in rounds] == [2, 2, 1, 0]
    assert sorted(request_id for each in rounds for request_id in each) == sorted(sent)


async def test_nothing_is_added_while_what_was_said_has_not_left(intake: Running) -> None:
    await send(intake)
    intake.clock.advance(minutes=5)

    await publish_unanswered_requests(intake.context)

    assert len(await intake.events()) == 1


async def test_a_replay_publishes_every_request_also_those_that_have_a_number(
    intake: Running,
) -> None:
    sent = sorted([await send(intake) for _ in range(3)])
    await note_number(intake, sent[0])
    await lose_what_was_published(intake)

    told: list[UUID] = []
    while True:
        async with intake.database.transaction() as uow:
            page = await replay_requests(
                uow, after=told[-1] if told else None, limit=2, target="tickets"
            )
        if not page:
            break
        told += page

    assert told == sent
    assert [event.request_id for event in await intake.events()] == sent
