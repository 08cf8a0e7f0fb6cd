"""Tries kept messages again, each alone, until they work or a person must decide."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import structlog

from shared.database import failed_messages as failures
from shared.database.failed_messages import FailedMessage
from shared.database.transient import is_transient
from shared.messaging.consumer import Consumer
from shared.messaging.kept import verdict

log = structlog.get_logger()

LEASE = timedelta(seconds=30)
MAX_UNFINISHED = 3
POLL_SECONDS = 0.5


class Retrier:
    """The one place where this process runs what was redelivered, failed, waits for something, or met an unclean stop.

    The attempt is committed before it is made. Three starts that never ended make a dead letter, so a message that kills the process takes
    neither its neighbours nor the service along.
    """

    def __init__(self, consumer: Consumer[Any]) -> None:
        self._consumer = consumer
        self._worker = str(uuid4())
        self._wake = asyncio.Event()
        consumer.on_kept(self._wake.set)

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                while await self.try_one():
                    pass
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning(
                    "retrier.database.unavailable",
                    service=self._consumer.database.service,
                    error=str(error)[:200],
                )
                await asyncio.sleep(2)
            self._wake.clear()
            try:
                async with asyncio.timeout(POLL_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                pass

    async def try_one(self) -> bool:
        """Run the message that is due longest; return False if none is due."""
        database = self._consumer.database
        async with database.reading() as connection:
            if not await failures.is_any_due(connection, now=database.clock.now()):
                return False
        async with database.transaction() as uow:
            failed = await failures.claim_next(uow.connection, worker=self._worker, now=uow.now, lease=LEASE)
        if failed is None:
            return False
        if failed.unfinished > MAX_UNFINISHED:
            await self._settle(
                failed,
                state="dead",
                error=f"{MAX_UNFINISHED} starts never came to an end",
            )
            return True
        try:
            await self._consumer.run_alone(failed)
        except Exception as error:  # noqa: BLE001  any error is a verdict on the message
            if is_transient(error):
                # The database's fault, not the message's: this start does not count.
                await self._settle(
                    failed,
                    state=failed.state,
                    error=failed.error or "",
                    attempts=failed.attempts - 1,
                    pause=timedelta(seconds=1),
                )
                return True
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
                id=failed.message_id,
                type=failed.type,
                attempt=failed.attempts,
                state=after.state,
                error=after.error,
            )
        return True

    async def _settle(
        self,
        failed: FailedMessage,
        *,
        state: failures.FailedState,
        error: str,
        attempts: int | None = None,
        pause: timedelta = timedelta(0),
    ) -> None:
        async with self._consumer.database.transaction() as uow:
            await failures.settle(
                uow.connection,
                failed.message_id,
                state=state,
                attempts=failed.attempts if attempts is None else attempts,
                unfinished=0,
                next_attempt_at=uow.now + pause,
                error=error,
            )
