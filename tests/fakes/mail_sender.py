"""A MailSender that keeps what it is given and ends each mail as it was told to."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from services.notify.domain.outcomes import Accepted, Outcome
from services.notify.ports import OutgoingMail


class FakeMailSender:
    """`answer` decides the outcome of each mail (accepted, if none is given); `gate`, when cleared,
    holds every mail under way.
    """

    def __init__(
        self, *, parallel: int = 2, answer: Callable[[OutgoingMail], Outcome] | None = None
    ) -> None:
        self.parallel = parallel
        self.time_limit = timedelta(seconds=30)
        self.answer = answer
        self.tried: list[OutgoingMail] = []
        self.accepted: list[OutgoingMail] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.is_closed = False
        self._arrivals = asyncio.Semaphore(0)

    async def arrived(self, count: int) -> None:
        """Return when `count` more mails have been handed over."""
        for _ in range(count):
            await self._arrivals.acquire()

    @property
    def times_accepted(self) -> Counter[str]:
        """How often each delivery was accepted, by id."""
        return Counter(str(mail.delivery_id) for mail in self.accepted)

    async def send(self, mail: OutgoingMail) -> Outcome:
        self.tried.append(mail)
        self._arrivals.release()
        await asyncio.sleep(0)
        await self.gate.wait()
        outcome = self.answer(mail) if self.answer else Accepted()
        if isinstance(outcome, Accepted):
            self.accepted.append(mail)
        return outcome

    async def close(self) -> None:
        self.is_closed = True
