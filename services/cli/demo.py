"""Demo requests in different states for an empty desk, made through the public APIs."""

import asyncio
import random
from pathlib import Path
from typing import Any

import httpx
import yaml
from rich.console import Console
from rich.progress import Progress

from shared.contracts.desk import Desk, Form, FormField, Person

TEXTS: dict[str, Any] = yaml.safe_load(
    Path(__file__).with_name("demo_texts.yaml").read_text(encoding="utf-8")
)
AT_ONCE = 4
VISIBLE_SECONDS = 30.0
_SAMPLES = {
    "matricola": "1234567",
    "anno": "2026/2027",
    "corso": "Lettere",
    "paese": "Portogallo",
    "periodo": "secondo semestre",
    "username": "giulia.neri",
    "aula": "Aula 3",
}


class DemoFailed(RuntimeError):
    """An API gave an unexpected answer; the message names the call and the answer."""


async def fill(address: str, desk: Desk, count: int) -> None:
    """Send `count` requests to the installation at `address` and work on most of them.

    Does nothing if there are tickets already. Raises DemoFailed: when an API gives an unexpected
    answer.
    """
    async with httpx.AsyncClient(base_url=address, timeout=30, trust_env=False) as client:
        tokens = {name: await _sign_in(client, name) for name in (*desk.operators, *desk.people)}
        for identity in desk.operators:
            if (await _call(client, "GET", "/api/tickets?limit=1", tokens[identity]))["items"]:
                Console(stderr=True).print(
                    "the desk holds tickets already, so no demo requests are added"
                )
                return
        gate = asyncio.Semaphore(AT_ONCE)
        with Progress(console=Console(stderr=True), transient=True) as progress:
            bar = progress.add_task("demo requests", total=count)

            async def one(number: int) -> None:
                async with gate:
                    await _Story(client, desk, tokens, random.Random(number)).tell()
                    progress.advance(bar)

            await asyncio.gather(*(one(number) for number in range(count)))


class _Story:
    """One request and its way through the states."""

    def __init__(
        self, client: httpx.AsyncClient, desk: Desk, tokens: dict[str, str], chance: random.Random
    ) -> None:
        self._client = client
        self._desk = desk
        self._tokens = tokens
        self._chance = chance

    async def tell(self) -> None:
        chance = self._chance
        slug = chance.choice(list(self._desk.forms))
        language, subject, description = chance.choice(TEXTS.get(slug) or TEXTS["any"])
        asker = chance.choice(list(self._desk.people)) if self._desk.people else None
        number = await self._ask_for_help(slug, language, subject, description, asker)
        worker = await self._who_works(number)
        ending = chance.choices(
            ("new", "taken", "asked", "replied", "closed", "unsuccessful"), (30, 20, 12, 8, 25, 5)
        )[0]
        if ending == "new" or worker is None:
            return
        ticket = f"/api/tickets/{number}"
        token = self._tokens[worker]
        await self._post(f"{ticket}/take", token, {})
        if self._desk.forms[slug].recipe is not None:
            return  # Its recipe has begun: from here on it waits for its children.
        if chance.random() < 0.2:
            await self._post(f"{ticket}/note", token, {"body": chance.choice(TEXTS["notes"])})
        if ending in ("asked", "replied"):
            await self._post(
                f"{ticket}/ask", token, {"body": chance.choice(TEXTS["questions"][language])}
            )
        if ending == "replied" and asker is not None:
            await self._post(
                f"/api/my/requests/{number}/reply",
                self._tokens[asker],
                {"body": chance.choice(TEXTS["replies"][language])},
            )
        if ending in ("closed", "unsuccessful"):
            outcome = "successful" if ending == "closed" else "unsuccessful"
            await self._post(
                f"{ticket}/close",
                token,
                {"outcome": outcome, "answer": chance.choice(TEXTS["answers"][language])},
            )

    async def _ask_for_help(
        self, slug: str, language: str, subject: str, description: str, asker: str | None
    ) -> str:
        guest = Person(
            name="Ospite",
            email=f"ospite.{self._chance.getrandbits(32)}@example.org",
            affiliation="guest",
        )
        person = self._desk.people[asker] if asker else guest
        body = {
            "requester": {"name": person.name, "email": person.email},
            "fields": _answers(self._desk.forms[slug], subject, description, person, self._chance),
            "context": {
                "origin": self._chance.choice(("online-services", "service", "website", "faq"))
            },
            "language": language,
        }
        answer = await self._post(
            f"/api/forms/{slug}/requests", self._tokens[asker] if asker else None, body
        )
        for _ in range(int(VISIBLE_SECONDS / 0.05)):
            status = await _call(self._client, "GET", f"/api/requests/{answer['request_id']}", None)
            if status["ticket_number"]:
                return str(status["ticket_number"])
            await asyncio.sleep(0.05)
        raise DemoFailed(
            f"request {answer['request_id']} got no ticket number in {VISIBLE_SECONDS:.0f} s"
        )

    async def _who_works(self, number: str) -> str | None:
        """Return an operator who may take the ticket, once it is in its queue."""
        for _ in range(int(VISIBLE_SECONDS / 0.05)):
            for identity in self._desk.operators:
                answer = await self._client.get(
                    f"/api/tickets/{number}",
                    headers={"Authorization": f"Bearer {self._tokens[identity]}"},
                )
                if answer.status_code == httpx.codes.OK and (queue := answer.json()["queue"]):
                    able = [i for i in self._desk.operators if "rw" in self._desk.rights(i, queue)]
                    return self._chance.choice(able) if able else None
            await asyncio.sleep(0.05)
        raise DemoFailed(
            f"ticket {number} reached no queue that anybody sees in {VISIBLE_SECONDS:.0f} s"
        )

    async def _post(self, path: str, token: str | None, body: dict[str, Any]) -> Any:
        return await _call(self._client, "POST", path, token, body)


def _answers(
    form: Form, subject: str, description: str, person: Person, chance: random.Random
) -> dict[str, Any]:
    answers: dict[str, Any] = {"subject": subject, "description": description, "consent": True}
    for field in form.fields:
        if field.name not in answers and (field.required or chance.random() < 0.5):
            answers[field.name] = _answer(field, person, chance)
    return answers


def _answer(field: FormField, person: Person, chance: random.Random) -> Any:
    if field.type == "choice":
        return chance.choice(field.choices).value
    if field.type == "boolean":
        return chance.random() < 0.3
    if field.type == "number":
        return field.minimum or 120
    if field.type == "email":
        return person.email
    return _SAMPLES.get(field.name, "—")


async def _sign_in(client: httpx.AsyncClient, identity: str) -> str:
    return str((await _call(client, "POST", "/api/session", None, {"identity": identity}))["token"])


async def _call(
    client: httpx.AsyncClient,
    method: str,
    path: str,
    token: str | None,
    body: dict[str, Any] | None = None,
) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = await client.request(method, path, headers=headers, json=body)
    if answer.is_error:
        raise DemoFailed(f"{method} {path} was answered {answer.status_code}: {answer.text[:300]}")
    return answer.json()
