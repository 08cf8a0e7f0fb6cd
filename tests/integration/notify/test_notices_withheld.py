"""Before a mail to an operator leaves it is asked again whether he may see the ticket."""

from datetime import timedelta
from typing import Any

import pytest

from services.notify.domain.outcomes import Delayed
from services.notify.usecases.notices import UNSEEN
from shared.contracts.events.tickets import TicketCreated, TicketEvent, TicketMoved
from shared.core.ids import new_id
from tests.factories.mails import StandingClock
from tests.factories.notices import RIGHTS, about, make_notices_desk, make_operator, noted
from tests.fakes.mail_sender import FakeMailSender
from tests.integration.notify.conftest import MakeNotify, Notify
from tests.integration.notify.said import Mailed


@pytest.fixture
def sender() -> FakeMailSender:
    return FakeMailSender()


@pytest.fixture
async def notify(make_notify: MakeNotify, sender: FakeMailSender) -> Notify:
    made = make_notify(sender)
    await made.apply_desk(make_notices_desk())
    return made


def desk_without(*operators: str) -> Any:
    return make_notices_desk(
        operators={
            name: make_operator(name, rights)
            for name, rights in RIGHTS.items()
            if name not in operators
        }
    )


async def test_a_mail_about_a_ticket_that_has_moved_out_of_sight_is_not_sent(
    notify: Notify, sender: FakeMailSender
) -> None:
    await notify.hear(noted(owner="owner", responsible="responsible", watchers=()))
    moved = about(
        TicketMoved,
        version=6,
        queue="studenti/tasse",
        owner=None,
        responsible=None,
        watchers=(),
        extra={"changes": {"queue": ("studenti", "studenti/tasse")}},
    )
    await notify.hear(moved)

    await notify.send_all_due()

    assert sorted(mail.recipient for mail in sender.accepted) == [
        "expert@example.edu",
        "responsible@example.edu",
    ]
    (withheld,) = [row for row in await notify.ledger() if row.state == "failed"]
    assert (withheld.recipient, withheld.reason, withheld.attempts) == (
        "owner@example.edu",
        UNSEEN,
        0,
    )
    (told,) = [one for one in await notify.told() if one.state == "failed"]
    assert (type(told), told.operator, told.reason, told.ticket_version) == (
        Mailed,
        "owner",
        UNSEEN,
        5,
    )


async def test_a_mail_to_somebody_whose_right_was_taken_is_not_sent(
    notify: Notify, sender: FakeMailSender
) -> None:
    await notify.hear(noted())
    await notify.apply_desk(desk_without("owner"), version=2)

    await notify.send_all_due()

    assert sorted(mail.recipient for mail in sender.accepted) == [
        "responsible@example.edu",
        "watcher@example.edu",
    ]


async def test_a_move_that_is_heard_late_does_not_hide_a_later_return(
    notify: Notify, sender: FakeMailSender
) -> None:
    def moved(version: int, before: str, after: str) -> TicketEvent:
        return about(
            TicketMoved,
            version=version,
            queue=after,
            owner=None,
            responsible=None,
            watchers=(),
            extra={"changes": {"queue": (before, after)}},
        )

    await notify.hear(moved(7, "studenti/tasse", "studenti"))
    await notify.hear(noted(version=8, owner="owner", responsible=None, watchers=()))
    await notify.hear(moved(6, "studenti", "studenti/tasse"))

    await notify.send_all_due()

    assert "owner@example.edu" in [mail.recipient for mail in sender.accepted]


async def test_where_a_ticket_is_is_also_learned_from_a_replay(
    notify: Notify, sender: FakeMailSender
) -> None:
    await notify.hear(noted(responsible=None, watchers=()))
    await notify.hear(
        about(TicketCreated, version=9, queue="studenti/tasse", extra={"request_id": None}),
        is_replay=True,
    )

    await notify.send_all_due()

    assert sender.accepted == []


async def test_mails_that_are_withheld_do_not_try_a_server_in_trouble(
    make_notify: MakeNotify, clock: StandingClock
) -> None:
    notify = make_notify(
        sender := FakeMailSender(
            parallel=4, answer=lambda _mail: Delayed("no answer", fault="server")
        )
    )
    await notify.apply_desk(make_notices_desk())
    await notify.hear(noted(id=new_id(), number="1", owner=None, watchers=()))
    await notify.send_all_due()
    clock.move(timedelta(minutes=2))
    others = [noted(id=new_id(), number=f"{n}", owner=None, watchers=()) for n in range(2, 6)]
    await notify.hear(noted(responsible=None, watchers=()), *others)
    await notify.apply_desk(desk_without("owner"), version=2)
    before = len(sender.tried)

    await notify.send_all_due()

    assert len(sender.tried) == before + 1, (
        "one mail tries a server in trouble, and a withheld one is none"
    )
    assert sorted(await notify.states()) == ["delayed"] * 5 + ["failed"]
