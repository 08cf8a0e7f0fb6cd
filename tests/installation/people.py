"""People at an installation: they send forms and sign in, at each of its intakes and portals in
turn.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Self

from tests.installation.http import Answer, Check, Connection, sign_in
from tests.installation.installation import Installation
from tests.installation.waiting import eventually

Json = dict[str, Any]


def tasse_request(
    subject: str,
    *,
    name: str = "Giulia Neri",
    email: str = "giulia.neri@studenti.example.edu",
    description: str = "Ho pagato la seconda rata il 14 settembre ma risulta ancora da pagare.",
    language: str = "it",
) -> Json:
    """A sound body for the form `tasse`, opened from the online services."""
    return {
        "requester": {"name": name, "email": email},
        "fields": {
            "subject": subject,
            "description": description,
            "matricola": "1234567",
            "anno": "2026/2027",
            "importo": 356.5,
            "consent": True,
        },
        "context": {"origin": "online-services", "page": "https://servizi.example.edu/tasse"},
        "language": language,
    }


class Person:
    """Somebody with a token (None: nobody in particular). Each call goes to the next door."""

    def __init__(
        self, installation: Installation, token: str | None, check: Check | None = None
    ) -> None:
        self.token = token
        doors = (*installation.portals, *installation.intakes)
        self._connections = {url: Connection(url, token=token, check=check) for url in doors}
        self._portals = itertools.cycle(installation.portals)
        self._intakes = itertools.cycle(installation.intakes)

    @property
    def portal(self) -> Connection:
        """The next portal."""
        return self._connections[next(self._portals)]

    @property
    def intake(self) -> Connection:
        """The next intake."""
        return self._connections[next(self._intakes)]

    async def read(self, path: str) -> Any:
        """Return the JSON at the portal's `path`, which must be there."""
        answer = await self.portal.get(path)
        assert answer.status == 200, (path, answer.status, answer.body)
        return answer.json()

    async def do(
        self, path: str, body: Mapping[str, Any] | None = None, *, key: str | None = None
    ) -> Json:
        """Post to the portal's `path`, which must succeed; return the JSON."""
        answer = await self.portal.post(path, body or {}, key=key)
        assert answer.status == 200, (path, answer.status, answer.body)
        done: Json = answer.json()
        return done

    async def post(self, path: str, body: Any = None, *, key: str | None = None) -> Answer:
        """Post to the portal's `path`, whatever comes of it."""
        return await self.portal.post(path, {} if body is None else body, key=key)

    async def send_form(
        self, body: Mapping[str, Any], *, form: str = "tasse", key: str | None = None
    ) -> str:
        """Send a form that must be accepted; return the request's id."""
        answer = await self.intake.post(f"/api/forms/{form}/requests", body, key=key)
        assert answer.status == 202, (answer.status, answer.body)
        request_id: str = answer.json()["request_id"]
        assert answer.json() == {
            "request_id": request_id,
            "status_url": f"/api/requests/{request_id}",
        }
        assert answer.headers["location"] == f"/api/requests/{request_id}"
        return request_id

    async def number_of(self, request_id: str) -> str:
        """Return the ticket number of a request, once it has one."""

        async def look() -> str | None:
            answer = await self.intake.get(f"/api/requests/{request_id}")
            assert answer.status == 200, answer.body
            status = answer.json()
            assert status["status"] == ("ticketed" if status["ticket_number"] else "received")
            number: str | None = status["ticket_number"]
            return number

        return await eventually(look, what=f"request {request_id} has a number")

    def close(self) -> None:
        for connection in self._connections.values():
            connection.close()


_IDENTITIES = {
    "giulia.neri@studenti.example.edu": "giulia.neri",
    "hugo.marchi@example.edu": "hugo.marchi",
}
"""Of the example desk, by address."""


class People:
    """Everybody who calls during a test; they leave at its end.

    `check` looks at every answer that they get.
    """

    def __init__(self, installation: Installation, *, check: Check | None = None) -> None:
        self.installation = installation
        self._check = check
        self.nobody = Person(installation, None, check)
        self._here = [self.nobody]
        self._doors: Iterator[str] = itertools.cycle(installation.portals)
        self._supervisor: Person | None = None
        self._senders: dict[str, Person] = {}

    async def sign_in(self, identity: str) -> Person:
        """Return `identity` with a token, which is good at every door."""
        person = Person(self.installation, await sign_in(next(self._doors), identity), self._check)
        self._here.append(person)
        return person

    async def new_ticket(
        self, subject: str, *, form: str = "tasse", body: Mapping[str, Any] | None = None
    ) -> str:
        """Have a form sent (`tasse` with `subject`), signed in where the address is that of
        somebody who can be; return the number of its ticket, once the portal shows it in a queue.
        """
        sent = body or tasse_request(subject)
        number = await self.nobody.number_of(
            await (await self._sender(sent)).send_form(sent, form=form)
        )
        await self.is_queued(number)
        return number

    async def _sender(self, body: Mapping[str, Any]) -> Person:
        identity = _IDENTITIES.get(body["requester"]["email"])
        if identity is None:
            return self.nobody
        if identity not in self._senders:
            self._senders[identity] = await self.sign_in(identity)
        return self._senders[identity]

    async def is_queued(self, number: str) -> Json:
        """Wait until the portal shows a ticket in a queue; return the ticket as a supervisor sees
        it.
        """
        self._supervisor = self._supervisor or await self.sign_in("luisa.villa")
        supervisor = self._supervisor

        async def look() -> Json | None:
            answer = await supervisor.portal.get(f"/api/tickets/{number}")
            return answer.json() if answer.status == 200 and answer.json()["queue"] else None

        return await eventually(look, what=f"ticket {number} is shown in a queue")

    async def has_notices(self, number: str, count: int) -> Json:
        """Wait until `count` notices to the requester are articles of the ticket: each of them is a
        version of it.
        """
        await self.is_queued(number)

        async def look() -> Json | None:
            assert self._supervisor is not None
            ticket: Json = await self._supervisor.read(f"/api/tickets/{number}")
            notices = [article for article in ticket["articles"] if article["kind"] == "notice"]
            return ticket if len(notices) == count else None

        return await eventually(look, what=f"ticket {number} has {count} notices")

    async def __aenter__(self) -> Self:
        # What an earlier test broke may still be on its way back: one process of two has found the
        # broker again, the other not yet.
        for program in self.installation.programs.values():
            if program.is_running:
                await asyncio.to_thread(program.wait_ready)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for person in self._here:
            person.close()
