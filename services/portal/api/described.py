"""Describe in the OpenAPI document how the calls are grouped, and which refusals they have."""

from services.portal.errors import DemoOnly
from shared.core.errors import (
    BusUnreachable,
    ChangedSince,
    HeldBySomebodyElse,
    ImpossibleValue,
    KeyReused,
    MailNotFailed,
    MissingRight,
    NoAnswer,
    NotThere,
    StateForbids,
    TooLarge,
)
from shared.web.demo import NotFromHere
from shared.web.errors import TooManyRequests
from shared.web.openapi import answers_with
from shared.web.openapi_refusals import NEWS, refuses

TAGS = [
    {"name": "session", "description": "Signing in and out, and who one is."},
    {"name": "queues", "description": "The queues that an operator sees."},
    {"name": "tickets", "description": "Reading tickets, for operators."},
    {
        "name": "commands",
        "description": (
            "What operators do to tickets. Each call is answered with the ticket after the "
            "change, as far as the caller may see it. "
            "A repeat with the same `Idempotency-Key` does nothing twice."
        ),
    },
    {"name": "my requests", "description": "What requesters read and do."},
    {"name": "notices", "description": "What operators are told, and how they want to be."},
    {"name": "live updates", "description": "A stream that says what has changed."},
]

_UNREACHABLE = (NoAnswer(), BusUnreachable())
_STATE = StateForbids(state="closed_successful", trigger="take")

OPERATORS_ONLY = refuses(MissingRight("ro"))
OPENING = answers_with(201, "Location", "Where the child is")
COMMANDS = refuses(
    MissingRight("rw"),
    ImpossibleValue("operator", "unknown_operator", "nobody.known"),
    _STATE,
    HeldBySomebodyElse("bruno.galli"),
    ChangedSince(version=8, news=(NEWS,)),
    KeyReused(),
    TooLarge(),
    *_UNREACHABLE,
)
DELIVERIES = refuses(
    MissingRight("rw"), MailNotFailed(), ChangedSince(version=8, news=(NEWS,)), *_UNREACHABLE
)
REQUESTS = refuses(MissingRight("requester"), _STATE, KeyReused(), TooLarge(), *_UNREACHABLE)
PREFERENCES = OPERATORS_ONLY | refuses(*_UNREACHABLE)
SIGNING_IN = refuses(
    ImpossibleValue("identity", "unknown_identity", "nobody.known"), DemoOnly(), NotFromHere()
)
STREAMS = refuses(NotThere(), TooManyRequests(retry_after=5))
