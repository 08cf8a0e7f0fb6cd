"""What notify does by the clock, and how it stops."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from prometheus_client import generate_latest

from services.notify.consumers import wake_sending
from services.notify.jobs import JOBS, count_waiting_mails, recover_lost_mails, send_due_mails
from shared.core.ids import new_id
from shared.observability.metrics import REGISTRY
from tests.factories.mails import StandingClock, created, make_ticket
from tests.fakes.mail_sender import FakeMailSender
from tests.integration.notify.conftest import MakeNotify

with_desk = pytest.mark.usefixtures("with_desk")


@with_desk
async def test_a_committed_batch_wakes_the_sending(make_notify: MakeNotify) -> None:
    notify = make_notify(FakeMailSender())
    (sending,) = (job for job in JOBS if job.run is send_due_mails)
    assert sending.wake is not None
    wake = sending.wake(notify.context)

    await wake_sending(notify.context, [])

    async with asyncio.timeout(5):
        assert await wake.wait()


@with_desk
async def test_the_job_says_whether_there_may_be_more_to_do(make_notify: MakeNotify) -> None:
    notify = make_notify(FakeMailSender())
    await notify.hear(created())

    assert [await send_due_mails(notify.context) for _ in range(2)] == [True, False]


@with_desk
async def test_told_to_stop_the_job_ends_mails_under_way_and_gives_the_others_back(
    make_notify: MakeNotify,
) -> None:
    notify = make_notify(sender := FakeMailSender(parallel=2))
    await notify.hear(
        *(created(make_ticket(id=new_id(), number=f"{number}")) for number in range(5))
    )
    sender.gate.clear()
    job = asyncio.create_task(send_due_mails(notify.context))
    await sender.arrived(2)

    job.cancel()
    asyncio.get_running_loop().call_soon(sender.gate.set)
    await asyncio.wait({job})

    assert job.cancelled()
    assert Counter(await notify.states()) == {"sent": 2, "queued": 3}


@with_desk
async def test_a_mail_that_does_not_end_in_time_is_left_to_its_lease(
    make_notify: MakeNotify, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.notify.jobs.FINISH_SECONDS", 0.05)
    notify = make_notify(sender := FakeMailSender(parallel=1))
    await notify.hear(created())
    sender.gate.clear()
    job = asyncio.create_task(send_due_mails(notify.context))
    await sender.arrived(1)

    job.cancel()
    await asyncio.wait({job})
    at_stop = await notify.states()
    clock.move(timedelta(minutes=2))
    await recover_lost_mails(notify.context)

    assert at_stop == ["sending"]
    assert await notify.states() == ["uncertain"]
    assert notify.context.mails_due.event.is_set()


@with_desk
async def test_the_figures_tell_how_many_mails_wait(make_notify: MakeNotify) -> None:
    notify = make_notify(FakeMailSender())
    await notify.hear(created())

    await count_waiting_mails(notify.context)
    while_queued = generate_latest(REGISTRY).decode()
    await notify.send_all_due()
    await count_waiting_mails(notify.context)
    afterwards = generate_latest(REGISTRY).decode()

    assert 'sportello_mails_waiting{service="notify",state="queued"} 1.0' in while_queued
    assert 'sportello_mails_waiting{service="notify",state="queued"} 0.0' in afterwards
    assert 'sportello_mails_ended_total{service="notify",state="sent"}' in afterwards
