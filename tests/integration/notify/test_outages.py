"""What a mail server in trouble means for the mails that wait for it, and for how long."""

from collections import Counter
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from services.notify.domain.outcomes import Accepted, Delayed, Outcome, Refused, Uncertain
from services.notify.ports import OutgoingMail
from shared.contracts.events.notify import DeliveryDelayed, DeliveryFailed
from tests.factories.mails import StandingClock, created, make_desk, many_created
from tests.fakes.mail_sender import FakeMailSender
from tests.integration.notify.conftest import MakeNotify

pytestmark = pytest.mark.usefixtures("with_desk")
DOWN = Delayed("connection refused while connecting", fault="server")


async def test_an_outage_is_one_thing_and_burns_no_mails_attempts(
    make_notify: MakeNotify, clock: StandingClock
) -> None:
    is_down = True
    sender = FakeMailSender(parallel=4, answer=lambda _mail: DOWN if is_down else Accepted())
    notify = make_notify(sender, batch=10, server_retry_longest=60)
    await notify.hear(*many_created(50))

    for _ in range(1800):
        await notify.send_all_due()
        clock.move(timedelta(seconds=1))
    tried_while_down = len(sender.tried)
    attempts_while_down = sum(row.attempts for row in await notify.ledger())
    is_down = False
    for _ in range(120):
        await notify.send_all_due()
        clock.move(timedelta(seconds=1))

    # At first up to four are under way together; then one at a time, about once a minute.
    assert tried_while_down < 50
    assert attempts_while_down == 0
    assert set(await notify.states()) == {"sent"}
    assert sorted(sender.times_accepted.values()) == [1] * 50
    assert (
        max(
            Counter(
                event.delivery_id
                for event in await notify.said()
                if isinstance(event, DeliveryDelayed)
            ).values()
        )
        == 1
    )


async def test_while_the_server_is_in_trouble_one_mail_goes_first_alone(
    make_notify: MakeNotify, clock: StandingClock
) -> None:
    outcomes: list[Outcome] = [DOWN, DOWN]
    sender = FakeMailSender(
        parallel=4, answer=lambda _mail: outcomes.pop(0) if outcomes else Accepted()
    )
    notify = make_notify(sender)
    await notify.hear(created())
    await notify.send_all_due()
    await notify.hear(*many_created(30))
    clock.move(timedelta(seconds=2))

    await notify.send_all_due()

    assert len(sender.tried) == 2
    assert Counter(await notify.states()) == {"delayed": 31}


async def test_a_mail_at_which_the_server_hangs_up_does_not_keep_the_others_back(
    make_notify: MakeNotify, clock: StandingClock
) -> None:
    poison, *others = many_created(20)

    def answer(mail: OutgoingMail) -> Outcome:
        return (
            Delayed("hung up", fault="either")
            if poison.ticket.number.encode() in mail.content
            else Accepted()
        )

    notify = make_notify(FakeMailSender(parallel=1, answer=answer))
    await notify.hear(poison, *others)

    for _ in range(5):
        await notify.send_all_due()
        clock.move(timedelta(seconds=5))

    assert Counter(await notify.states()) == {"delayed": 1, "sent": 19}


async def test_after_five_days_a_mail_is_given_up(
    make_notify: MakeNotify, clock: StandingClock
) -> None:
    notify = make_notify(FakeMailSender(answer=lambda _mail: Delayed("451 later")))
    await notify.hear(created())
    await notify.send_all_due()
    clock.move(timedelta(days=5))

    await notify.send_all_due()

    (row,) = await notify.ledger()
    assert (row.state, row.reason, row.next_attempt_at) == (
        "failed",
        "gave up after 5 days: 451 later",
        None,
    )
    assert isinstance((await notify.said())[-1], DeliveryFailed)


async def test_a_desk_without_a_usable_address_delays_mails_until_it_has_one(
    make_notify: MakeNotify, clock: StandingClock
) -> None:
    notify = make_notify(FakeMailSender())
    await notify.hear(created())
    await notify.apply_desk(make_desk(mail_from="nobody"), version=2)

    await notify.send_all_due()
    states = await notify.states()
    await notify.apply_desk(make_desk(), version=3)
    clock.move(timedelta(seconds=2))
    await notify.send_all_due()

    assert states == ["delayed"]
    assert await notify.states() == ["sent"]


@pytest.mark.parametrize(
    "outcome",
    [
        Refused("550 5.1.1 <giulia.neri@studenti.example.edu> does not exist"),
        Delayed("451 4.7.1 <giulia.neri@studenti.example.edu> later", fault="mail"),
        Uncertain("said giulia.neri@studenti.example.edu and hung up"),
    ],
)
async def test_what_a_mail_server_says_of_somebody_is_not_logged(
    outcome: Outcome, make_notify: MakeNotify
) -> None:
    notify = make_notify(FakeMailSender(answer=lambda _mail: outcome))

    with capture_logs() as logs:
        await notify.hear(created())
        await notify.send_all_due()

    assert "giulia" not in str(logs).lower()
    assert await notify.states() != ["queued"]
