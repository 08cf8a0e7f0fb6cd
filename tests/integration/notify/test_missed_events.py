"""Changes that notify never heard of are found by what is missing from its ledgers, and make what
they would have made, once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.notify.consumers import on_changes_retold, on_ticket_event
from services.notify.domain.outcomes import Accepted, Refused
from services.notify.usecases.missed_events import Unheard, find_heard, find_unheard
from shared.contracts.commands.notify import SetPreferences
from shared.contracts.desk import Desk
from shared.contracts.events.mails import TicketMailResent
from shared.contracts.events.replay import ChangeRetold
from shared.contracts.events.tickets import (
    TicketAnswered,
    TicketClosed,
    TicketEvent,
    TicketForwarded,
    TicketNotified,
    TicketQuestionAsked,
    TicketQueued,
    TicketReminded,
    TicketTaken,
)
from shared.contracts.people import SYSTEM, Requester
from shared.core.cause import Cause
from shared.core.errors import Invalid
from shared.core.ids import derived_id, new_id
from shared.database.envelope import Envelope
from tests.factories.mails import NOON, TICKET_ID, StandingClock, created, make_article
from tests.factories.notices import RIGHTS, about, make_notices_desk, make_operator, noted
from tests.fakes.mail_sender import FakeMailSender
from tests.integration.notify.conftest import MakeNotify, Notify

GIULIA = "giulia.neri@studenti.example.edu"


@pytest.fixture
def sender() -> FakeMailSender:
    return FakeMailSender()


@pytest.fixture
async def notify(make_notify: MakeNotify, sender: FakeMailSender) -> Notify:
    made = make_notify(sender)
    await made.apply_desk(make_notices_desk())
    return made


def queued(**ticket: Any) -> TicketEvent:
    facts: dict[str, Any] = {
        "version": 2,
        "state": "new",
        "owner": None,
        "responsible": None,
        "watchers": (),
    }
    return about(
        TicketQueued,
        actor=SYSTEM,
        extra={"changes": {"queue": (None, "studenti")}},
        **(facts | ticket),
    )


def with_article(event: type[TicketEvent], kind: str, version: int, **extra: Any) -> TicketEvent:
    return about(
        event, version=version, extra={"articles": (make_article(kind, "Ecco."),), **extra}
    )


async def unheard(
    notify: Notify, *events: TicketEvent, then: Desk | None = None, now: Desk | None = None
) -> list[Unheard]:
    before, after = then or make_notices_desk(), now or make_notices_desk()
    found, broken = await find_unheard(
        notify.database, events=events, desk=after, desk_then=lambda _: before
    )
    assert broken == []
    return found


async def retell(notify: Notify, *found: Unheard) -> None:
    """Tell notify of these changes again, as it comes over the bus."""
    received = [
        Envelope(
            new_id(),
            ChangeRetold.NAME,
            ChangeRetold(
                ticket_id=each.event.ticket.id,
                event=each.event.NAME,
                told=each.event.model_dump(mode="json"),
                operators=each.operators,
            ),
            Cause.fresh(),
            NOON,
            is_replay=True,
        )
        for each in found
    ]
    async with notify.database.transaction() as uow:
        await on_changes_retold(notify.context, uow, received)


def owes(found: Sequence[Unheard]) -> list[tuple[str, str | None, tuple[str, ...]]]:
    return [
        (each.event.NAME.split(".")[2], each.mail.kind if each.mail else None, each.operators)
        for each in found
    ]


EVENTS: list[tuple[TicketEvent, str | None, tuple[str, ...]]] = [
    (created(), "receipt", ()),
    (queued(), None, ("somebody", "owner", "colleague")),
    (
        about(TicketTaken, version=3, extra={"first_time": True}),
        "taking_charge",
        ("owner", "responsible", "watcher"),
    ),
    (
        about(TicketTaken, version=4, extra={"first_time": False}),
        None,
        ("owner", "responsible", "watcher"),
    ),
    (with_article(TicketQuestionAsked, "question", 5), "question", ("responsible", "watcher")),
    (about(TicketReminded, version=6, actor=SYSTEM), "reminder", ()),
    (with_article(TicketAnswered, "answer", 7), "answer", ("responsible",)),
    (
        with_article(TicketForwarded, "forward", 8, to="Banca@example.org"),
        "forward",
        ("responsible",),
    ),
    (noted(version=9), None, ("owner", "responsible", "watcher")),
    (with_article(TicketClosed, "answer", 10), "final_answer", ("owner", "responsible", "watcher")),
    (about(TicketNotified, version=11, actor=SYSTEM), None, ()),
]


async def test_what_each_event_owes_is_found_where_nothing_was_heard(notify: Notify) -> None:
    found = await unheard(notify, *(event for event, _, _ in EVENTS))

    assert owes(found) == [
        (event.NAME.split(".")[2], kind, operators)
        for event, kind, operators in EVENTS
        if kind is not None or operators
    ]
    recipients = {"forward": "banca@example.org"}
    assert [each.mail.id for each in found if each.mail] == [
        derived_id("delivery", TICKET_ID, event.ticket.version, kind, recipients.get(kind, GIULIA))
        for event, kind, _ in EVENTS
        if kind
    ]


async def test_what_was_heard_is_not_owed(notify: Notify) -> None:
    await notify.hear(*(event for event, _, _ in EVENTS))

    assert await unheard(notify, *(event for event, _, _ in EVENTS)) == []


async def test_holes_in_the_ledgers_are_filled_exactly_as_the_normal_road_would_have(
    notify: Notify, sender: FakeMailSender
) -> None:
    events = [event for event, _, _ in EVENTS]
    await notify.hear(*events[1::2])
    found = await unheard(notify, *events)
    await retell(notify, *found)
    made = [
        (row.id, row.kind, row.recipient, row.subject, row.body, row.sequence, row.article_id)
        for row in await notify.ledger()
    ]
    raised = [(row.id, row.operator, row.kind, row.why) for row in await notify.notices()]

    again = await unheard(notify, *events)
    await retell(notify, *found)
    await notify.hear(*events)

    assert [each.event.ticket.version for each in found] == [1, 3, 5, 7, 9]
    assert again == []
    after = [
        (row.id, row.kind, row.recipient, row.subject, row.body, row.sequence, row.article_id)
        for row in await notify.ledger()
    ]
    assert sorted(after) == sorted(made)
    assert [(row.id, row.operator, row.kind, row.why) for row in await notify.notices()] == raised
    assert len(made) == 7 + len(raised)
    await notify.send_all_due()
    assert sorted(sender.times_accepted.values()) == [1] * len(made)


async def test_two_processes_and_the_normal_road_at_once_make_nothing_twice(
    notify: Notify, make_notify: MakeNotify
) -> None:
    events = [event for event, _, _ in EVENTS]
    found = await unheard(notify, *events)
    second = make_notify(FakeMailSender())

    async def normal_road() -> None:
        async with second.database.transaction() as uow:
            received = [
                Envelope(new_id(), event.NAME, event, Cause.fresh(), NOON, is_replay=False)
                for event in events
            ]
            await on_ticket_event(second.context, uow, received)

    await asyncio.gather(retell(notify, *found), normal_road(), retell(second, *found))

    assert len(await notify.ledger()) == 7 + len(await notify.notices())
    assert [(row.ticket_version, row.operator) for row in await notify.notices()] == sorted(
        (event.ticket.version, operator) for event, _, operators in EVENTS for operator in operators
    )


async def test_who_came_to_the_desk_later_is_not_notified_of_what_was_before(
    notify: Notify,
) -> None:
    later = RIGHTS | {"newcomer": {"urp": ("rw",)}}
    now = make_notices_desk(
        operators={name: make_operator(name, rights) for name, rights in later.items()}
    )
    await notify.apply_desk(now, version=2)

    found = await unheard(notify, queued(), now=now)
    await retell(notify, *found)

    assert [each.operators for each in found] == [("somebody", "owner", "colleague")]
    assert [row.operator for row in await notify.notices()] == ["colleague", "owner", "somebody"]


async def test_who_has_left_the_queue_is_notified_of_nothing_more(notify: Notify) -> None:
    left = {name: rights for name, rights in RIGHTS.items() if name != "colleague"}
    now = make_notices_desk(
        operators={name: make_operator(name, rights) for name, rights in left.items()}
    )

    assert [each.operators for each in await unheard(notify, queued(), now=now)] == [
        ("somebody", "owner")
    ]


async def test_what_somebody_did_not_want_then_is_not_made_later(
    notify: Notify, clock: StandingClock
) -> None:
    clock.move(timedelta(hours=-1))
    await notify.ask(SetPreferences(caller=_person("colleague"), rhythm="each", muted=("created",)))
    clock.move(timedelta(hours=2))

    assert [each.operators for each in await unheard(notify, queued())] == [("somebody", "owner")]


async def test_what_somebody_wanted_then_is_not_known_once_they_have_changed_it(
    notify: Notify, clock: StandingClock
) -> None:
    clock.move(timedelta(hours=1))
    for operator in ("colleague", "watcher", "owner"):
        await notify.ask(SetPreferences(caller=_person(operator), rhythm="digest", muted=()))

    assert [each.operators for each in await unheard(notify, queued(), noted())] == [
        ("somebody",),
        ("owner", "responsible"),
    ]


async def test_an_event_of_which_nobody_wanted_to_hear_is_not_owed(
    notify: Notify, clock: StandingClock
) -> None:
    clock.move(timedelta(hours=-1))
    for operator in ("colleague", "somebody", "owner"):
        await notify.ask(
            SetPreferences(caller=_person(operator), rhythm="each", muted=("created",))
        )
    clock.move(timedelta(hours=1))

    assert await unheard(notify, queued()) == []


async def test_notices_that_wait_for_a_digest_or_to_share_a_mail_are_not_owed_again(
    make_notify: MakeNotify,
) -> None:
    notify = make_notify(FakeMailSender(), gather_new=60)
    await notify.apply_desk(make_notices_desk())
    await notify.ask(SetPreferences(caller=_person("colleague"), rhythm="digest", muted=()))
    await notify.hear(queued())

    assert [row.delivery_id for row in await notify.notices()] == [None, None, None]
    assert await unheard(notify, queued()) == []


async def test_a_mail_of_a_child_and_the_act_of_an_operator_owe_no_mail_to_the_requester(
    notify: Notify,
) -> None:
    child = about(
        TicketAnswered,
        version=7,
        parent_id=uuid4(),
        parent="2026092810000025",
        extra={"articles": (make_article("answer", "X"),)},
    )

    assert owes(await unheard(notify, child)) == [("answered", None, ("responsible",))]


async def test_a_wish_to_send_a_failed_mail_again_is_owed_until_it_is_fulfilled(
    notify: Notify, sender: FakeMailSender
) -> None:
    sender.answer = lambda mail: (
        Refused("550 no such user") if "giulia.neri@" in mail.recipient else Accepted()
    )
    await notify.hear(created())
    await notify.send_all_due()
    (row,) = await notify.ledger()
    wish = about(
        TicketMailResent, version=6, extra={"delivery_id": row.id, "to": "giulia@example.org"}
    )
    assert row.state == "failed"

    found = await unheard(notify, wish)
    await retell(notify, *found)
    await notify.send_all_due()

    assert [(each.is_sent_again, each.mail) for each in found] == [(True, None)]
    assert [
        (row.state, row.recipient) for row in await notify.ledger() if row.kind == "receipt"
    ] == [("resent", "giulia@example.org")]
    assert await unheard(notify, wish) == []


async def test_a_change_that_lacks_the_words_of_its_mail_is_named(notify: Notify) -> None:
    event = about(TicketAnswered, version=7)

    found = await find_unheard(
        notify.database,
        events=[event, created()],
        desk=make_notices_desk(),
        desk_then=lambda _: make_notices_desk(),
    )

    assert ([each.event.NAME for each in found[0]], found[1]) == (
        ["tickets.ticket.created.v1"],
        [event],
    )


async def test_a_change_is_heard_where_a_mail_or_a_notice_tells_of_it(notify: Notify) -> None:
    await notify.hear(created(), noted(version=9))
    changes = [(TICKET_ID, 1), (TICKET_ID, 9), (TICKET_ID, 2), (uuid4(), 1)]

    heard = await find_heard(
        notify.database, changes=changes, operators=make_notices_desk().operators
    )
    none = await find_heard(notify.database, changes=[], operators=make_notices_desk().operators)

    assert (heard, none) == ({(TICKET_ID, 1), (TICKET_ID, 9)}, set())


@pytest.mark.parametrize(
    ("name", "told"),
    [("tickets.family.run-due.v1", {}), ("tickets.ticket.taken.v1", {"ticket": 5}), ("x", {})],
)
async def test_what_is_no_event_about_a_ticket_is_refused_at_once(
    notify: Notify, name: str, told: dict[str, Any]
) -> None:
    received = Envelope(
        new_id(),
        ChangeRetold.NAME,
        ChangeRetold(ticket_id=TICKET_ID, event=name, told=told),
        Cause.fresh(),
        NOON,
        is_replay=True,
    )

    with pytest.raises(Invalid):
        async with notify.database.transaction() as uow:
            await on_changes_retold(notify.context, uow, [received])

    assert (await notify.ledger(), await notify.notices()) == ([], [])


def _person(identity: str) -> Requester:
    return Requester(
        identity=identity,
        name=identity.capitalize(),
        email=f"{identity}@example.edu",
        affiliation="staff",
    )
