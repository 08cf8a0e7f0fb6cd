"""Reading one outbox for several consumers of one process: rows that one consumer has read are
cached for the others."""

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass
from itertools import islice

from shared.database.database import Database
from shared.database.outbox import Outgoing, read_after
from shared.messaging.message import Message

MOST_ROWS = 1000
MOST_CHARACTERS = 4 * 1024 * 1024
"""The cache holds at most so many characters of event bodies. A consumer that is further behind reads
the database."""


@dataclass(frozen=True, slots=True)
class FollowedRow:
    """A row of an outbox. `target` is the only service that receives it; None means every service."""

    seq: int
    target: str | None
    message: Message


class FollowedOutbox:
    """The outbox in `database` (SQLite). SQLite has one writer, so a row never appears before a row that
    was already read."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._rows: deque[FollowedRow] = deque()
        self._characters = 0
        self._ends_at = 0

    async def after(self, seq: int, *, limit: int) -> list[FollowedRow]:
        """Return the next `limit` rows after `seq`, in order."""
        ready = self._ready_after(seq, limit)
        if len(ready) == limit:
            return ready
        start = ready[-1].seq if ready else seq
        outgoing = await read_after(await self.database.kept_reader(), start, limit=limit - len(ready))
        fresh = [_followed(row) for row in outgoing]
        self._keep(start, fresh)
        return ready + fresh

    def _ready_after(self, seq: int, limit: int) -> list[FollowedRow]:
        # The cache has no gaps: if it contains row `seq`, it contains every row after it up to its end.
        at = bisect_right(self._rows, seq, key=_seq)
        return list(islice(self._rows, at, at + limit)) if at and self._rows[at - 1].seq == seq else []

    def _keep(self, start: int, rows: list[FollowedRow]) -> None:
        """Cache `rows`, which were read after `start`. Rows that do not continue the cache replace it;
        rows that are older than its end are not cached."""
        if not rows or rows[-1].seq <= self._ends_at:
            return
        if start != self._ends_at:
            self._rows.clear()
            self._characters = 0
        self._rows.extend(rows)
        self._ends_at = rows[-1].seq
        self._characters += sum(len(row.message.body) for row in rows)
        while len(self._rows) > MOST_ROWS or self._characters > MOST_CHARACTERS:
            self._characters -= len(self._rows.popleft().message.body)


def _seq(row: FollowedRow) -> int:
    return row.seq


def _followed(row: Outgoing) -> FollowedRow:
    return FollowedRow(row.seq, row.target, Message.of(row))
