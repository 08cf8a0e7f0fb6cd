"""Many operators and requesters at once, who act at random and do not give up: what is not answered
is asked again with the same key.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any, Self, TypeVar

from tests.faults.commands_checked import command_id
from tests.faults.deeds import SAYS_SOMETHING, WEIGHTS, Surroundings, body_of, reader_in
from tests.faults.facts import Call
from tests.installation.http import Answer, Connection, sign_in
from tests.installation.installation import Installation

PATIENCE_SECONDS = 15.0
"""For one answer, before it is asked for again: more than a command's deadline."""
AGAIN_SECONDS = 0.3
MOST_ASKED = 400
"""So often is asked for one answer: longer than anything is away."""
REFUSALS = frozenset({403, 404, 409, 422})
C = TypeVar("C", bound="Caller")
IN_BULK = ("take", "release", "note", "priority", "watch", "close", "links")


class Caller:
    """Somebody with a connection to each portal, which he tries in turn until one answers.

    He does one thing at a time.
    """

    patience = 1.0
    """How much longer he pauses than others."""

    def __init__(self, crowd: Crowd, identity: str, token: str, seed: str) -> None:
        self.identity = identity
        self.chance = random.Random(seed)
        self.crowd = crowd
        self._connections = [Connection(url, token=token) for url in crowd.installation.portals]
        self.chance.shuffle(self._connections)
        self._turn = itertools.cycle(self._connections)

    async def act(self) -> None:
        """Do one thing at random. Who only does what he is told does nothing by himself."""

    async def insist(self, path: str, body: Any = None, *, key: str | None = None) -> Answer:
        """Ask (without body: read) until there is an answer.

        TimeoutError when there is none for minutes.
        """
        for _ in range(MOST_ASKED):
            door = next(self._turn)
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    answer = await (
                        door.get(path) if body is None else door.post(path, body, key=key)
                    )
                if answer.status != 503 and not _is_partly_unknown(path, answer):
                    return answer
            except (OSError, EOFError, TimeoutError):
                pass  # nobody there, or it died meanwhile: unknown, so it is asked again
            self.crowd.asked_again += 1
            await asyncio.sleep(AGAIN_SECONDS * self.chance.uniform(0.5, 1.5))
        raise TimeoutError(f"{self.identity} gets no answer to {path}")

    def key(self) -> str:
        return f"{self.chance.getrandbits(96):x}"

    def words(self, action: str) -> str:
        """Return words that nobody else ever writes."""
        return f"{action} di {self.identity}: {self.chance.getrandbits(64):x}"

    async def give(
        self, path: str, action: str, about: str, body: dict[str, Any], words: str | None
    ) -> Answer:
        """Give a command, write down what was answered, and now and then repeat it or use its key
        for something else.
        """
        key = self.key()
        answer = await self.insist(path, body, key=key)
        told: dict[str, Any] = answer.json() if answer.status < 300 else {}
        self.crowd.note(
            Call(
                command_id(self.identity, key),
                self.identity,
                action,
                about,
                words,
                answer.status,
                told.get("number"),
                told.get("version"),
            ),
            answer,
        )
        luck = self.chance.random()
        if luck < 0.04:
            again = await self.insist(path, body, key=key)
            if (again.status, (again.json().get("number") if again.status < 300 else None)) != (
                answer.status,
                told.get("number"),
            ):
                self.crowd.wrong.append(
                    f"{action} {about} by {self.identity}: {answer.status}, repeated "
                    f"{again.status} {again.body[:200]!r}"
                )
        elif luck < 0.06 and answer.status < 300 and "number" in told:
            other = await self.insist(
                f"/api/tickets/{told['number']}/note", {"body": self.words("chiave")}, key=key
            )
            if other.status != 409:
                self.crowd.wrong.append(
                    f"{action} {about} by {self.identity}: the key for something else gave "
                    f"{other.status}"
                )
        return answer

    def close(self) -> None:
        for connection in self._connections:
            connection.close()


class Operator(Caller):
    """Works what he has, looks into his queues, and tries things everywhere else."""

    def __init__(self, crowd: Crowd, identity: str, token: str, seed: str) -> None:
        super().__init__(crowd, identity, token, seed)
        self._mine: list[str] = []
        self._listed: list[str] = []
        self._offers: dict[str, list[str]] = {}
        self._could_take_back: list[tuple[str, int]] = []
        self._opened: list[str] = []
        self._at_hand: str | None = None

    async def act(self) -> None:
        luck = self.chance.random()
        if luck < 0.12 or not self._listed:
            await self._look()
        elif luck < 0.15:
            await self._act_on_many()
        else:
            await self._act_on_one()

    async def _look(self) -> None:
        queries = ["&state=new", "", "", "&owner=me", "&owner=me", "&state=returned"]
        query = self.chance.choice(queries[: 3 if not self._listed else None])
        answer = await self.insist(f"/api/tickets?limit=50{query}")
        items = answer.json()["items"] if answer.status == 200 else []
        self._listed = [item["number"] for item in items]
        self._mine += [item["number"] for item in items if item["owner"] == self.identity]
        del self._mine[:-30]

    async def _act_on_one(self) -> None:
        number, version = self._target()
        if self.chance.random() < 0.1 or number not in self._offers:
            self._learn(await self.insist(f"/api/tickets/{number}"))
        action = "undo" if version else self._action(number)
        words = self.words(action)
        around = Surroundings(
            [*self._listed, self.chance.choice(self.crowd.numbers)],
            self.crowd.colleagues(self.identity),
            version or 2,
        )
        body = body_of(action, self.chance, around, words)
        if action == "children" and body.get("body") == words and self.chance.random() < 0.3:
            body["fields"] = {}
        path = f"/api/tickets/{number}/{action}"
        says = words if action in SAYS_SOMETHING and words in body.values() else None
        answer = await self.give(path, action, number, body, says)
        self._at_hand = number if answer.status < 300 else None
        if answer.status == 404:
            self._forget(number)
        elif answer.status < 300:
            self._learn(answer)
            told = answer.json()
            if action in ("move", "merge") and "version" in told:
                self._could_take_back.append((number, told["version"]))
            if action in ("take", "children"):
                self._mine.append(number)
            if action == "children":
                self.crowd.numbers.append(told["number"])
                self._opened.append(told["number"])

    def _target(self) -> tuple[str, int | None]:
        if self._at_hand is not None and self.chance.random() < 0.5:
            # Who has begun with a ticket often goes on with it.
            return self._at_hand, None
        luck = self.chance.random()
        if luck < 0.06 and self._could_take_back:
            return self._could_take_back.pop(self.chance.randrange(len(self._could_take_back)))
        if luck < 0.16 and self._opened:
            return self.chance.choice(self._opened), None
        if luck < 0.55 and self._mine:
            return self.chance.choice(self._mine), None
        if luck < 0.95:
            return self.chance.choice(self._listed), None
        return self.chance.choice(self.crowd.numbers), None

    def _action(self, number: str) -> str:
        offered = [action for action in self._offers.get(number, []) if action in WEIGHTS]
        actions = offered if offered and self.chance.random() < 0.8 else list(WEIGHTS)
        return self.chance.choices(actions, [WEIGHTS[action] for action in actions])[0]

    def _learn(self, answer: Answer) -> None:
        if answer.status == 200:
            told = answer.json()
            known = {"open_child": "children", "requester_replies": "reply"}
            self._offers[told["number"]] = [
                known.get(action, action) for action in told.get("actions", [])
            ]

    def _forget(self, number: str) -> None:
        self._listed = [each for each in self._listed if each != number]
        self._mine = [each for each in self._mine if each != number]
        self._opened = [each for each in self._opened if each != number]

    async def _act_on_many(self) -> None:
        action, key = self.chance.choice(IN_BULK), self.key()
        chosen = list(
            dict.fromkeys(
                self.chance.choices(self._listed + self._mine, k=self.chance.randint(2, 6))
            )
        )
        around = Surroundings(self.crowd.numbers, self.crowd.colleagues(self.identity), 2)
        body = {
            "numbers": chosen,
            "action": action,
            **body_of(action, self.chance, around, self.words(action)),
        }
        answer = await self.insist("/api/tickets/bulk", body, key=key)
        if answer.status != 200:
            self.crowd.note(
                Call(
                    "", self.identity, f"{action} of many", ", ".join(chosen), None, answer.status
                ),
                answer,
            )
            return
        for result in answer.json()["results"]:
            number = result["number"] if result["status"] < 300 else None
            command = command_id(self.identity, f"{key} {result['number']}")
            self.crowd.note(
                Call(
                    command, self.identity, action, result["number"], None, result["status"], number
                ),
                answer,
            )


class Requester(Caller):
    """Writes about what he asked for, takes some of it back, and tries what is not his."""

    patience = 4.0

    async def act(self) -> None:
        listed = await self.insist("/api/my/requests?limit=50")
        own = [item["number"] for item in listed.json()["items"]] if listed.status == 200 else []
        number = (
            self.chance.choice(own)
            if own and self.chance.random() < 0.9
            else self.chance.choice(self.crowd.numbers)
        )
        if self.chance.random() < 0.05:
            await self.give(f"/api/my/requests/{number}/withdraw", "my withdraw", number, {}, None)
        elif self.chance.random() < 0.1:
            await self.give(
                f"/api/my/requests/{number}/share", "my share", number, reader_in(self.chance), None
            )
        else:
            words = self.words("my reply")
            await self.give(
                f"/api/my/requests/{number}/reply", "my reply", number, {"body": words}, words
            )


class Crowd:
    """All who act at once.

    What they were answered is in `calls`; what should not have been answered, in `wrong`.
    """

    def __init__(self, installation: Installation, numbers: Sequence[str], *, seed: str) -> None:
        self.installation = installation
        self.numbers = list(numbers)
        self.calls: list[Call] = []
        self.wrong: list[str] = []
        self.asked_again = 0
        self._seed = seed
        self._doors = itertools.cycle(installation.portals)
        self._places = itertools.count(1)
        self._callers: list[Caller] = []
        self._operators: list[str] = []

    async def sign_in(self, *, operators: Sequence[str], requesters: Sequence[str]) -> None:
        """Let in those who act at random."""
        self._operators = list(operators)
        for identity in operators:
            await self.let_in(identity, Operator)
        for identity in requesters:
            await self.let_in(identity, Requester)

    async def let_in(self, identity: str, kind: type[C]) -> C:
        """Return `identity` as such a caller, signed in."""
        # Two callers of one identity must not use the same keys.
        seed = f"{self._seed} {identity} {next(self._places)}"
        caller = kind(self, identity, await sign_in(next(self._doors), identity), seed)
        self._callers.append(caller)
        return caller

    async def act(self, *, seconds: float, fewest: int, most: int, pause: float) -> None:
        """Have all act, each with pauses around `pause` seconds, until so many seconds are over.

        It is over before when `most` commands were answered, and takes up to three times as long
        until `fewest` were.
        """
        loop = asyncio.get_running_loop()
        begun = loop.time()

        def is_over() -> bool:
            passed, answered = loop.time() - begun, len(self.calls)
            return (
                answered >= most
                or passed > 3 * seconds
                or (passed > seconds and answered >= fewest)
            )

        async def go_on(caller: Caller) -> None:
            await asyncio.sleep(caller.chance.uniform(0, pause))
            while not is_over():
                await caller.act()
                await asyncio.sleep(caller.chance.uniform(0.5, 1.5) * pause * caller.patience)

        async with asyncio.TaskGroup() as group:
            for caller in self._callers:
                group.create_task(go_on(caller))

    def colleagues(self, identity: str) -> list[str]:
        """Return operators to give tickets to: most of one's own group, some of others."""
        if identity not in self._operators:
            return self._operators
        place = self._operators.index(identity)
        return [
            *self._operators[place % 9 :: 9],
            self._operators[(place * 7 + 3) % len(self._operators)],
        ]

    def note(self, call: Call, answer: Answer) -> None:
        """Write down what somebody was answered."""
        if call.status >= 300 and call.status not in REFUSALS:
            self.wrong.append(
                f"{call.action} {call.about} by {call.caller}: {call.status} {answer.body[:300]!r}"
            )
        if call.command:
            self.calls.append(call)

    def counts(self) -> Counter[str]:
        """Return how often each action succeeded, and how often commands were refused."""
        return Counter(
            call.action if call.is_done else f"refused {call.status}" for call in self.calls
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for caller in self._callers:
            caller.close()


def _is_partly_unknown(path: str, answer: Answer) -> bool:
    return (
        path.endswith("/bulk")
        and answer.status == 200
        and any(each["status"] == 503 for each in answer.json()["results"])
    )
