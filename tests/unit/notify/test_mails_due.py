"""Mails that become due one after the other leave together."""

import asyncio
from datetime import timedelta

import pytest

from services.notify.context import SHARED_SECONDS, MailsDue


async def test_mails_queued_one_after_the_other_wake_the_sending_once_when_the_last_of_them_is_due(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = asyncio.get_running_loop()
    now, timers = 100.0, []
    monkeypatch.setattr(loop, "time", lambda: now)
    monkeypatch.setattr(loop, "call_at", lambda when, call: timers.append((when, call)))
    mails_due = MailsDue()

    for moment in (
        100.0,
        100.0 + SHARED_SECONDS / 2,
        100.0 + SHARED_SECONDS * 0.99,
        100.0 + SHARED_SECONDS * 1.01,
    ):
        now = moment
        mails_due.wake_after(timedelta(seconds=3))

    assert [when for when, _ in timers] == [103.0 + SHARED_SECONDS, now + 3 + SHARED_SECONDS]
    assert not mails_due.event.is_set()
    timers[0][1]()
    assert mails_due.event.is_set()
