"""Sends what is due: claim, send with no transaction open, write down.

What was sent is written down while other mails of the same claim are still on their way, so that a
process that is killed leaves only a moment's mails uncertain and not a whole claim of them.
"""

import asyncio
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from services.notify.domain.delivery import Claimed, Ending, end_of_attempt, put_back, withheld
from services.notify.domain.outcomes import Delayed, Outcome, Refused
from services.notify.domain.retries import ServerOutlook
from services.notify.mail.mime import outgoing_mail
from services.notify.ports import MailSender
from services.notify.repository.deliveries import claim_due
from services.notify.usecases.mails import recover_lost_claims, write_endings
from services.notify.usecases.notices import find_withheld
from shared.core.backoff import Backoff
from shared.core.error_text import error_text
from shared.core.ids import DeliveryId, new_id
from shared.database.database import Database
from shared.database.desk_copy import current_desk
from shared.database.transient import is_transient
from shared.text.addresses import NotAnAddress, mail_address

log = structlog.get_logger()

LEASE_IN_MAILS = 3
"""How many times the longest mail a claim lasts."""
GATHER_SECONDS = 0.02
"""Endings that fall into this time share a commit."""
RETRY_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class SendingPolicy:
    """How notify sends: when again, how a server in trouble is left alone, when no more, and how
    many mails one claim takes.

    After each claim of mails to operators there is a pause of `operators_pause` seconds. They can
    be several for each ticket, and can wait: in a rush the requesters' mails and the other services
    have the machine.
    """

    backoff: Backoff
    server_backoff: Backoff
    give_up_after: timedelta
    batch: int
    operators_pause: float


class Dispatcher:
    """Sends due deliveries in this process; any number of processes may do so at once.

    `is_alone`: there is no other, so what is being sent when this one starts was being sent when
    the last one was killed.
    """

    def __init__(
        self, database: Database, sender: MailSender, policy: SendingPolicy, *, is_alone: bool
    ) -> None:
        self.database = database
        self.sender = sender
        self.policy = policy
        self.outlook = ServerOutlook(policy.server_backoff)
        self.is_stopping = False
        self._may_have_dead_predecessor = is_alone
        # Outlives by far any one mail; and none is begun that might not end within it.
        self._lease = LEASE_IN_MAILS * sender.time_limit

    async def send_due(self) -> bool:
        """Claim due deliveries and send them, those to operators when there are no others; return
        whether there were any.
        """
        now = self.database.clock.now()
        if self.is_stopping or self.outlook.pause(now) is not None:
            return False
        if self._may_have_dead_predecessor:
            await self.recover(everybodys=True)
            self._may_have_dead_predecessor = False
        if await self._send_claim(to_operators=False, now=now):
            return True
        if not await self._send_claim(to_operators=True, now=now):
            return False
        await asyncio.sleep(self.policy.operators_pause)
        return True

    async def _send_claim(self, *, to_operators: bool, now: datetime) -> bool:
        claim = new_id()
        async with self.database.transaction() as uow:
            lease_until = now + self._lease
            claimed = await claim_due(
                uow.connection,
                to_operators=to_operators,
                claim=claim,
                now=now,
                lease_until=lease_until,
                limit=self.policy.batch,
            )
            if not claimed:
                return False
            desk = (await current_desk(uow.connection)).desk
            withheld_because = await find_withheld(uow, claimed=claimed, desk=desk)
        await _Round(self, claim, desk.mail_from, lease_until).send(claimed, withheld_because)
        return True

    async def recover(self, *, everybodys: bool = False) -> bool:
        """Put back what ended processes were sending (`everybodys`: there is no other process);
        return whether there was any.
        """
        async with self.database.transaction() as uow:
            return (
                await recover_lost_claims(uow, now=self.database.clock.now(), everybodys=everybodys)
                > 0
            )

    async def stop(self) -> None:
        """Begin no further mail: those under way are finished, the others put back."""
        self.is_stopping = True
        await self.sender.close()


class _Round:
    """The deliveries of one claim on their way."""

    def __init__(
        self, dispatcher: Dispatcher, claim: UUID, mail_from: str, lease_until: datetime
    ) -> None:
        self._dispatcher = dispatcher
        self._claim = claim
        self._mail_from = mail_from
        self._begin_until = lease_until - dispatcher.sender.time_limit
        self._lease_until = lease_until
        self._ended: list[tuple[Claimed, Ending]] = []
        self._news = asyncio.Event()
        self._is_over = False

    async def send(
        self, claimed: Sequence[Claimed], withheld_because: Mapping[DeliveryId, str]
    ) -> None:
        for one in claimed:
            if one.delivery.id in withheld_because:
                self._note(one, withheld(one, reason=withheld_because[one.delivery.id]))
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._write_down_while_sending())
                await self._send_all(
                    [one for one in claimed if one.delivery.id not in withheld_because]
                )
                self._is_over = True
                self._news.set()
        finally:
            # Reached with something left only when this process is told to end at once: what is
            # known is still written.
            if self._ended:
                await self._write_down()

    async def _send_all(self, claimed: Sequence[Claimed]) -> None:
        waiting = iter(claimed)
        if claimed and self._dispatcher.outlook.is_in_trouble:
            await self._send_one(next(waiting))
        async with asyncio.TaskGroup() as workers:
            for _ in range(min(self._dispatcher.sender.parallel, len(claimed))):
                workers.create_task(self._send_some(waiting))

    async def _send_some(self, waiting: Iterator[Claimed]) -> None:
        for claimed in waiting:
            await self._send_one(claimed)

    async def _send_one(self, claimed: Claimed) -> None:
        outlook, policy, clock = (
            self._dispatcher.outlook,
            self._dispatcher.policy,
            self._dispatcher.database.clock,
        )
        now = clock.now()
        if self._dispatcher.is_stopping or now >= self._begin_until:
            self._note(claimed, put_back(claimed, now=now))
            return
        pause = outlook.pause(now)
        if pause is None:
            outcome = await self._attempt(claimed)
            now = clock.now()
            outlook.heard(outcome, now=now, luck=random.random())
            pause = outlook.pause(now)
        else:
            outcome = Delayed(pause[1], fault="server")
        ending = end_of_attempt(
            claimed,
            outcome,
            now=now,
            luck=random.random(),
            backoff=policy.backoff,
            give_up_after=policy.give_up_after,
            server_pause=pause[0] if pause else None,
        )
        self._note(claimed, ending)

    async def _attempt(self, claimed: Claimed) -> Outcome:
        try:
            mail_address(self._mail_from)
        except NotAnAddress as error:
            return Delayed(f"the desk's mail_from is not an address: {error}", fault="server")
        try:
            mail = outgoing_mail(claimed, mail_from=self._mail_from)
        except ValueError as error:
            return Refused(f"cannot be written as a mail: {error}")
        return await self._dispatcher.sender.send(mail)

    def _note(self, claimed: Claimed, ending: Ending) -> None:
        self._ended.append((claimed, ending))
        self._news.set()

    async def _write_down_while_sending(self) -> None:
        while not (self._is_over and not self._ended):
            await self._news.wait()
            self._news.clear()
            if not self._is_over:
                await asyncio.sleep(GATHER_SECONDS)
            try:
                await self._write_down()
            except Exception as error:
                # Unwritten, the mails of this claim would be sent a second time: so it is tried as
                # long as they are ours.
                if (
                    not is_transient(error)
                    or self._dispatcher.database.clock.now() >= self._lease_until
                ):
                    raise
                log.warning(
                    "notify.sending.not_written", error=error_text(error), waiting=len(self._ended)
                )
                self._news.set()
                await asyncio.sleep(RETRY_SECONDS)

    async def _write_down(self) -> None:
        ended, self._ended = self._ended, []
        try:
            async with self._dispatcher.database.transaction() as uow:
                await write_endings(uow, endings=ended, claim=self._claim, now=uow.now)
        except BaseException:
            self._ended = [*ended, *self._ended]
            raise
