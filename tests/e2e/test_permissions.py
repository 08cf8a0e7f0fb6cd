"""Right x action over HTTP, on a ticket that is open already, while `desk apply` gives everybody
other rights.

The whole matrix, with all commands and situations, is in
tests/unit/tickets/test_permission_matrix.py.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.installation.http import Answer
from tests.installation.installation import Installation
from tests.installation.live import listening
from tests.installation.people import People, Person, tasse_request
from tests.installation.start import EXAMPLE_DESK
from tests.installation.waiting import eventually

pytestmark = pytest.mark.timeout(300)

RIGHTS = ("none", "ro", "note", "move_into", "create", "owner", "priority", "rw")
BEFORE = {f"prova.{right.replace('_', '-')}": right for right in RIGHTS}
AFTER = dict(zip(BEFORE, (*RIGHTS[1:], RIGHTS[0]), strict=True))
"""Operators and the one right in `urp` that each has, under one desk and under the next.

All work the tickets of `rete` besides.
"""

TABLE = """
            none ro  note move_into create owner priority rw
read        404  200 200  404       404    200   200      200
history     404  200 200  404       404    200   200      200
watch       404  200 200  404       404    200   200      200
unwatch     404  200 200  404       404    200   200      200
note        404  403 200  404       404    403   403      200
take        404  403 403  404       404    403   403      409
assign      404  403 403  404       404    422   403      422
responsible 404  403 403  404       404    200   403      200
priority    404  403 403  404       404    403   200      200
move        404  403 403  404       404    403   403      422
resume      404  403 403  404       404    403   403      409
reply       404  403 403  404       404    403   403      409
children    404  403 403  404       404    403   403      409
close       404  403 403  404       404    403   403      409
forward     404  403 403  404       404    403   403      422
merge       404  403 403  404       404    403   403      422
links       404  403 403  404       404    403   403      422
unlink      404  403 403  404       404    403   403      422
share       404  403 403  404       404    403   403      422
unshare     404  403 403  404       404    403   403      200
undo        404  403 403  404       404    422   403      422
"""
ABSENT = "2020010110000011"
LIMIT_SECONDS = 30
"""Two seconds are promised; a machine that is busy with something else may need longer."""


def wifi_request() -> dict[str, Any]:
    return {
        "requester": {"name": "Hugo Marchi", "email": "hugo.marchi@example.edu"},
        "fields": {
            "subject": "Rete lenta",
            "description": "In biblioteca non carica nulla.",
            "sede": "centro",
            "consent": True,
        },
        "context": {"origin": "service"},
    }


def bodies(number: str) -> dict[str, dict[str, Any]]:
    """What is posted for each action; nothing of it changes who holds the ticket."""
    return {
        "watch": {},
        "unwatch": {},
        "note": {"body": "Visto"},
        "take": {},
        "assign": {"operator": "nessuno.noto"},
        "responsible": {"operator": "anna.ferri"},
        "priority": {"priority": 4},
        "move": {"queue": "in/nessun/luogo"},
        "resume": {},
        "reply": {"body": "Ecco."},
        "children": {
            "queue": "ict/rete",
            "subject": "Verifica",
            "body": "Verificate.",
            "fields": {},
        },
        "close": {"outcome": "successful", "answer": "Fatto"},
        "forward": {"to": "nessuno", "body": "Per conoscenza"},
        "merge": {"into": number},
        "links": {"to": number, "kind": "related"},
        "unlink": {"to": number},
        "share": {"name": "Giulia Neri", "email": "giulia.neri@studenti.example.edu"},
        "unshare": {"email": "nessuno@example.org"},
        "undo": {"version": 1},
    }


def expected_for(right: str) -> dict[str, int]:
    head, *lines = TABLE.strip("\n").splitlines()
    column = head.split().index(right) + 1
    return {line.split()[0]: int(line.split()[column]) for line in lines}


async def asked(person: Person, number: str) -> dict[str, Answer]:
    """The answers to everything that `person` can ask about the ticket."""
    answers = {
        "read": await person.portal.get(f"/api/tickets/{number}"),
        "history": await person.portal.get(f"/api/tickets/{number}/history"),
    }
    for action, body in bodies(number).items():
        answers[action] = await person.post(f"/api/tickets/{number}/{action}", body)
    return answers


def make_desk(folder: Path, rights: Mapping[str, str]) -> Path:
    """The example desk with one operator more for each right."""
    shutil.copytree(EXAMPLE_DESK, folder)
    people = folder / "people.yaml"
    operators = "".join(
        (
            f"  {identity}:\n    name: {identity}\n    email: {identity}@example.edu\n    "
            f"rights:\n   "
            f"   rete: [rw]\n"
        )
        + (f"      urp: [{right}]\n" if right != "none" else "")
        for identity, right in rights.items()
    )
    text = people.read_text(encoding="utf-8")
    assert text.count("\noperators:\n") == 1
    people.write_text(
        text.replace("\noperators:\n", f"\noperators:\n{operators}"), encoding="utf-8"
    )
    return folder


async def apply(installation: Installation, desk: Path) -> None:
    done = await asyncio.to_thread(installation.command, "desk", "apply", str(desk))
    assert done.returncode == 0, done.stderr


@pytest.fixture
def desks(installation: Installation, tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """The two desks; the example desk is in force again afterwards."""
    yield make_desk(tmp_path / "before", BEFORE), make_desk(tmp_path / "after", AFTER)
    done = installation.command("desk", "apply", str(EXAMPLE_DESK))
    assert done.returncode == 0, done.stderr


def permissions_for(right: str) -> set[str]:
    """What `GET /api/me` says of the queue `studenti`: every right includes `ro`, but for two, and
    `rw` includes all.
    """
    if right == "rw":
        return set(RIGHTS) - {"none"}
    return {right} - {"none"} if right in ("none", "move_into", "create") else {right, "ro"}


async def has_effect(person: Person, right: str, number: str) -> bool:
    """Whether each of two portals and tickets give this person what `right` gives, and no more."""
    told = [
        set((await person.read("/api/me"))["permissions"].get("studenti", ())) for _ in range(2)
    ]
    answers = {action: answer.status for action, answer in (await asked(person, number)).items()}
    return told == [permissions_for(right)] * 2 and answers == expected_for(right)


async def in_force(crowd: Mapping[str, Person], rights: Mapping[str, str], number: str) -> None:
    """Wait until everybody has the rights of the desk that was applied."""
    for identity, right in rights.items():

        async def look(person: Person = crowd[identity], right: str = right) -> bool:
            return await has_effect(person, right, number)

        await eventually(look, what=f"{identity} has {right}", seconds=LIMIT_SECONDS)


async def enter(people: People) -> dict[str, Person]:
    """Sign everybody in, once the portals know them."""

    async def look(identity: str) -> Person | None:
        try:
            return await people.sign_in(identity)
        except AssertionError:
            return None  # this portal does not know them yet

    return {
        identity: await eventually(partial(look, identity), what=f"{identity} can sign in")
        for identity in BEFORE
    }


async def counted(person: Person, queue: str) -> dict[str, int] | None:
    """The counts of a queue in the person's tree, None where it is not in it."""
    waiting = list((await person.read("/api/queues"))["items"])
    while waiting:
        node = waiting.pop()
        if node["queue"] == queue:
            counts: dict[str, int] = node["counts"]
            return counts
        waiting += node["children"]
    return None


async def where_it_is_found(person: Person, number: str, linked: str) -> dict[str, bool]:
    """In which of the places that name tickets this one appears."""
    searches = {
        "list": "/api/tickets?limit=200",
        "queue": "/api/tickets?queue=studenti&limit=200",
        "search": f"/api/tickets?q={number}",
        "owner": "/api/tickets?owner=anna.ferri&limit=200",
    }
    found = {
        name: number in {each["number"] for each in (await person.read(path))["items"]}
        for name, path in searches.items()
    }
    found["counts"] = bool(await counted(person, "studenti"))
    found["links"] = number in {
        link["to"] for link in (await person.read(f"/api/tickets/{linked}"))["links"]
    }
    changes = (await person.read(f"/api/tickets/{linked}/history"))["items"]
    found["history of the linked"] = any(number in str(entry["changes"]) for entry in changes)
    return found


async def test_rights_are_those_of_the_desk_in_force_also_for_a_ticket_that_is_open(
    installation: Installation, people: People, desks: tuple[Path, Path]
) -> None:
    before, after = desks
    await apply(installation, before)
    anna, luisa = await people.sign_in("anna.ferri"), await people.sign_in("luisa.villa")
    number, linked = (
        await people.new_ticket("Chi può che cosa"),
        await people.new_ticket("Rete", form="wifi", body=wifi_request()),
    )
    await anna.do(f"/api/tickets/{number}/take")
    await luisa.do(f"/api/tickets/{linked}/move", {"queue": "ict/rete"})
    await luisa.do(f"/api/tickets/{linked}/links", {"to": number, "kind": "related"})
    crowd = await enter(people)

    for desk, rights in ((before, BEFORE), (after, AFTER)):
        await apply(installation, desk)
        await in_force(crowd, rights, number)
        for identity, right in rights.items():
            answers, absent = (
                await asked(crowd[identity], number),
                await asked(crowd[identity], ABSENT),
            )
            assert {action: answer.status for action, answer in answers.items()} == expected_for(
                right
            ), (identity, right)
            is_seen = expected_for(right)["read"] == 200
            found = await where_it_is_found(crowd[identity], number, linked)
            assert found == dict.fromkeys(found, is_seen), (identity, right)
            if not is_seen:
                assert {action: answer.body for action, answer in answers.items()} == {
                    a: answer.body for a, answer in absent.items()
                }


FOR_SOMEBODY = {
    **tasse_request("Al telefono"),
    "on_behalf_of": {"name": "Piero Rossi", "email": "piero.rossi@example.org"},
}


async def test_who_may_create_files_a_form_for_somebody_who_is_the_requester(
    installation: Installation, people: People, desks: tuple[Path, Path]
) -> None:
    for desk, rights in zip(desks, (BEFORE, AFTER), strict=True):
        await apply(installation, desk)
        crowd = await enter(people)
        for identity, right in rights.items():
            expected = 202 if right in ("create", "rw") else 403

            async def look(person: Person = crowd[identity], expected: int = expected) -> bool:
                told = [
                    (await person.intake.post("/api/forms/tasse/requests", FOR_SOMEBODY)).status
                    for _ in range(2)
                ]
                return told == [expected] * 2

            await eventually(
                look,
                what=f"{identity} ({right}) is answered {expected} by each intake",
                seconds=LIMIT_SECONDS,
            )

    clerk = (await enter(people))[
        next(identity for identity, right in AFTER.items() if right == "create")
    ]
    number = await clerk.number_of(await clerk.send_form(FOR_SOMEBODY))
    ticket = await people.is_queued(number)
    luisa = await people.sign_in("luisa.villa")
    created = (await luisa.read(f"/api/tickets/{number}/history"))["items"][0]

    async def receipt() -> bool:
        return any(
            number in mail["Subject"] and "piero.rossi@example.org" in mail["To"]
            for mail in installation.mails()
        )

    await eventually(receipt, what="Piero Rossi has the receipt")
    assert (
        await people.nobody.intake.post("/api/forms/tasse/requests", FOR_SOMEBODY)
    ).status == 401
    piero = {"name": "Piero Rossi", "email": "piero.rossi@example.org", "assurance": "typed"}
    assert (ticket["requester"], ticket["queue"]) == (piero, "studenti")
    assert (created["event"], created["actor"]["identity"]) == (
        "tickets.ticket.created.v1",
        "prova.move-into",
    )
    assert (await clerk.portal.get(f"/api/tickets/{number}")).status == 404, (
        "to create shows nothing"
    )
    assert number not in {
        item["number"] for item in (await clerk.read("/api/my/requests"))["items"]
    }


async def test_the_stream_of_changes_tells_only_who_may_see_at_that_moment(
    installation: Installation, people: People, desks: tuple[Path, Path]
) -> None:
    before, after = desks
    await apply(installation, before)
    number, anna = await people.new_ticket("Chi sente che cosa"), await people.sign_in("anna.ferri")
    await anna.do(f"/api/tickets/{number}/take")
    crowd = await enter(people)
    listeners = ("prova.none", "prova.ro")
    await in_force(crowd, {identity: BEFORE[identity] for identity in listeners}, number)
    none, reader = (crowd[identity] for identity in listeners)
    portal, path = installation.portals[0], f"/live?ticket={number}"

    async with listening(portal, str(reader.token), path=path) as of_reader:
        assert (await none.portal.get(path)).status == 404
        for n in range(3):
            await anna.do(f"/api/tickets/{number}/note", {"body": f"Nota {n}"})
            await of_reader.tells(f"ticket:{number}")

    await apply(installation, after)
    await in_force(crowd, {identity: AFTER[identity] for identity in listeners}, number)
    async with listening(portal, str(none.token), path=path) as of_none:
        await anna.do(f"/api/tickets/{number}/note", {"body": "Ora la vede"})
        await of_none.tells(f"ticket:{number}")

    assert (await none.read(f"/api/tickets/{number}"))["articles"][-1]["body"] == "Ora la vede"
