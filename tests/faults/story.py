"""A short story in which everything happens once that the checker looks at, with every command
written down.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from tests.faults.commands_checked import command_id
from tests.faults.facts import Call, Promised
from tests.installation.http import Answer
from tests.installation.people import Json, People, Person, tasse_request
from tests.installation.waiting import eventually

MOBILITA: Json = {
    "requester": {"name": "Hugo Marchi", "email": "hugo.marchi@example.edu"},
    "fields": {
        "subject": "Un semestre a Lisbona",
        "description": "Vorrei partire a febbraio.",
        "matricola": "1234567",
        "paese": "Portogallo",
        "periodo": "secondo semestre",
        "consent": True,
    },
    "context": {"origin": "website"},
    "language": "it",
}


AT_THE_PHONE = {"name": "Giulia Neri", "email": "giulia.neri@studenti.example.edu"}


class Story:
    """Told once: `promised` is what its people were told."""

    def __init__(self, people: People) -> None:
        self.calls: list[Call] = []
        self.requests: list[str] = []
        self._people = people
        self._persons: dict[str, Person] = {}
        self._keys = itertools.count(1)

    @property
    def promised(self) -> Promised:
        return Promised(requests=self.requests, calls=self.calls)

    async def tell(self) -> None:
        first, second, third = [
            await self._request(tasse_request(f"Storia {number}"), by="giulia.neri")
            for number in range(3)
        ]
        await self._request(
            {**tasse_request("Storia al telefono"), "on_behalf_of": AT_THE_PHONE}, by="anna.ferri"
        )
        mobility = await self._request(MOBILITA, form="mobilita")
        await self._family(first)
        await self._merge(second, third, linked=first)
        await self._recipe(mobility)
        await self._refusals(first)

    async def _family(self, parent: str) -> None:
        await self.done("anna.ferri", "take", parent)
        await self.done("anna.ferri", "responsible", parent, operator="bruno.galli")
        child = await self.done(
            "anna.ferri",
            "children",
            parent,
            queue="studenti/tasse",
            subject="Rata",
            body="figlio",
            fields=MATRICOLA,
        )
        await self.done("dario.riva", "bounce", child, reason="manca l'anno")
        await self.done("anna.ferri", "resend", child, fields={"anno": "2026/2027"}, body="eccolo")
        await self.done("dario.riva", "take", child)
        await self.done("dario.riva", "close", child, outcome="successful", answer="registrata")
        await self._is(parent, "open")
        await self.done("bruno.galli", "watch", parent)
        await self._shares(parent)
        await self.done("giulia.neri", "my reply", parent, body="grazie")
        await self.done("anna.ferri", "ask", parent, body="tutto bene?")

    async def _shares(self, ticket: str) -> None:
        await self.done(
            "giulia.neri", "my share", ticket, name="Ida Boni", email="ida.boni@example.org"
        )
        await self.done(
            "bruno.galli", "share", ticket, name="Hugo Marchi", email="Hugo.Marchi@example.edu"
        )
        await self.done("giulia.neri", "my unshare", ticket, email="IDA.boni@example.org")
        await self.done("anna.ferri", "unshare", ticket, email="ida.boni@example.org")
        assert (
            await self.give("hugo.marchi", "my reply", ticket, {"body": "ci sono anch'io"})
        ).status == 403

    async def _merge(self, ticket: str, into: str, *, linked: str) -> None:
        await self.done("anna.ferri", "take", into)
        await self.done("anna.ferri", "links", ticket, to=linked, kind="duplicate")
        await self.done("anna.ferri", "links", ticket, to=into, kind="duplicate")
        await self.done("anna.ferri", "merge", ticket, into=into)
        await self.done("luisa.villa", "move", into, queue="studenti/carriere", reason="altrove")

    async def _recipe(self, mobility: str) -> None:
        await self.done("nadia.serra", "take", mobility)
        step = (await self._is(mobility, "waiting_children"))["children"][0]
        await self.done("carla.monti", "take", step)
        await self.done("carla.monti", "close", step, outcome="successful", answer="in regola")

        async def all_are_open() -> bool:
            return len((await self._people.is_queued(mobility))["children"]) == 3

        assert await eventually(all_are_open, what="the next steps are open")

    async def _refusals(self, ticket: str) -> None:
        assert (
            await self.give("carla.monti", "note", ticket, {"body": "non la vedo"})
        ).status == 404
        assert (await self.give("ivo.santi", "take", ticket, {})).status == 403
        assert (
            await self.give("anna.ferri", "reopen", ticket, {"reason": "non è chiusa"})
        ).status == 409

    async def done(self, identity: str, action: str, number: str, **body: Any) -> str:
        """Give a command that must succeed; return the number that is answered."""
        answer = await self.give(identity, action, number, body)
        assert answer.status < 300, (action, answer.status, answer.body)
        answered: str = answer.json()["number"]
        return answered

    async def give(
        self, identity: str, action: str, number: str, body: Mapping[str, Any]
    ) -> Answer:
        """Give a command and write it down."""
        person = await self._person(identity)
        key = f"storia-{next(self._keys)}"
        path = (
            f"/api/my/requests/{number}/{action[3:]}"
            if action.startswith("my ")
            else f"/api/tickets/{number}/{action}"
        )
        answer = await person.post(path, dict(body), key=key)
        told = answer.json() if answer.status < 300 else {}
        words = next((body[name] for name in ("body", "answer", "reason") if name in body), None)
        command = command_id(identity, key)
        self.calls.append(
            Call(
                command,
                identity,
                action,
                number,
                words,
                answer.status,
                told.get("number"),
                told.get("version"),
            )
        )
        return answer

    async def _request(self, body: Json, *, form: str = "tasse", by: str | None = None) -> str:
        sender = await self._person(by) if by else self._people.nobody
        self.requests.append(await sender.send_form(body, form=form))
        number = await self._people.nobody.number_of(self.requests[-1])
        await self._people.is_queued(number)
        return number

    async def _person(self, identity: str) -> Person:
        if identity not in self._persons:
            self._persons[identity] = await self._people.sign_in(identity)
        return self._persons[identity]

    async def _is(self, number: str, state: str) -> Json:
        async def look() -> Json | None:
            ticket = await self._people.is_queued(number)
            return ticket if ticket["state"] == state else None

        return await eventually(look, what=f"ticket {number} is {state}")


MATRICOLA = {"matricola": "1234567"}
