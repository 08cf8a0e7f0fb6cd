"""SIGKILL to a process that is sending, at the worst moments."""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from services.notify.adapters.smtp_mail_sender import SmtpMailSender
from services.notify.adapters.smtp_server import SmtpServer
from shared.contracts.events.tickets import TicketEvent
from shared.core.ids import new_id
from tests.factories.mails import StandingClock, created, make_ticket
from tests.factories.notices import RIGHTS, make_notices_desk, make_operator, noted
from tests.fakes.mail_server import Behaviour, FakeMailServer
from tests.integration.notify.conftest import MakeNotify, Notify

pytestmark = pytest.mark.usefixtures("with_desk")
LAST = "ultimo@example.edu"


@pytest.fixture
async def server() -> AsyncIterator[FakeMailServer]:
    started = await FakeMailServer().start()
    yield started
    await started.stop()


async def until_states(notify: Notify, wanted: dict[str, int]) -> None:
    for _ in range(3000):
        if Counter(await notify.states()) == wanted:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"the ledger never showed {wanted}")


def make_events(to: str) -> list[TicketEvent]:
    """Events about ten tickets that each owe one mail to a requester or an operator, the last to
    LAST.
    """
    numbers = [f"{number:016}" for number in range(9)]
    if to == "operators":
        alone = {"owner": None, "watchers": ()}
        others = [
            noted(id=new_id(), number=number, responsible="responsible", **alone)
            for number in numbers
        ]
        return [*others, noted(id=new_id(), number="9" * 16, responsible="colleague", **alone)]
    requester = make_ticket().requester.model_copy(update={"email": LAST})
    return [
        *(created(make_ticket(id=new_id(), number=number)) for number in numbers),
        created(make_ticket(id=new_id(), requester=requester)),
    ]


@pytest.mark.parametrize("to", ["requesters", "operators"])
@pytest.mark.parametrize("moment", ["rcpt", "after_dot"])
async def test_a_kill_in_the_middle_loses_no_mail_and_doubles_only_the_one_whose_answer_was_awaited(
    make_notify: MakeNotify,
    server: FakeMailServer,
    clock: StandingClock,
    database_url: str,
    repository: Path,
    moment: str,
    to: str,
) -> None:
    sender = SmtpMailSender(SmtpServer.from_url(server.url), connections=1, timeout=10)
    notify = make_notify(sender)
    operators = {name: make_operator(name, rights) for name, rights in RIGHTS.items()}
    operators["colleague"] = operators["colleague"].model_copy(update={"email": LAST})
    await notify.apply_desk(make_notices_desk(operators=operators), version=2)
    await notify.hear(*make_events(to))
    server.behaviours[LAST] = Behaviour(
        "after_dot" if moment == "after_dot" else "rcpt", hang=True, times=1
    )

    killed = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.integration.notify.sending_process",
        database_url,
        server.url,
        cwd=repository,
    )
    async with asyncio.timeout(60):
        await server.hanging.wait()
    # What was answered before is written down while the last one hangs.
    await until_states(notify, {"sent": 9, "sending": 1})
    killed.kill()
    await killed.wait()
    clock.move(timedelta(minutes=2))
    await notify.context.dispatcher.recover()
    await notify.send_all_due()
    await sender.close()

    assert Counter(await notify.states()) == {"sent": 9, "resent": 1}
    arrived = Counter(str(mail.message["Message-ID"]) for mail in server.received)
    message_ids = {row.message_id: row.recipient for row in await notify.ledger()}
    assert set(arrived) == set(message_ids)
    doubles = {message_ids[each] for each, times in arrived.items() if times > 1}
    assert doubles == ({LAST} if moment == "after_dot" else set())
