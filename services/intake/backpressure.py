"""Whether intake may still accept: not when its outbox no longer drains, and not when its disk is
nearly full.
"""

import shutil
from pathlib import Path

import structlog

from shared.database.database import Database
from shared.database.outbox import outbox_state
from shared.text.sentences import N_
from shared.web.errors import Unavailable

RETRY_AFTER_SECONDS = 30
log = structlog.get_logger()


class Pressure:
    """Measured now and then; asked by every request."""

    def __init__(
        self, database: Database, *, outbox_oldest_seconds: float, disk_free_mb: int
    ) -> None:
        self._database = database
        self._outbox_oldest_seconds = outbox_oldest_seconds
        self._disk_free_mb = disk_free_mb
        self._folder = (
            Path(database.url.database or ".").absolute().parent if database.is_sqlite else None
        )
        self._is_high = False

    def refuse_if_high(self) -> None:
        """Raise Unavailable while nothing more should be accepted."""
        if self._is_high:
            sentence = N_("We cannot accept requests at the moment. Try again later.")
            raise Unavailable(sentence, retry_after=RETRY_AFTER_SECONDS)

    async def measure(self) -> None:
        """Look at the age of the outbox and at the free space of the disk (SQLite only: another
        server's disk is not ours to see).
        """
        async with self._database.reading() as connection:
            state = await outbox_state(connection, now=self._database.clock.now())
        is_old = state.oldest_seconds > self._outbox_oldest_seconds
        is_full = (
            self._folder is not None
            and shutil.disk_usage(self._folder).free < self._disk_free_mb * 1024 * 1024
        )
        if (is_old or is_full) != self._is_high:
            log.warning(
                "intake.pressure.changed",
                outbox_seconds=round(state.oldest_seconds),
                disk_is_full=is_full,
                refusing=is_old or is_full,
            )
        self._is_high = is_old or is_full
