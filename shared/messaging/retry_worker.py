"""Tries kept messages again until they work or a person must decide."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import structlog

from shared.core.backoff import Backoff, Failures
from shared.core.error_text import error_text
from shared.database import failed_messages
from shared.database.failed_messages import FailedMessage
from shared.database.transient import is_transient
from shared.messaging.consumer import Consumer
from shared.messaging.retry_policy import verdict
from shared.messaging.shielding import to_its_end

log = structlog.get_logger()

LEASE = timedelta(seconds=30)
DATABASE_AGAIN = Backoff(first=0.1, longest=5.0)
MAX_UNFINISHED = 3
POLL_SECONDS = 0.5
TURN_SECONDS = 5.0
COMPANY = 50
"""Up to this many messages that were never started are tried together: after a restart few of them
are at fault."""


class Retrier:
    """Runs the messages of one service that were redelivered, failed, wait, or met an unclean stop.

    Messages may have their first attempt together. A message whose attempt failed or never ended
    runs alone from then on.

    Each attempt is committed before it is made. Three attempts that never ended make a dead letter,
    so that a message which kills the process harms neither other messages nor the service for long.
    The retriers of a process take turns: otherwise an attempt that kills the process could three
    times coincide with the attempt of another service's message, which would become a dead letter,
    too.
    """

    def __init__(self, consumer: Consumer[Any], *, turn: asyncio.Lock) -> None:
        """`turn` is one lock for all services of the process."""
        self._turn = turn
        self._consumer = consumer
        self._worker = str(uuid4())
        self._wake = asyncio.Event()
        consumer.on_kept(self._wake.set)

    async def run(self) -> None:
        """Work until cancelled. An attempt under way is finished first, so that a stop does not
        count as an attempt that never ended."""
        while True:
            try:
                while await to_its_end(self.try_due()):
                    pass
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning(
                    "retrier.database.unavailable",
                    service=self._consumer.database.service,
                    error=error_text(error),
                )
                await asyncio.sleep(2)
            self._wake.clear()
            try:
                async with asyncio.timeout(POLL_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                pass

    async def try_due(self) -> bool:
        """Run what is due longest; return False if nothing is due."""
        database = self._consumer.database
        async with database.reading() as connection:
            if not await failed_messages.is_any_due(connection, now=database.clock.now()):
                return False
        async with self._in_turn():
            return await self._try_claimed()

    @asynccontextmanager
    async def _in_turn(self) -> AsyncIterator[None]:
        """Wait for the other services of this process, for at most TURN_SECONDS.

        So a message that hangs delays its own service only.
        """
        try:
            async with asyncio.timeout(TURN_SECONDS):
                await self._turn.acquire()
        except TimeoutError:
            yield
            return
        try:
            yield
        finally:
            self._turn.release()

    async def _try_claimed(self) -> bool:
        async with self._consumer.database.transaction() as uow:
            claimed = await failed_messages.claim_due(
                uow.connection, worker=self._worker, now=uow.now, lease=LEASE, limit=COMPANY
            )
        if len(claimed) > 1 and await self._worked_together(claimed):
            return True
        for failed in claimed:
            await self._try_alone(failed)
        return bool(claimed)

    async def _worked_together(self, claimed: Sequence[FailedMessage]) -> bool:
        """Try messages that were never started in one transaction; return whether that worked.

        Otherwise each is tried alone.
        """
        try:
            await self._consumer.run_kept(claimed)
        # Which error it was, and what it means, shows alone.
        except Exception as error:  # noqa: BLE001
            log.info(
                "retrier.company.failed",
                service=self._consumer.database.service,
                size=len(claimed),
                error=error_text(error),
            )
            return False
        return True

    async def _try_alone(self, failed: FailedMessage) -> None:
        database = self._consumer.database
        if failed.unfinished > MAX_UNFINISHED:
            await self._settle(
                failed, state="dead", error=f"{MAX_UNFINISHED} starts never came to an end"
            )
            return
        try:
            await self._consumer.run_kept([failed])
        except Exception as error:  # noqa: BLE001  any error is a verdict on the message
            if is_transient(error):
                # The database's fault, not the message's: this start does not count.
                attempts = failed.attempts - 1
                await self._settle(
                    failed,
                    state=failed.state,
                    error=failed.error or "",
                    attempts=attempts,
                    pause=timedelta(seconds=1),
                )
                return
            after = verdict(failed, error, now=database.clock.now())
            pause = after.next_attempt_at - database.clock.now()
            await self._settle(
                failed,
                state=after.state,
                error=after.error or "",
                attempts=after.attempts,
                pause=pause,
            )
            log.warning(
                "retrier.attempt.failed",
                id=failed.envelope.id,
                type=failed.envelope.type,
                attempt=failed.attempts,
                state=after.state,
                error=after.error,
            )

    async def _settle(
        self,
        failed: FailedMessage,
        *,
        state: failed_messages.FailedState,
        error: str,
        attempts: int | None = None,
        pause: timedelta = timedelta(0),
    ) -> None:
        # Until the database takes it: what is left unsettled would count as a start that never
        # ended.
        failures = Failures(DATABASE_AGAIN)
        while True:
            try:
                async with self._consumer.database.transaction() as uow:
                    await failed_messages.settle(
                        uow.connection,
                        failed.envelope.id,
                        worker=self._worker,
                        state=state,
                        attempts=failed.attempts if attempts is None else attempts,
                        next_attempt_at=uow.now + pause,
                        error=error,
                    )
                return
            except Exception as away:
                if not is_transient(away):
                    raise
                log.warning(
                    "retrier.database.unavailable",
                    service=self._consumer.database.service,
                    error=error_text(away),
                )
            await failures.wait()
