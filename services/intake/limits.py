"""How many requests may be sent: by one client, for one address that nobody confirmed, with one
form, and altogether.

The first two are counted with each request, in the transaction that makes it durable. The last two
concern everybody, and one row for all would make all transactions wait for each other: so each
process draws a share of the limit, and the next one when that is used up. They count only requests
by people who have not signed in, who so never use up what the others need.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from shared.contracts.people import Requester
from shared.core.clock import Clock
from shared.database.database import Database
from shared.database.quotas import Quota, Used, use
from shared.text.addresses import mailbox_of
from shared.text.sentences import N_
from shared.web.auth import Caller
from shared.web.errors import TooManyRequests
from shared.web.rate import CLIENTS_OF_A_NETWORK, network_of

AN_HOUR = timedelta(hours=1)
_SHARES = 100
"""A common limit is drawn in so many parts: a process that stops loses one at most."""

Which = Literal["client", "recipient", "form", "all"]

_SENTENCES: Mapping[Which, str] = {
    "client": N_("Too many requests were sent from here. Try again in %(minutes)s min."),
    "recipient": N_(
        "Too many requests were sent for this email address. Try again in %(minutes)s min, or "
        "sign in."
    ),
    "form": N_(
        "Too many requests are being sent with this form at the moment. Try again in "
        "%(minutes)s "
        "min, or sign in."
    ),
    "all": N_(
        "Too many requests are being sent at the moment. Try again in %(minutes)s min, or sign in."
    ),
}


@dataclass(frozen=True, slots=True)
class HourlyLimits:
    """How many requests an hour; 0 is any number."""

    client: int
    recipient: int
    form: int
    all: int


@dataclass(frozen=True, slots=True)
class Counted:
    """A quota that a request is counted in, and which limit that is."""

    which: Which
    quota: Quota


class LimitReached(TooManyRequests):
    """One request too many, by the limit `which`, until its time is over."""

    def __init__(self, which: Which, used: Used, *, now: datetime) -> None:
        super().__init__(retry_after=used.wait(now))
        self.which = which
        self.sentence = _SENTENCES[which]


class Limits:
    """The limits of one running intake."""

    def __init__(self, limits: HourlyLimits, *, database: Database, clock: Clock) -> None:
        self._limits = limits
        self._database = database
        self._clock = clock
        self._crowds: dict[str, _Crowd] = {}

    def counted_for(
        self, requester: Requester, *, caller: Caller | None, client: str | None
    ) -> tuple[Counted, ...]:
        """Return what a request of `requester` is counted in, sent by `caller` from `client` (None:
        from this machine itself).
        """
        counted = []
        if client is not None and self._limits.client:
            # Many people may share an address, but not an account.
            subject = f"account {caller.identity}" if caller is not None else f"address {client}"
            counted.append(self._counted("client", subject, self._limits.client))
            network = network_of(client) if caller is None else None
            if network is not None:
                counted.append(
                    self._counted(
                        "client", f"network {network}", self._limits.client * CLIENTS_OF_A_NETWORK
                    )
                )
        if requester.assurance == "typed" and self._limits.recipient:
            counted.append(
                self._counted("recipient", mailbox_of(requester.email), self._limits.recipient)
            )
        return tuple(counted)

    def crowds_for(
        self, form: str, *, caller: Caller | None, client: str | None
    ) -> Sequence["_Crowd"]:
        """Return the common limits that such a request has to do with."""
        if caller is not None or client is None:
            return ()
        crowds = [
            self._crowd("form", form, self._limits.form),
            self._crowd("all", "", self._limits.all),
        ]
        return [crowd for crowd in crowds if crowd is not None]

    def _counted(self, which: Which, subject: str, most: int) -> Counted:
        return Counted(which, Quota.of(f"intake.{which}", subject, most=most, within=AN_HOUR))

    def _crowd(self, which: Which, subject: str, most: int) -> "_Crowd | None":
        if not most:
            return None
        name = f"{which} {subject}"
        if name not in self._crowds:
            self._crowds[name] = _Crowd(
                self._counted(which, subject, most), database=self._database, clock=self._clock
            )
        return self._crowds[name]


class _Crowd:
    """A limit that everybody uses together, and this process's share of it."""

    def __init__(self, counted: Counted, *, database: Database, clock: Clock) -> None:
        self._counted = counted
        self._share = max(1, counted.quota.most // _SHARES)
        self._database = database
        self._clock = clock
        self._left = 0
        self._drawn: Used | None = None
        self._drawing = asyncio.Lock()

    async def admit(self) -> None:
        """Return if one more request may come; nothing is used up before `use`.

        Raises LimitReached.
        """
        async with self._drawing:
            now = self._clock.now()
            is_over = self._drawn is None or now >= self._drawn.until
            if is_over or (self._left <= 0 and not self._is_full):
                await self._draw(now)
            if self._left <= 0 and self._drawn is not None:
                raise LimitReached(self._counted.which, self._drawn, now=now)

    def use(self) -> None:
        """Note that a request came.

        (Of those that were admitted at the same moment a few more than are left may come.)
        """
        self._left -= 1

    async def _draw(self, now: datetime) -> None:
        async with self._database.transaction() as uow:
            drawn = (await use(uow.connection, {self._counted.quota: self._share}, now=now))[
                self._counted.quota.key
            ]
        self._drawn = drawn
        self._left = min(self._share, self._counted.quota.most - (drawn.used - self._share))

    @property
    def _is_full(self) -> bool:
        return self._drawn is not None and self._drawn.used >= self._counted.quota.most


def first_beyond(
    counted: Sequence[Counted], used: Mapping[UUID, Used], so_far: dict[UUID, int]
) -> Counted | None:
    """Return the first of the quotas that one more request goes beyond, None where there is room in
    all.

    `used` says how much is used once all requests of a group are counted, `so_far` how many of each
    quota are still to be looked at: the request's own are taken out of it.
    """
    beyond = None
    for each in counted:
        key = each.quota.key
        so_far[key] -= 1
        if beyond is None and used[key].used - so_far[key] > each.quota.most:
            beyond = each
    return beyond
