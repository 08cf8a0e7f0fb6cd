"""Knows the browsers that listen to this process, and tells each what it may know has changed."""

import asyncio
from collections import Counter

from services.portal.domain.viewer import Viewer
from services.portal.live.audience import Changed
from services.portal.live.listeners import Listener, Topic
from services.portal.projection.changes import DESK, bells_in, numbers_in, queues_in, ticket_key
from services.portal.queries.related_tickets import known_tickets, relatives_around
from shared.contracts.people import Requester
from shared.database.database import Database
from shared.database.desk_copy import current_desk
from shared.text.sentences import N_
from shared.web.errors import TooManyRequests, Unavailable, WebError

MOST_LISTENERS = 2000
MOST_PENDING = 2000
RETRY_SECONDS = 30
GAP_SECONDS = 0.05
"""Between two deliveries: what changes meanwhile is told together."""


class Hub:
    """Announcements come in as keys, from this process and the others; each listener hears names of
    what it may see.

    The rights are those of the moment of delivery: the tickets are read again, under the desk then
    in force.
    """

    def __init__(self, database: Database, *, per_person: int = 12, per_address: int = 400) -> None:
        """`per_person` and `per_address` are the streams that one person, and one address, may have
        at a time.
        """
        self.wake = asyncio.Event()
        self.stopped = asyncio.Event()
        self.somebody_came = asyncio.Event()
        self._database = database
        self._per_person, self._per_address = per_person, per_address
        self._listeners: dict[Listener, None] = {}
        """The oldest first."""
        self._pending: set[str] = set()
        self._met: frozenset[str] = frozenset()

    def hear(self, keys: frozenset[str]) -> None:
        """Take the keys of an announcement.

        Above a bound they are no longer told apart: everybody looks at everything again.
        """
        if not self._listeners:
            return
        self._pending |= keys
        if len(self._pending) > MOST_PENDING:
            self._pending = {DESK}
        self.wake.set()

    def join(
        self, person: Requester, topic: Topic, *, address: str | None = None, is_shown: bool = False
    ) -> Listener:
        """Let somebody listen, whose oldest stream ends where they have too many.

        `is_shown`: they see the ticket or request of the topic now.

        Raises TooManyRequests where their address is full of other people's streams, Unavailable
        where the whole portal is or where it stops.
        """
        if self.stopped.is_set():
            raise _unavailable()
        listener = Listener(person, topic, address, is_shown=is_shown)
        own = [each for each in self._listeners if each.who == listener.who]
        if len(own) >= self._per_person:
            self._end(own[0])
        here = [each for each in self._listeners if each.address == address]
        if address is not None and len(here) >= self._per_address:
            self._make_room(
                here, listener.who, otherwise=TooManyRequests(retry_after=RETRY_SECONDS)
            )
        if len(self._listeners) >= MOST_LISTENERS:
            self._make_room(list(self._listeners), listener.who, otherwise=_unavailable())
        self._listeners[listener] = None
        if person.identity is not None and person.identity not in self._met:
            self.somebody_came.set()
        return listener

    def leave(self, listener: Listener) -> None:
        """Forget a listener."""
        self._listeners.pop(listener, None)

    def _make_room(self, among: list[Listener], who: str, *, otherwise: WebError) -> None:
        listener = _least_needed(among, who)
        if listener is None:
            raise otherwise
        self._end(listener)

    def _end(self, listener: Listener) -> None:
        self.leave(listener)
        listener.end()

    def people(self) -> frozenset[str]:
        """Return the identities of those who listen."""
        return frozenset(
            listener.person.identity
            for listener in self._listeners
            if listener.person.identity is not None
        )

    def meet(self) -> frozenset[str]:
        """Return the same, and let `somebody_came` be about others from now on: who goes from page
        to page does not come anew.
        """
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
        listened_to = {
            listener.topic.number for listener in self._listeners if listener.topic.number
        }
        numbers = listened_to if DESK in keys else numbers_in(keys)
        async with self._database.reading() as connection:
            desk = (await current_desk(connection)).desk
            tickets = await known_tickets(connection, numbers)
            around = await relatives_around(connection, tickets, listened_to)
        changed = Changed.of(
            tickets, around, queues_in(keys), bells_in(keys), everything=DESK in keys
        )
        viewers: dict[Requester, Viewer] = {}
        for listener in self._listeners:
            viewer = viewers.get(listener.person) or viewers.setdefault(
                listener.person, Viewer(desk, listener.person)
            )
            for name in changed.names_for(viewer, listener.topic):
                listener.tell(name)
            shown_now = changed.is_shown(viewer, listener.topic)
            if listener.is_shown and shown_now is False:
                # Told once: the page left open can say that this has gone from sight.
                listener.tell(ticket_key(listener.topic.number))
            listener.is_shown = listener.is_shown if shown_now is None else shown_now


def _least_needed(listeners: list[Listener], who: str) -> Listener | None:
    """Return the one of `listeners` that makes room for `who`: their own oldest, else the oldest of
    the person who has most.

    None where nobody has more than one.
    """
    counts = Counter(each.who for each in listeners)
    most, count = (who, 2) if who in counts else counts.most_common(1)[0]
    return next(each for each in listeners if each.who == most) if count > 1 else None


def _unavailable() -> Unavailable:
    sentence = N_("Too many pages are listening for changes at the moment.")
    return Unavailable(sentence, retry_after=RETRY_SECONDS)
