"""What operators do, at random: sensible things and plain nonsense."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.faults.crowd_desk import FORMS, QUEUES

Body = dict[str, Any]


@dataclass(frozen=True)
class Surroundings:
    """What somebody knows who acts: all tickets and operators there are, and what he could take
    back.
    """

    numbers: Sequence[str]
    operators: Sequence[str]
    version: int


WEIGHTS: Mapping[str, int] = {
    "take": 20, "release": 3, "assign": 6, "responsible": 2, "move": 6, "escalate": 4, "ask": 6,
    "reply": 5, "note": 4, "forward": 2,
    "close": 14, "reopen": 6, "priority": 2, "postpone": 6, "children": 16, "bounce": 8,
    "resend": 9, "withdraw": 5, "merge": 6, "links": 3,
    "unlink": 2, "resume": 3, "watch": 2, "unwatch": 2, "share": 3, "unshare": 2, "undo": 5,
    "decide": 6,
}  # fmt: skip
"""How often each is tried."""
SAYS_SOMETHING = frozenset(
    {
        "reply",
        "ask",
        "note",
        "forward",
        "close",
        "escalate",
        "reopen",
        "bounce",
        "move",
        "children",
        "resend",
    }
)
"""What carries words that can be found again."""


def body_of(action: str, chance: random.Random, around: Surroundings, words: str) -> Body:
    """Return a body for `action`, one in ten of them nonsense."""
    if chance.random() < 0.1:
        return chance.choice(_NONSENSE.get(action, [{"unknown": 1}]))
    make = _BODIES.get(action)
    return make(chance, around, words) if make else {}


def _operator(chance: random.Random, around: Surroundings, words: str) -> Body:
    return {"operator": chance.choice(around.operators)}


def _reason(chance: random.Random, around: Surroundings, words: str) -> Body:
    return {"reason": words}


def _body(chance: random.Random, around: Surroundings, words: str) -> Body:
    return {"body": words}


def _move(chance: random.Random, around: Surroundings, words: str) -> Body:
    return {"queue": chance.choice(QUEUES), "reason": words}


def _forward(chance: random.Random, around: Surroundings, words: str) -> Body:
    return {"to": f"ufficio{chance.randrange(20)}@altrove.example.org", "body": words}


def _close(chance: random.Random, around: Surroundings, words: str) -> Body:
    return {"outcome": chance.choice(["successful", "successful", "unsuccessful"]), "answer": words}


def _priority(chance: random.Random, around: Surroundings, words: str) -> Body:
    return {"priority": chance.randint(1, 5)}


def _postpone(chance: random.Random, around: Surroundings, words: str) -> Body:
    # Most are due again while everybody is still at work.
    later = timedelta(seconds=chance.randint(1, 20)) if chance.random() < 0.7 else timedelta(days=1)
    return {"until": (datetime.now(UTC) + later).isoformat()}


def _children(chance: random.Random, around: Surroundings, words: str) -> Body:
    form = chance.choice(list(FORMS))
    goal = {"queue": chance.choice(QUEUES)} if chance.random() < 0.6 else {"request_type": form}
    fields = FORMS[form][1] if chance.random() < 0.8 else {}
    return {**goal, "subject": f"Figlio: {words}"[:200], "body": words, "fields": fields}


def _resend(chance: random.Random, around: Surroundings, words: str) -> Body:
    return {"fields": {"matricola": "1234567", "sede": "centro"}, "body": words}


def _merge(chance: random.Random, around: Surroundings, words: str) -> Body:
    return {"into": chance.choice(around.numbers)}


def _links(chance: random.Random, around: Surroundings, words: str) -> Body:
    return {"to": chance.choice(around.numbers), "kind": chance.choice(["related", "duplicate"])}


def _unlink(chance: random.Random, around: Surroundings, words: str) -> Body:
    return {"to": chance.choice(around.numbers)}


def reader_in(chance: random.Random) -> Body:
    """Return somebody to share a ticket with, one of few: the same person comes again, also under
    another name.
    """
    number = chance.randrange(6)
    return {
        "name": f"Lettore {chance.randrange(2)}",
        "email": chance.choice([f"lettore{number}@example.org", f"Lettore{number}@Example.org"]),
    }


def _share(chance: random.Random, around: Surroundings, words: str) -> Body:
    return reader_in(chance)


def _unshare(chance: random.Random, around: Surroundings, words: str) -> Body:
    return {"email": reader_in(chance)["email"]}


def _undo(chance: random.Random, around: Surroundings, words: str) -> Body:
    return {"version": around.version}


def _decide(chance: random.Random, around: Surroundings, words: str) -> Body:
    return {
        "step": chance.choice(["carriera", "tasse"]),
        "decision": chance.choice(["continue", "continue", "stop"]),
    }


_BODIES: Mapping[str, Callable[[random.Random, Surroundings, str], Body]] = {
    "assign": _operator,
    "responsible": _operator,
    "move": _move,
    "escalate": _reason,
    "reopen": _reason,
    "bounce": _reason,
    "reply": _body,
    "ask": _body,
    "note": _body,
    "forward": _forward,
    "close": _close,
    "priority": _priority,
    "postpone": _postpone,
    "children": _children,
    "resend": _resend,
    "merge": _merge,
    "links": _links,
    "unlink": _unlink,
    "share": _share,
    "unshare": _unshare,
    "undo": _undo,
    "decide": _decide,
}
_NONSENSE: Mapping[str, Sequence[Body]] = {
    "assign": [{"operator": "nessuno.davvero"}, {"operator": ""}, {"operator": "giulia.neri"}],
    "responsible": [{"operator": "nessuno.davvero"}, {}],
    "move": [{"queue": "in/nessun/luogo"}, {"queue": "studenti", "reason": 7}],
    "note": [{"body": "   "}, {"body": None}, {"words": "?"}],
    "reply": [{"body": ""}],
    "forward": [{"to": "non un indirizzo", "body": "Ecco"}],
    "close": [{"outcome": "perhaps", "answer": "Forse"}, {"outcome": "successful"}],
    "priority": [{"priority": 9}, {"priority": "alta"}],
    "postpone": [{"until": "2020-01-01T10:00:00Z"}, {"until": "domani"}],
    "children": [
        {"queue": "in/nessun/luogo", "subject": "Figlio", "body": "Dove?"},
        {"queue": "ict", "request_type": "tasse", "subject": "Figlio", "body": "Quale dei due?"},
        {"request_type": "mai-vista", "subject": "Figlio", "body": "Che cosa?"},
    ],
    "merge": [{"into": "2020010110000019"}, {"into": "nessuno"}],
    "links": [{"to": "2020010110000019", "kind": "related"}, {"to": "nessuno", "kind": "cugino"}],
    "unlink": [{"to": "2020010110000019"}, {"to": "nessuno"}],
    "share": [{"name": "Nessuno", "email": "non un indirizzo"}, {"email": "lettore1@example.org"}],
    "unshare": [{"email": ""}, {}],
    "undo": [{"version": 0}, {"version": 1}, {"version": 999}],
    "decide": [{"step": "mai-visto", "decision": "continue"}],
}
