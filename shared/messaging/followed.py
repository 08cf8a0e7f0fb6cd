"""Reading one outbox for several consumers of one process: rows that one consumer has read are
cached for the others."""

from bisect import bisect_right
from collections import deque
from itertools import islice

from shared.database.database import Database
from shared.database.envelope import Envelope
from shared.database.outbox import read_after

MOST_ROWS = 1000
MOST_BYTES = 4 * 1024 * 1024
"""The cache holds at most so many bytes of events. A consumer that is further behind reads
the database."""


class FollowedOutbox:
    """The outbox in `database` (SQLite).

    SQLite has one writer, so a row never appears before a row that was already read.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self._rows: deque[Envelope[bytes]] = deque()
        self._bytes = 0
        self._ends_at = 0

    async def after(self, seq: int, *, limit: int) -> list[Envelope[bytes]]:
        """Return the next `limit` rows after `seq`, in order."""
        ready = self._ready_after(seq, limit)
        if len(ready) == limit:
            return ready
        start = ready[-1].seq if ready else seq
        fresh = await read_after(await self.database.kept_reader(), start, limit=limit - len(ready))
        self._keep(start, fresh)
        return ready + fresh

    def _ready_after(self, seq: int, limit: int) -> list[Envelope[bytes]]:
        # The cache has no gaps: if it contains row `seq`, it contains every row after it up to its
        # end.
        at = bisect_right(self._rows, seq, key=_seq)
        return (
            list(islice(self._rows, at, at + limit)) if at and self._rows[at - 1].seq == seq else []
        )

    def _keep(self, start: int, rows: list[Envelope[bytes]]) -> None:
        """Cache `rows`, which were read after `start`.

        Rows that do not continue the cache replace it; rows that are older than its end are not
        cached.
        """
        if not rows or rows[-1].seq <= self._ends_at:
            return
        if start != self._ends_at:
            self._rows.clear()
            self._bytes = 0
        self._rows.extend(rows)
        self._ends_at = rows[-1].seq
        self._bytes += sum(len(row.event) for row in rows)
        while len(self._rows) > MOST_ROWS or self._bytes > MOST_BYTES:
            self._bytes -= len(self._rows.popleft().event)


def _seq(row: Envelope[bytes]) -> int:
    return row.seq
