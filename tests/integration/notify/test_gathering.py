"""New tickets of one queue share a mail to each operator: one mail lists what came within a
minute.
"""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from services.notify.domain.outcomes import Refused
from services.notify.jobs import JOBS, mail_gatherings
from shared.contracts.commands.notify import SetPreferences
from shared.contracts.events.mails import TicketUndelivered
from shared.contracts.events.tickets import TicketEvent, TicketMoved, TicketQueued
from shared.contracts.people import SYSTEM, Requester
from shared.core.ids import new_id
from tests.factories.mails import StandingClock
from tests.factories.notices import RIGHTS, about, make_notices_desk, make_operator
from tests.fakes.mail_sender import FakeMailSender
from tests.integration.notify.conftest import PUBLIC_URL, MakeNotify, Notify
from tests.integration.notify.said import Mailed, Raised

MINUTE = 60.0
WORKERS = ("colleague", "owner", "somebody")


@pytest.fixture
def sender() -> FakeMailSender:
    return FakeMailSender()


@pytest.fixture
async def notify(make_notify: MakeNotify, sender: FakeMailSender) -> Notify:
    made = make_notify(sender, gather_new=MINUTE)
    await made.apply_desk(make_notices_desk())
    return made


def queued(counter: int, *, queue: str = "studenti", **ticket: Any) -> TicketEvent:
    facts: dict[str, Any] = {
        "id": new_id(),
        "number": f"{counter:016}",
        "subject": f"Richiesta {counter}",
        "version": 2,
        "state": "new",
        "queue": queue,
        "owner": None,
        "responsible": None,
        "watchers": (),
    }
    return about(
        TicketQueued, actor=SYSTEM, extra={"changes": {"queue": (None, queue)}}, **(facts | ticket)
    )


async def pass_time(notify: Notify, clock: StandingClock, seconds: float) -> None:
    clock.move(timedelta(seconds=seconds))
    while await mail_gatherings(notify.context):
        pass
    await notify.send_all_due()


def to(sender: FakeMailSender, operator: str) -> list[str]:
    return [
        mail.content.decode()
        for mail in sender.accepted
        if mail.recipient == f"{operator}@example.edu"
    ]


async def test_what_comes_to_a_queue_within_a_minute_is_one_mail_to_each_operator(
    notify: Notify, sender: FakeMailSender, clock: StandingClock
) -> None:
    for counter in range(40):
        await notify.hear(queued(counter))
        clock.move(timedelta(seconds=1))

    await pass_time(notify, clock, 19)
    assert sender.accepted == [], "59 seconds after the first"
    await pass_time(notify, clock, 1)

    assert Counter(mail.recipient for mail in sender.accepted) == {
        f"{each}@example.edu": 1 for each in WORKERS
    }
    (mail,) = to(sender, "colleague")
    assert "Subject: 40 nuovi ticket: Segreterie studenti / 40 new tickets:" in mail.replace(
        "\r\n ", " "
    )
    assert all(
        f"\r\n{counter:016}: Richiesta {counter}\r\n{PUBLIC_URL}/manage/tickets/{counter:016}\r\n"
        in mail
        for counter in range(40)
    )
    assert "In-Reply-To" not in mail
    await pass_time(notify, clock, 3600)
    assert len(sender.accepted) == 3


async def test_the_notices_of_the_bell_stay_single_and_each_hears_how_the_mail_ended(
    notify: Notify, clock: StandingClock
) -> None:
    await notify.hear(queued(1), queued(2))
    await pass_time(notify, clock, MINUTE)

    told = [each for each in await notify.told() if each.operator == "colleague"]

    assert [(type(each), each.number[-1], each.state) for each in told] == [
        (Raised, "1", "queued"),
        (Raised, "2", "queued"),
        (Mailed, "1", "sent"),
        (Mailed, "2", "sent"),
    ]
    assert {each.recipient for each in told} == {"colleague@example.edu"}
    assert len({each.at for each in told}) == 1, (
        "the bell shows when it happened, not when it was mailed"
    )


async def test_a_ticket_that_stays_alone_is_an_ordinary_mail_of_its_ticket(
    notify: Notify, sender: FakeMailSender, clock: StandingClock
) -> None:
    await notify.hear(queued(1))

    await pass_time(notify, clock, MINUTE)

    (mail,) = to(sender, "colleague")
    assert f"Subject: [Ticket#{1:016}] Richiesta 1\r\n" in mail
    assert 'New ticket in "Segreterie studenti (en)"' in mail
    assert "In-Reply-To: <ticket-" in mail


async def test_each_queue_has_its_own_mail_and_what_comes_later_the_next(
    notify: Notify, sender: FakeMailSender, clock: StandingClock
) -> None:
    await notify.hear(
        queued(1), queued(2), queued(3, queue="studenti/tasse"), queued(4, queue="studenti/tasse")
    )
    await pass_time(notify, clock, MINUTE)
    await notify.hear(queued(5), queued(6))
    await pass_time(notify, clock, 1)
    before = len(to(sender, "somebody"))
    await pass_time(notify, clock, MINUTE)

    listed = [
        [counter for counter in range(7) if f"{counter:016}: " in mail]
        for mail in to(sender, "somebody")
    ]
    assert (before, sorted(listed)) == (2, [[1, 2], [3, 4], [5, 6]])


async def test_other_news_of_a_ticket_does_not_wait(notify: Notify, sender: FakeMailSender) -> None:
    await notify.hear(
        queued(1),
        about(TicketMoved, queue="studenti", extra={"changes": {"queue": ("altri", "studenti")}}),
    )
    await notify.send_all_due()

    assert {mail.recipient for mail in sender.accepted} >= {
        "owner@example.edu",
        "colleague@example.edu",
    }


async def test_what_is_no_longer_seen_when_the_mail_is_made_is_not_in_it(
    notify: Notify, sender: FakeMailSender, clock: StandingClock
) -> None:
    gone, stays = queued(1), queued(2)
    await notify.hear(gone, stays)
    moved = gone.ticket.model_copy(update={"version": 3, "queue": "altri"})
    await notify.hear(
        TicketMoved(ticket=moved, actor=SYSTEM, changes={"queue": ("studenti", "altri")})
    )
    await pass_time(notify, clock, MINUTE)

    (mail,) = to(sender, "colleague")
    assert f"Subject: [Ticket#{2:016}] Richiesta 2\r\n" in mail
    assert f"{1:016}" not in mail
    failed = [
        each
        for each in await notify.told()
        if each.operator == "colleague" and each.state == "failed"
    ]
    assert [(each.number[-1], each.reason) for each in failed] == [
        ("1", "its operator may no longer see the ticket")
    ]


async def test_a_ticket_no_longer_seen_holds_the_mail_back_and_the_rest_goes_in_another(
    notify: Notify, sender: FakeMailSender, clock: StandingClock
) -> None:
    await notify.hear(queued(1), queued(2), queued(3, queue="altri"))
    clock.move(timedelta(seconds=MINUTE))
    await mail_gatherings(notify.context)
    rights = RIGHTS | {"colleague": {"altri": ("rw",)}}
    await notify.apply_desk(
        make_notices_desk(
            operators={name: make_operator(name, given) for name, given in rights.items()}
        ),
        version=2,
    )
    await notify.send_all_due()
    await pass_time(notify, clock, 1)

    assert to(sender, "colleague") == []
    assert len(to(sender, "owner")) == 1


async def test_what_moved_out_of_sight_just_before_the_mail_left_is_not_told_and_the_rest_is(
    notify: Notify, sender: FakeMailSender, clock: StandingClock
) -> None:
    gone, stays = queued(1), queued(2)
    await notify.hear(gone, stays)
    clock.move(timedelta(seconds=MINUTE))
    await mail_gatherings(notify.context)
    moved = gone.ticket.model_copy(update={"version": 3, "queue": "altri"})
    await notify.hear(
        TicketMoved(ticket=moved, actor=SYSTEM, changes={"queue": ("studenti", "altri")})
    )
    await notify.send_all_due()
    await pass_time(notify, clock, 1)

    (mail,) = to(sender, "colleague")
    assert f"Subject: [Ticket#{2:016}] Richiesta 2\r\n" in mail
    ends = [
        (each.number[-1], each.state)
        for each in await notify.told()
        if each.operator == "colleague" and isinstance(each, Mailed)
    ]
    assert ends == [("1", "failed"), ("2", "sent")]


async def test_two_processes_send_each_notice_once(
    notify: Notify, make_notify: MakeNotify, sender: FakeMailSender, clock: StandingClock
) -> None:
    other = make_notify(sender, gather_new=MINUTE)
    await notify.hear(*(queued(counter) for counter in range(20)))
    clock.move(timedelta(seconds=MINUTE))

    await asyncio.gather(*(mail_gatherings(each.context) for each in (notify, other)))
    await notify.send_all_due()

    assert Counter(mail.recipient for mail in sender.accepted) == {
        f"{each}@example.edu": 1 for each in WORKERS
    }


async def test_what_gathers_survives_the_end_of_its_process(
    notify: Notify, make_notify: MakeNotify, sender: FakeMailSender, clock: StandingClock
) -> None:
    await notify.hear(queued(1), queued(2))

    await pass_time(make_notify(sender, gather_new=MINUTE), clock, MINUTE)

    assert len(sender.accepted) == 3


async def test_undelivered_receipts_without_an_owner_gather_too_and_apart(
    notify: Notify, sender: FakeMailSender, clock: StandingClock
) -> None:
    failure = {
        "delivery_id": new_id(),
        "article_id": new_id(),
        "kind": "receipt",
        "to": "x@example.org",
        "reason": "550 no such mailbox",
    }
    free: dict[str, Any] = {
        "owner": None,
        "responsible": None,
        "watchers": (),
        "state": "new",
        "queue": "studenti",
        "version": 4,
    }
    failures = [
        about(
            TicketUndelivered,
            actor=SYSTEM,
            extra=failure,
            id=new_id(),
            number=f"{counter:016}",
            **free,
        )
        for counter in range(1, 3)
    ]
    await notify.hear(queued(7), queued(8), *failures)

    await pass_time(notify, clock, MINUTE)

    subjects = sorted(
        mail.replace("\r\n ", " ").split("Subject: ")[1].split(":")[0]
        for mail in to(sender, "colleague")
    )
    assert subjects == ["2 nuovi ticket", "2 ticket con una e-mail non consegnata"]


async def test_who_has_a_digest_or_no_mails_gathers_nothing(
    notify: Notify, sender: FakeMailSender, clock: StandingClock
) -> None:
    caller = Requester(
        identity="colleague", name="Colleague", email="colleague@example.edu", affiliation="staff"
    )
    await notify.ask(SetPreferences(caller=caller, rhythm="none"))
    await notify.hear(queued(1), queued(2))

    await pass_time(notify, clock, MINUTE)

    assert to(sender, "colleague") == []
    assert len(to(sender, "owner")) == 1


async def test_an_operator_whose_address_is_none_has_failed_at_once(
    notify: Notify, clock: StandingClock
) -> None:
    broken = {name: make_operator(name, rights) for name, rights in RIGHTS.items()}
    broken["colleague"] = broken["colleague"].model_copy(update={"email": "no address"})
    await notify.apply_desk(make_notices_desk(operators=broken), version=2)

    await notify.hear(queued(1))

    told = {each.operator: each.state for each in await notify.told()}
    assert told == {"colleague": "failed", "owner": "queued", "somebody": "queued"}


async def test_a_refused_mail_is_told_of_each_of_its_notices(
    make_notify: MakeNotify, clock: StandingClock
) -> None:
    notify = make_notify(
        FakeMailSender(answer=lambda _: Refused("550 no such mailbox")), gather_new=MINUTE
    )
    await notify.apply_desk(make_notices_desk())
    await notify.hear(queued(1), queued(2))

    await pass_time(notify, clock, MINUTE)

    failed = [
        each.number[-1]
        for each in await notify.told()
        if each.operator == "colleague" and each.state == "failed"
    ]
    assert sorted(failed) == ["1", "2"]


def test_gatherings_are_looked_for_by_the_clock() -> None:
    (job,) = [job for job in JOBS if job.name == "mail_gatherings"]

    assert (job.run, job.every) == (mail_gatherings, timedelta(seconds=2))
