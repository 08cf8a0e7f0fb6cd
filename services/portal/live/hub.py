"""Knows the browsers that listen to this process, and tells each what it may know has changed."""

import asyncio

from services.portal.domain.viewer import Viewer
from services.portal.live.changed import Changed
from services.portal.live.listeners import Listener, Topic
from services.portal.live.names import DESK, bells_in, numbers_in, queues_in
from services.portal.queries.known import known_tickets, relatives_around
from shared.database.database import Database
from shared.database.desk_copy import current_desk
from shared.events.people import Requester
from shared.web.errors import Unavailable
from shared.web.sentences import N_

MOST_LISTENERS = 2000
MOST_PENDING = 2000
GAP_SECONDS = 0.05
"""Between two deliveries: what changes meanwhile is told together."""


class Hub:
    """Announcements come in as keys, from this process and the others; each listener hears names of what it may see.

    The rights are those of the moment of delivery: the tickets are read again, under the desk then in force.
    """

    def __init__(self, database: Database) -> None:
        self.wake = asyncio.Event()
        self.stopped = asyncio.Event()
        self.somebody_came = asyncio.Event()
        self._database = database
        self._listeners: set[Listener] = set()
        self._pending: set[str] = set()
        self._met: frozenset[str] = frozenset()

    def hear(self, keys: frozenset[str]) -> None:
        """Take the keys of an announcement. Above a bound they are no longer told apart: everybody looks at everything again."""
        if not self._listeners:
            return
        self._pending |= keys
        if len(self._pending) > MOST_PENDING:
            self._pending = {DESK}
        self.wake.set()

    def join(self, person: Requester, topic: Topic) -> Listener:
        """Let somebody listen. Raises Unavailable while too many do."""
        if len(self._listeners) >= MOST_LISTENERS or self.stopped.is_set():
            raise Unavailable(N_("Too many pages are listening for changes at the moment."), retry_after=30)
        listener = Listener(person, topic)
        self._listeners.add(listener)
        if person.identity is not None and person.identity not in self._met:
            self.somebody_came.set()
        return listener

    def leave(self, listener: Listener) -> None:
        """Forget a listener."""
        self._listeners.discard(listener)

    def people(self) -> frozenset[str]:
        """Return the identities of those who listen."""
        return frozenset(listener.person.identity for listener in self._listeners if listener.person.identity is not None)

    def meet(self) -> frozenset[str]:
        """Return the same, and let `somebody_came` be about others from now on: who goes from page to page does not come anew."""
        self._met = self.people()
        self.somebody_came.clear()
        return self._met

    async def stop(self) -> None:
        """End all streams."""
        self.stopped.set()
        for listener in self._listeners:
            listener.wake.set()

    async def deliver(self) -> bool:
        """Tell the listeners what is pending; return whether anything was."""
        keys, self._pending = self._pending, set()
        if not keys or not self._listeners:
            return False
        try:
            await self._tell_all(keys)
        except BaseException:
            # Not told yet: the next delivery tells it.
            self._pending |= keys
            raise
        await asyncio.sleep(GAP_SECONDS)
        return True

    async def _tell_all(self, keys: set[str]) -> None:
        listened_to = {listener.topic.number for listener in self._listeners if listener.topic.number}
        numbers = listened_to if DESK in keys else numbers_in(keys)
        async with self._database.reading() as connection:
            desk = (await current_desk(connection)).desk
            tickets = await known_tickets(connection, numbers)
            around = await relatives_around(connection, tickets, listened_to)
        changed = Changed.of(tickets, around, queues_in(keys), bells_in(keys), everything=DESK in keys)
        viewers: dict[Requester, Viewer] = {}
        for listener in self._listeners:
            viewer = viewers.get(listener.person) or viewers.setdefault(listener.person, Viewer(desk, listener.person))
            for name in changed.names_for(viewer, listener.topic):
                listener.tell(name)
