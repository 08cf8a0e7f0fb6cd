"""What a requester does to one ticket, however often, is one mail at once and one a minute to each
operator.
"""

from collections import Counter
from typing import Any

import pytest

from services.notify.domain.notices import is_act_of
from shared.contracts.events.tickets import (
    TicketEvent,
    TicketNoted,
    TicketRequesterReplied,
    TicketShared,
    TicketUnshared,
    TicketWithdrawn,
)
from shared.contracts.people import SYSTEM, Actor, Requester
from shared.core.ids import new_id
from tests.factories.mails import StandingClock, make_article
from tests.factories.notices import about, make_notices_desk
from tests.fakes.mail_sender import FakeMailSender
from tests.integration.notify.conftest import PUBLIC_URL, MakeNotify, Notify
from tests.integration.notify.said import Mailed
from tests.integration.notify.test_gathering import MINUTE, WORKERS, pass_time, to

GIULIA = Actor(identity="giulia.neri", name="Giulia Neri")
FREE: dict[str, Any] = {
    "owner": None,
    "responsible": None,
    "last_owner": None,
    "watchers": (),
    "state": "new",
}


@pytest.fixture
def sender() -> FakeMailSender:
    return FakeMailSender()


@pytest.fixture
async def notify(make_notify: MakeNotify, sender: FakeMailSender) -> Notify:
    made = make_notify(sender, gather_new=MINUTE)
    await made.apply_desk(make_notices_desk())
    return made


def replied(version: int, *, actor: Actor = GIULIA, **ticket: Any) -> TicketEvent:
    article = make_article("reply", f"parola {version}", author=actor)
    return about(
        TicketRequesterReplied,
        actor=actor,
        extra={"articles": (article,)},
        **(FREE | {"version": version} | ticket),
    )


async def test_a_hundred_and_fifty_replies_are_two_mails_to_each_operator(
    notify: Notify, sender: FakeMailSender, clock: StandingClock
) -> None:
    for version in range(2, 152):
        await notify.hear(replied(version))
    await notify.send_all_due()
    at_once = Counter(mail.recipient for mail in sender.accepted)
    await pass_time(notify, clock, MINUTE)

    assert at_once == {f"{each}@example.edu": 1 for each in WORKERS}
    assert Counter(mail.recipient for mail in sender.accepted) == {
        f"{each}@example.edu": 2 for each in WORKERS
    }
    first, second = (
        mail.replace("=\r\n", "").replace("\r\n ", " ") for mail in to(sender, "colleague")
    )
    assert "(149 times)" in second
    assert "(149 volte)" in second
    assert f"{PUBLIC_URL}/manage/tickets/" in second
    assert (
        next(line for line in second.splitlines() if line.startswith("References:"))[:60] in first
    ), "one conversation"
    await pass_time(notify, clock, 3600)
    assert len(sender.accepted) == 2 * len(WORKERS)


async def test_replies_in_one_batch_gather_as_those_that_come_apart(
    notify: Notify, sender: FakeMailSender, clock: StandingClock
) -> None:
    await notify.hear(*(replied(version) for version in range(2, 32)))
    await pass_time(notify, clock, MINUTE)

    assert Counter(mail.recipient for mail in sender.accepted) == {
        f"{each}@example.edu": 2 for each in WORKERS
    }


async def test_a_reply_after_a_quiet_minute_leaves_at_once(
    notify: Notify, sender: FakeMailSender, clock: StandingClock
) -> None:
    await notify.hear(replied(2))
    await pass_time(notify, clock, MINUTE + 1)
    await notify.hear(replied(3))
    await notify.send_all_due()

    assert len(to(sender, "colleague")) == 2


async def test_a_reply_that_comes_while_another_waits_joins_it(
    notify: Notify, sender: FakeMailSender, clock: StandingClock
) -> None:
    await notify.hear(replied(2))
    await pass_time(notify, clock, 50)
    await notify.hear(replied(3))
    await pass_time(notify, clock, 20)
    await notify.hear(replied(4))
    await pass_time(notify, clock, 10)
    before = len(to(sender, "colleague"))
    await pass_time(notify, clock, 30)

    assert (before, len(to(sender, "colleague"))) == (1, 2)
    assert "(2 times)" in to(sender, "colleague")[1]


async def test_all_that_a_requester_does_gathers_and_each_is_said(
    notify: Notify, sender: FakeMailSender, clock: StandingClock
) -> None:
    held: dict[str, Any] = {
        "responsible": "responsible",
        "owner": None,
        "last_owner": None,
        "watchers": (),
    }
    for version in range(2, 22, 2):
        await notify.hear(about(TicketShared, actor=GIULIA, version=version, **held))
        await notify.hear(about(TicketUnshared, actor=GIULIA, version=version + 1, **held))
    await notify.hear(
        about(TicketWithdrawn, actor=GIULIA, version=30, **(held | {"state": "withdrawn"}))
    )
    await pass_time(notify, clock, MINUTE)

    first, second = to(sender, "responsible")
    assert "Giulia Neri" in first
    assert "(9 times)" in second
    assert "(10 times)" in second


async def test_each_ticket_and_what_operators_do_is_told_by_itself(
    notify: Notify, sender: FakeMailSender
) -> None:
    other = new_id()
    notes = [
        about(
            TicketNoted,
            extra={"articles": (make_article("note", "x"),)},
            version=version,
            owner="owner",
            responsible=None,
            watchers=(),
        )
        for version in (3, 4)
    ]
    await notify.hear(replied(2), replied(2, id=other, number="2026092810000099"), *notes)
    await notify.send_all_due()

    assert len(to(sender, "colleague")) == 2
    assert len(to(sender, "owner")) == 4


async def test_a_guest_gathers_like_anybody_and_each_notice_hears_of_its_mail(
    notify: Notify, sender: FakeMailSender, clock: StandingClock
) -> None:
    guest = Requester(identity=None, name="Piero", email="piero@example.org", assurance="confirmed")
    for version in range(2, 7):
        await notify.hear(
            replied(version, actor=Actor(identity=None, name="Piero"), requester=guest)
        )
    await pass_time(notify, clock, MINUTE)

    sent = [
        each.ticket_version
        for each in await notify.told()
        if isinstance(each, Mailed) and each.operator == "colleague"
    ]
    assert (len(to(sender, "colleague")), sent) == (2, [2, 3, 4, 5, 6])


def test_the_system_is_no_requester() -> None:
    guest = Requester(identity=None, name="Piero", email="piero@example.org")

    assert is_act_of(guest, identity=None, name="Piero")
    assert not is_act_of(guest, identity=SYSTEM.identity, name=SYSTEM.name)
    assert not is_act_of(guest, identity="piero", name="Piero")
