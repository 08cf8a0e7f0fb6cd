"""What notify says again of mails, notices and preferences is what it said last; a replay of
tickets only tells it where they are.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from services.notify.consumers import on_tickets_replayed
from services.notify.models import PlaceRow
from services.notify.usecases.replay import replay_mails, replay_notices, replay_preferences
from shared.contracts.commands.notify import SetPreferences
from shared.contracts.events.base import EVENT_CLASSES, Event
from shared.contracts.events.notify import (
    DeliveryEvent,
    NoticeFacts,
    NoticesMailed,
    NoticesRaised,
    PreferencesChanged,
)
from shared.contracts.events.replay import TicketReplayed
from shared.contracts.events.tickets import TicketAnswered, TicketQueued
from shared.contracts.people import Requester
from shared.contracts.values import Part
from shared.core.cause import Cause
from shared.core.ids import new_id
from shared.database.envelope import Envelope
from shared.database.outbox import read_after
from shared.database.unit_of_work import UnitOfWork
from tests.factories.mails import NOON, created, make_article, make_ticket
from tests.factories.notices import about, make_notices_desk, noted
from tests.fakes.mail_sender import FakeMailSender
from tests.integration.notify.conftest import MakeNotify, Notify
from tests.integration.notify.said import notices_in

Page = Callable[[UnitOfWork, UUID | None], Awaitable[Sequence[UUID]]]


def person(identity: str) -> Requester:
    return Requester(
        identity=identity,
        name=identity.capitalize(),
        email=f"{identity}@example.edu",
        affiliation="staff",
    )


@pytest.fixture
async def notify(make_notify: MakeNotify) -> Notify:
    notify = make_notify(FakeMailSender())
    await notify.apply_desk(make_notices_desk())
    return notify


async def replayed(notify: Notify, *pages: Page) -> list[Event]:
    """What `pages` say to the end of their ledgers, which goes to the portal alone."""
    async with notify.database.reading() as connection:
        before = len(await read_after(connection, 0, limit=10_000))
    for page in pages:
        after: UUID | None = None
        while True:
            async with notify.database.transaction() as uow:
                told = await page(uow, after)
            if not told:
                break
            after = told[-1]
    async with notify.database.reading() as connection:
        rows = (await read_after(connection, 0, limit=10_000))[before:]
    assert {row.target for row in rows} <= {"portal"}
    return [EVENT_CLASSES[row.type].model_validate_json(row.event) for row in rows]


def key_of(thing: Part) -> object:
    match thing:
        case DeliveryEvent():
            return thing.delivery_id
        case NoticeFacts():
            return thing.notice_id
        case PreferencesChanged():
            return thing.operator
    raise AssertionError(thing)


def things_in(events: Sequence[Event]) -> list[Part]:
    """The mails, notices and preferences that `events` tell, one by one."""
    return [
        *(each for each in events if not isinstance(each, NoticesRaised | NoticesMailed)),
        *notices_in(events),
    ]


def newest(things: Sequence[Part]) -> dict[object, dict[str, Any]]:
    """What was said last of each thing; but for the moment, and the class, which both tell the
    state.
    """
    return {key_of(thing): thing.model_dump(exclude={"at"}) for thing in things}


def mails(uow: UnitOfWork, after: UUID | None) -> Awaitable[Sequence[UUID]]:
    return replay_mails(uow, after=after, limit=2, target="portal")


def notices(uow: UnitOfWork, after: UUID | None) -> Awaitable[Sequence[UUID]]:
    return replay_notices(uow, after=after, limit=2, target="portal", desk=make_notices_desk())


def preferences(uow: UnitOfWork, after: UUID | None) -> Awaitable[Sequence[UUID]]:
    return replay_preferences(uow, after=after, limit=2, target="portal")


async def test_what_is_said_again_is_what_was_said_last(notify: Notify) -> None:
    await notify.ask(SetPreferences(caller=person("owner"), rhythm="digest", muted=("closed",)))
    await notify.ask(SetPreferences(caller=person("watcher"), rhythm="none", muted=()))
    answer = about(
        TicketAnswered, version=6, extra={"articles": (make_article("answer", "Ecco."),)}
    )
    await notify.hear(created(), about(TicketQueued, version=4), noted(), answer)
    await notify.send_all_due()
    said = newest(things_in(await notify.said_all()))

    again = things_in(await replayed(notify, mails, notices, preferences))

    assert {event["state"] for event in said.values() if "state" in event} == {
        "sent",
        "digest",
        "told",
    }
    assert newest(again) == said
    assert len(again) == len(said)


async def test_a_mail_that_has_nothing_to_say_yet_is_not_told(notify: Notify) -> None:
    await notify.hear(created())

    assert await notify.states() == ["queued"]
    assert await replayed(notify, mails) == []


async def test_a_notice_whose_mail_waits_is_told_as_it_was_raised(notify: Notify) -> None:
    await notify.hear(noted())
    said = newest(await notify.told())

    again = things_in(await replayed(notify, mails, notices))

    assert {event["state"] for event in said.values()} == {"queued"}
    assert newest(again) == said


async def test_a_replay_of_tickets_tells_where_they_are_and_owes_nobody_anything(
    notify: Notify,
) -> None:
    ticket = make_ticket(version=9, queue="studenti")
    event = TicketReplayed(ticket_id=ticket.id, ticket=ticket)
    parts = [
        event,
        TicketReplayed(ticket_id=ticket.id, articles=(make_article("answer", "Ecco."),)),
    ]

    async with notify.database.transaction() as uow:
        received = [
            Envelope(new_id(), part.NAME, part, Cause.fresh(), NOON, is_replay=True)
            for part in parts
        ]
        await on_tickets_replayed(notify.context, uow, received)

    assert (await notify.notices(), await notify.ledger(), await notify.said_all()) == ([], [], [])
    async with notify.database.reading() as connection:
        places = (
            await connection.execute(select(PlaceRow.ticket_id, PlaceRow.version, PlaceRow.queue))
        ).all()
    assert places == [(ticket.id, 9, "studenti")]
