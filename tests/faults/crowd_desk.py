"""The desk of a large university: the example desk with two hundred more operators in all its
groups, and people who ask them.
"""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import Any

import yaml

from tests.installation.start import EXAMPLE_DESK

GROUPS = (
    "urp",
    "carriere",
    "ict",
    "tasse",
    "biblioteche",
    "identita",
    "internazionale",
    "rete",
    "aule",
)
"""First and second levels by turns: who works one often works the next, so that all have something
to do from the beginning.
"""
QUEUES = (
    "studenti", "studenti/carriere", "studenti/tasse", "ict", "ict/identita", "ict/rete",
    "ict/rete/wifi", "biblioteche", "internazionale",
    "aule",
)  # fmt: skip
FORMS: dict[str, tuple[int, dict[str, Any]]] = {
    "tasse": (30, {"matricola": "1234567", "anno": "2026/2027"}),
    "carriera": (12, {"matricola": "765432"}),
    "iscrizioni": (8, {"matricola": "1234567", "corso": "Chimica"}),
    "account": (10, {"username": "g.neri"}),
    "posta": (8, {"indirizzo": "g.neri@studenti.example.edu"}),
    "wifi": (12, {"sede": "polo-nord"}),
    "biblioteca": (6, {"tipo": "prestito"}),
    "mobilita": (
        10,
        {"matricola": "1234567", "paese": "Portogallo", "periodo": "secondo semestre"},
    ),
    "aula": (4, {"aula": "Centro, aula 3", "urgente": True}),
}
"""How many of a hundred requests, and what they answer beside subject and description."""
REQUESTERS = tuple(f"richiedente{number:02}" for number in range(1, 31))


def make_desk(folder: Path, *, operators: int) -> tuple[str, ...]:
    """Write the desk with so many more operators into `folder`; return their identities.

    In each group some work everything, some also the next one, some only read, note, assign or send
    tickets there.
    """
    shutil.copytree(EXAMPLE_DESK, folder)
    names = tuple(f"operatore{number:03}" for number in range(1, operators + 1))
    crowd = {name: _person(name) | {"rights": _rights(number)} for number, name in enumerate(names)}
    people = {name: _person(name) | {"affiliation": "student"} for name in REQUESTERS}
    (folder / "crowd.yaml").write_text(
        yaml.safe_dump({"operators": crowd, "people": people}), encoding="utf-8"
    )
    return names


def preferences_of(number: int) -> dict[str, Any]:
    """Return how the operator of this number wants to be told: few by mail, few of each new ticket.

    It is their sum that takes long.
    """
    rhythm = "each" if number % 20 == 0 else "digest" if number % 20 == 1 else "none"
    return {"rhythm": rhythm, "muted": [] if number % 10 == 0 else ["created"]}


def request(chance: random.Random, number: int) -> tuple[str, dict[str, Any]]:
    """Return the form and the body of one request: three of four by people who can sign in, the
    others by guests.
    """
    form = chance.choices(list(FORMS), [share for share, _ in FORMS.values()])[0]
    name = REQUESTERS[number % len(REQUESTERS)] if number % 4 else f"ospite{number:04}"
    fields = {
        "subject": f"Richiesta {number}",
        "description": f"Descrizione della richiesta {number}.",
        "consent": True,
        **FORMS[form][1],
    }
    return form, {
        "requester": {"name": name.capitalize(), "email": f"{name}@example.edu"},
        "fields": fields,
        "context": {"origin": chance.choice(["online-services", "service", "website", "faq"])},
        "language": chance.choice(["it", "en"]),
    }


def _person(name: str) -> dict[str, str]:
    return {"name": name.capitalize(), "email": f"{name}@example.edu"}


def _rights(number: int) -> dict[str, list[str]]:
    group, place = number % len(GROUPS), number // len(GROUPS) % 10
    own, following, after = (GROUPS[(group + step) % len(GROUPS)] for step in range(3))
    match place:
        case 3 | 4 | 5 | 6:
            return {own: ["rw"], following: ["rw"], after: ["move_into"]}
        case 7:
            return {own: ["ro", "note"]}
        case 8:
            return {own: ["note", "owner", "priority"], following: ["ro", "move_into"]}
        case 9:
            return {own: ["owner", "create"], following: ["move_into"]}
        case _:
            return {
                own: ["rw"],
                following: ["move_into"],
                after: ["move_into", "ro"] if place % 2 else ["move_into"],
            }
