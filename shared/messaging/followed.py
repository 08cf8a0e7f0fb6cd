"""An outbox as the services of one process follow it: what one of them has read lies ready for the others."""

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass
from itertools import islice

from shared.database.database import Database
from shared.database.outbox import Outgoing, read_after
from shared.messaging.message import Message

MOST_ROWS = 1000
MOST_CHARACTERS = 4 * 1024 * 1024
"""Of the texts of the rows that lie ready. Whoever is further behind reads the database."""


@dataclass(frozen=True, slots=True)
class FollowedRow:
    """A row of an outbox. `target` is the only service that it is for, None where it is for all."""

    seq: int
    target: str | None
    message: Message


class FollowedOutbox:
    """The outbox of the service of `database`, on SQLite: there is one writer, so that no row appears behind one that was read."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._rows: deque[FollowedRow] = deque()
        self._characters = 0
        self._ends_at = 0

    async def after(self, seq: int, *, limit: int) -> list[FollowedRow]:
        """Return the next `limit` rows after `seq`, in order."""
        ready = self._ready_after(seq)
        if len(ready) >= limit:
            return ready[:limit]
        start = ready[-1].seq if ready else seq
        outgoing = await read_after(await self.database.kept_reader(), start, limit=limit - len(ready))
        fresh = [_followed(row) for row in outgoing]
        self._keep(start, fresh)
        return ready + fresh

    def _ready_after(self, seq: int) -> list[FollowedRow]:
        # With the row of `seq` itself it is certain that none between is missing.
        at = bisect_right(self._rows, seq, key=_seq)
        return list(islice(self._rows, at, None)) if at and self._rows[at - 1].seq == seq else []

    def _keep(self, start: int, rows: list[FollowedRow]) -> None:
        """Keep `rows`, which were read after `start`, where they continue what lies ready, or where nothing newer does."""
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
