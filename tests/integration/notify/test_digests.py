"""One mail a day: what has gathered for an operator, exactly once."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.notify.domain.notices import digest_id
from services.notify.jobs import JOBS, gather_digests
from services.notify.repository.preferences import operator_id
from services.notify.usecases import digests
from services.notify.usecases.notices import UNSEEN
from shared.contracts.commands.notify import SetPreferences
from shared.contracts.events.tickets import TicketAssigned, TicketMoved
from shared.contracts.people import Requester
from shared.core.ids import new_id
from tests.factories.mails import NUMBER, StandingClock
from tests.factories.notices import RIGHTS, about, make_notices_desk, make_operator, noted
from tests.fakes.mail_sender import FakeMailSender
from tests.integration.notify.conftest import MakeNotify, Notify
from tests.integration.notify.said import Mailed

MONDAY, TUESDAY = date(2026, 9, 28), date(2026, 9, 29)
MONDAY_0730 = datetime(2026, 9, 28, 5, 30, tzinfo=UTC)
"""In the desk's time zone, Europe/Rome."""


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock(MONDAY_0730 - timedelta(hours=8))


@pytest.fixture
def sender() -> FakeMailSender:
    return FakeMailSender()


@pytest.fixture
async def notify(make_notify: MakeNotify, sender: FakeMailSender) -> Notify:
    """The desk is in force, and every operator wants the digest."""
    made = make_notify(sender)
    await made.apply_desk(make_notices_desk())
    for operator in RIGHTS:
        await made.ask(
            SetPreferences(caller=Requester(identity=operator, name="", email=""), rhythm="digest")
        )
    return made


def note_to(operator: str, **ticket: Any) -> Any:
    """A note of which only `operator` is told."""
    return noted(**({"owner": None, "responsible": operator, "watchers": ()} | ticket))


async def digests_of(notify: Notify) -> list[tuple[str, str]]:
    return sorted((row.recipient.split("@")[0], row.state) for row in await notify.ledger())


async def test_what_gathers_in_a_day_is_one_mail_at_the_desks_hour(
    notify: Notify, sender: FakeMailSender, clock: StandingClock
) -> None:
    await notify.hear(
        note_to("owner"),
        note_to("owner", version=6),
        note_to("owner", id=new_id(), number="2"),
        note_to("watcher"),
    )
    await gather_digests(notify.context)
    too_early = await notify.ledger()
    clock.time = MONDAY_0730

    await gather_digests(notify.context)
    await notify.send_all_due()
    clock.move(timedelta(hours=3))
    await gather_digests(notify.context)

    assert too_early == []
    assert await digests_of(notify) == [("owner", "sent"), ("watcher", "sent")]
    (mail,) = [row for row in await notify.ledger() if row.recipient == "owner@example.edu"]
    assert (mail.id, mail.kind, mail.ticket_id, mail.ticket_number) == (
        digest_id("owner", MONDAY),
        "digest",
        operator_id("owner"),
        "",
    )
    assert mail.subject.startswith("Riepilogo del 28/09/2026 / Digest of 28/09/2026: ")
    assert "Novità: 3. Ticket: 2." in mail.body
    assert f"/manage/tickets/{NUMBER}\n" in mail.body
    assert [row.delivery_id for row in await notify.notices() if row.operator == "owner"] == [
        mail.id
    ] * 3
    content = next(
        each.content.decode() for each in sender.accepted if each.recipient == "owner@example.edu"
    )
    assert "\r\nReferences:" not in content
    assert "\r\nIn-Reply-To:" not in content


async def test_a_digest_says_what_happened_to_whom_and_why_as_the_bell_does(
    notify: Notify, clock: StandingClock
) -> None:
    given = {
        "first_time": True,
        "reason": "Conosci il caso",
        "changes": {"owner": ("old-owner", "owner")},
    }
    await notify.hear(about(TicketAssigned, extra=given, version=6))
    clock.time = MONDAY_0730

    await gather_digests(notify.context)

    bodies = {row.recipient.split("@")[0]: row.body for row in await notify.ledger()}
    assert "- Somebody ti ha assegnato questo ticket: «Conosci il caso»\n" in bodies["owner"]
    assert '- Somebody gave you this ticket: "Conosci il caso"\n' in bodies["owner"]
    assert (
        "- Somebody ha assegnato questo ticket a Owner: «Conosci il caso»\n" in bodies["old-owner"]
    )


async def test_the_mail_of_a_digest_is_told_for_each_notice_in_it(
    notify: Notify, clock: StandingClock
) -> None:
    await notify.hear(note_to("owner"), note_to("owner", id=new_id(), number="2"))
    clock.time = MONDAY_0730

    await gather_digests(notify.context)
    await notify.send_all_due()

    mailed = [one for one in await notify.told() if isinstance(one, Mailed)]
    assert [
        (one.number, one.operator, one.version, one.state, one.recipient) for one in mailed
    ] == [
        ("2", "owner", 3, "sent", "owner@example.edu"),
        (NUMBER, "owner", 3, "sent", "owner@example.edu"),
    ]
    assert {one.ticket_id for one in mailed} == {row.ticket_id for row in await notify.notices()}
    assert await notify.said() == []


async def test_what_comes_after_the_hour_waits_for_the_next_day(
    notify: Notify, clock: StandingClock
) -> None:
    await notify.hear(note_to("owner"))
    clock.time = MONDAY_0730
    await notify.hear(note_to("owner", version=6))
    await gather_digests(notify.context)
    on_monday = {row.ticket_version: row.delivery_id for row in await notify.notices()}
    clock.move(timedelta(days=1))

    await gather_digests(notify.context)

    assert on_monday == {5: digest_id("owner", MONDAY), 6: None}
    assert [row.delivery_id for row in await notify.notices()] == [
        digest_id("owner", MONDAY),
        digest_id("owner", TUESDAY),
    ]


async def test_after_days_in_which_nobody_was_there_one_digest_holds_it_all(
    make_notify: MakeNotify, notify: Notify, sender: FakeMailSender, clock: StandingClock
) -> None:
    await notify.hear(*(note_to("owner", version=version) for version in range(5, 15)))
    clock.time = MONDAY_0730 + timedelta(days=1, hours=2)
    processes = [notify, *(make_notify(sender) for _ in range(3))]

    await asyncio.gather(*(gather_digests(process.context) for process in processes))
    await asyncio.gather(*(process.send_all_due() for process in processes))

    assert [(row.id, row.state) for row in await notify.ledger()] == [
        (digest_id("owner", TUESDAY), "sent")
    ]
    assert {row.delivery_id for row in await notify.notices()} == {digest_id("owner", TUESDAY)}
    assert len(sender.accepted) == 1


async def test_what_comes_too_late_for_a_digest_that_is_queued_already_is_in_the_next(
    notify: Notify, clock: StandingClock
) -> None:
    await notify.hear(note_to("owner"))
    clock.time = MONDAY_0730
    await gather_digests(notify.context)
    clock.time = MONDAY_0730 - timedelta(seconds=1)
    await notify.hear(note_to("owner", version=6))
    clock.time = MONDAY_0730 + timedelta(seconds=1)
    await gather_digests(notify.context)
    of_monday = [row.delivery_id for row in await notify.notices()]
    clock.move(timedelta(days=1))

    await gather_digests(notify.context)

    assert of_monday == [digest_id("owner", MONDAY), None]
    assert [row.delivery_id for row in await notify.notices()] == [
        digest_id("owner", MONDAY),
        digest_id("owner", TUESDAY),
    ]


async def test_more_operators_than_one_transaction_takes_all_get_theirs(
    notify: Notify, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "OPERATORS_AT_ONCE", 2)
    await notify.hear(
        *(
            note_to(operator, id=new_id(), number=operator)
            for operator in ("owner", "colleague", "watcher", "old-owner", "somebody-else")
        )
    )
    clock.time = MONDAY_0730

    await gather_digests(notify.context)

    assert await digests_of(notify) == [
        ("colleague", "queued"),
        ("old-owner", "queued"),
        ("owner", "queued"),
        ("watcher", "queued"),
    ]
    assert notify.context.mails_due.event.is_set()


async def test_what_an_operator_may_no_longer_see_is_left_out_and_has_failed(
    notify: Notify, clock: StandingClock
) -> None:
    other = new_id()
    await notify.hear(note_to("owner"), note_to("owner", id=other, number="2"))
    await notify.hear(
        about(
            TicketMoved,
            id=other,
            number="2",
            version=6,
            queue="studenti/tasse",
            owner=None,
            responsible=None,
            watchers=(),
            extra={"changes": {"queue": ("studenti", "studenti/tasse")}},
        )
    )
    clock.time = MONDAY_0730

    await gather_digests(notify.context)
    await gather_digests(notify.context)

    (mail,) = [row for row in await notify.ledger() if row.recipient == "owner@example.edu"]
    assert "Novità: 1. Ticket: 1." in mail.body
    failed = [one for one in await notify.told() if one.state == "failed"]
    assert [(type(one), one.number, one.version, one.reason) for one in failed] == [
        (Mailed, "2", 2, UNSEEN)
    ]


async def test_a_digest_is_asked_again_before_it_leaves(
    notify: Notify, sender: FakeMailSender, clock: StandingClock
) -> None:
    await notify.hear(note_to("owner"), note_to("watcher"))
    clock.time = MONDAY_0730
    await gather_digests(notify.context)
    await notify.apply_desk(
        make_notices_desk(operators={"watcher": make_operator("watcher", RIGHTS["watcher"])}),
        version=2,
    )

    await notify.send_all_due()

    assert await digests_of(notify) == [("owner", "failed"), ("watcher", "sent")]
    assert [
        (one.operator, one.state, one.reason)
        for one in await notify.told()
        if isinstance(one, Mailed)
    ] == [
        ("owner", "failed", UNSEEN),
        ("watcher", "sent", None),
    ]


async def test_what_is_still_seen_of_a_digest_that_may_not_leave_is_in_the_next(
    notify: Notify, sender: FakeMailSender, clock: StandingClock
) -> None:
    gone, away = new_id(), {"changes": {"queue": ("studenti", "studenti/tasse")}}
    await notify.hear(note_to("owner"), note_to("owner", id=gone, number="2"))
    clock.time = MONDAY_0730
    await gather_digests(notify.context)
    await notify.hear(
        about(
            TicketMoved,
            id=gone,
            number="2",
            version=6,
            queue="studenti/tasse",
            owner=None,
            responsible=None,
            watchers=(),
            extra=away,
        )
    )

    await notify.send_all_due()
    on_monday = list(sender.accepted)
    clock.move(timedelta(days=1))
    await gather_digests(notify.context)
    await notify.send_all_due()

    assert on_monday == []
    assert [
        (row.id, row.state) for row in await notify.ledger() if row.recipient == "owner@example.edu"
    ] == [
        (digest_id("owner", MONDAY), "failed"),
        (digest_id("owner", TUESDAY), "sent"),
    ]
    assert {
        row.number: row.delivery_id for row in await notify.notices() if row.operator == "owner"
    } == {
        "2": digest_id("owner", MONDAY),
        NUMBER: digest_id("owner", TUESDAY),
    }
    told = [
        one for one in await notify.told() if isinstance(one, Mailed) and one.operator == "owner"
    ]
    assert [(one.number, one.state, one.reason) for one in told] == [
        ("2", "failed", UNSEEN),
        (NUMBER, "sent", None),
    ]


async def test_an_operator_without_an_address_gets_none_and_it_is_told(
    notify: Notify, clock: StandingClock
) -> None:
    await notify.hear(note_to("owner"))
    described = make_operator("owner", RIGHTS["owner"]).model_copy(update={"email": "nowhere"})
    await notify.apply_desk(make_notices_desk(operators={"owner": described}), version=2)
    clock.time = MONDAY_0730

    await gather_digests(notify.context)

    assert await notify.states() == ["failed"]
    (told,) = [one for one in await notify.told() if isinstance(one, Mailed)]
    assert (told.state, told.version, told.recipient) == ("failed", 2, "nowhere")
    assert told.reason is not None
    assert told.reason.startswith("not an address: ")


async def test_without_a_desk_or_its_address_digests_wait(
    make_notify: MakeNotify, clock: StandingClock
) -> None:
    notify = make_notify(FakeMailSender())
    without_desk = await gather_digests(notify.context)
    await notify.apply_desk(make_notices_desk())
    await notify.ask(
        SetPreferences(caller=Requester(identity="owner", name="", email=""), rhythm="digest")
    )
    await notify.hear(note_to("owner"))
    await notify.apply_desk(make_notices_desk(mail_from="nobody"), version=2)
    clock.time = MONDAY_0730
    without_address = await gather_digests(notify.context)
    await notify.apply_desk(make_notices_desk(), version=3)

    await gather_digests(notify.context)

    assert (without_desk, without_address) == (False, False)
    assert await digests_of(notify) == [("owner", "queued")]


async def test_the_hour_is_a_setting(
    make_notify: MakeNotify, notify: Notify, clock: StandingClock
) -> None:
    noon = make_notify(FakeMailSender(), digest_at="12:00")
    await notify.hear(note_to("owner"))
    clock.time = MONDAY_0730
    await gather_digests(noon.context)
    at_half_past_seven = await noon.ledger()
    clock.move(timedelta(hours=4, minutes=30))

    await gather_digests(noon.context)

    assert at_half_past_seven == []
    assert await digests_of(noon) == [("owner", "queued")]


def test_digests_are_gathered_by_the_clock() -> None:
    assert [job.every for job in JOBS if job.run is gather_digests] == [timedelta(seconds=30)]
