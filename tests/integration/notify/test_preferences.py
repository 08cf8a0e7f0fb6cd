"""Each operator chooses how to be told."""

import asyncio
from typing import Any

import pytest

from shared.contracts.commands.base import Outcome
from shared.contracts.commands.notify import SetPreferences
from shared.contracts.events.notify import PreferencesChanged
from shared.contracts.events.tickets import TicketQueued
from shared.contracts.people import SYSTEM, Requester
from shared.core.errors import DeskMissing, MissingRight
from tests.factories.mails import NOON
from tests.factories.notices import about, make_notices_desk, noted
from tests.fakes.mail_sender import FakeMailSender
from tests.integration.notify.conftest import MakeNotify, Notify

DONE = Outcome()


@pytest.fixture
async def notify(make_notify: MakeNotify) -> Notify:
    made = make_notify(FakeMailSender())
    await made.apply_desk(make_notices_desk())
    return made


def chooses(operator: str | None, **choice: Any) -> SetPreferences:
    caller = Requester(identity=operator, name="Somebody", email=f"{operator}@example.edu")
    return SetPreferences(caller=caller, **choice)


async def test_a_choice_is_told_with_its_version(notify: Notify) -> None:
    first = await notify.ask(chooses("owner", rhythm="digest", muted=("note", "created", "note")))
    second = await notify.ask(chooses("owner", rhythm="none"))
    other = await notify.ask(chooses("watcher"))

    assert [first, second, other] == [DONE] * 3
    assert await notify.said_all() == [
        PreferencesChanged(
            operator="owner", version=1, rhythm="digest", muted=("created", "note"), at=NOON
        ),
        PreferencesChanged(operator="owner", version=2, rhythm="none", muted=(), at=NOON),
        PreferencesChanged(operator="watcher", version=1, rhythm="each", muted=(), at=NOON),
    ]


async def test_the_same_choice_again_is_no_change(notify: Notify) -> None:
    answers = [
        await notify.ask(chooses("owner", rhythm="digest", muted=("note", "created")))
        for _ in range(2)
    ]
    answers.append(await notify.ask(chooses("owner", rhythm="digest", muted=("created", "note"))))

    assert answers == [DONE] * 3
    assert len(await notify.said_all()) == 1


@pytest.mark.parametrize("identity", [None, "giulia.neri"])
async def test_who_is_no_operator_is_refused(notify: Notify, identity: str | None) -> None:
    answer = await notify.ask(chooses(identity, rhythm="none"))

    assert answer == Outcome(refusal=MissingRight("ro").to_wire())
    assert await notify.said_all() == []


async def test_without_a_desk_nobody_is_an_operator_yet(make_notify: MakeNotify) -> None:
    notify = make_notify(FakeMailSender())

    assert await notify.ask(chooses("owner", rhythm="none")) == Outcome(
        refusal=DeskMissing().to_wire()
    )


async def test_choices_of_one_operator_at_the_same_moment_come_one_after_the_other(
    make_notify: MakeNotify, notify: Notify
) -> None:
    processes = [make_notify(FakeMailSender()) for _ in range(4)]
    muted: list[tuple[Any, ...]] = [("note",), ("created",), ("closed",), ("moved",)]

    answers = await asyncio.gather(
        *(
            process.ask(chooses("owner", muted=each))
            for process, each in zip(processes, muted, strict=True)
        )
    )

    said = await notify.said_all()
    assert answers == [DONE] * 4
    assert sorted(event.version for event in said if isinstance(event, PreferencesChanged)) == [
        1,
        2,
        3,
        4,
    ]
    assert sorted(event.muted for event in said if isinstance(event, PreferencesChanged)) == sorted(
        muted
    )


async def test_the_rhythm_decides_on_the_mail_and_the_bell_rings_in_any_case(
    notify: Notify,
) -> None:
    await notify.ask(chooses("owner", rhythm="digest"))
    await notify.ask(chooses("responsible", rhythm="none"))

    await notify.hear(noted())

    assert [
        (row.operator, row.rhythm, row.delivery_id is None) for row in await notify.notices()
    ] == [
        ("owner", "digest", True),
        ("responsible", "none", True),
        ("watcher", "each", False),
    ]
    assert [row.recipient for row in await notify.ledger()] == ["watcher@example.edu"]
    assert [(one.operator, one.state, one.recipient) for one in await notify.told()] == [
        ("owner", "digest", "owner@example.edu"),
        ("responsible", "told", None),
        ("watcher", "queued", "watcher@example.edu"),
    ]


async def test_what_is_muted_is_not_told_to_who_is_told_of_his_own_choice(notify: Notify) -> None:
    for operator in ("owner", "responsible", "watcher", "colleague"):
        await notify.ask(chooses(operator, muted=("note", "created")))

    await notify.hear(
        noted(),
        about(TicketQueued, actor=SYSTEM, version=6, owner=None, responsible=None, watchers=()),
    )

    assert [(row.operator, row.kind) for row in await notify.notices()] == [
        ("owner", "note"),
        ("responsible", "note"),
        ("somebody", "created"),
    ]


async def test_a_later_choice_does_not_mail_again_what_was_told(notify: Notify) -> None:
    event = noted()
    for operator in ("owner", "responsible", "watcher"):
        await notify.ask(chooses(operator, rhythm="none"))
    await notify.hear(event)
    for operator in ("owner", "responsible", "watcher"):
        await notify.ask(chooses(operator, rhythm="each"))

    await notify.hear(event)

    assert {row.rhythm for row in await notify.notices()} == {"none"}
    assert await notify.ledger() == []
