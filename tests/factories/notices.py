"""A desk whose operators are named after what they are to a ticket, and events about that
ticket.
"""

from typing import Any

from shared.contracts.desk import Desk, Group, Operator, QueueDescription, Right, Text
from shared.contracts.events.tickets import TicketEvent, TicketNoted
from shared.contracts.people import Actor
from tests.factories.mails import make_article, make_desk, make_ticket

SOMEBODY = Actor(identity="somebody", name="Somebody")
RIGHTS: dict[str, dict[str, tuple[Right, ...]]] = {
    "somebody": {"urp": ("rw",), "tasse": ("rw",)},
    "owner": {"urp": ("rw",)},
    "colleague": {"urp": ("rw",)},
    "expert": {"tasse": ("rw",), "urp": ("move_into", "create")},
    "old-owner": {"urp": ("ro",), "tasse": ("ro",)},
    "last-owner": {"urp": ("note",), "tasse": ("ro",)},
    "responsible": {"urp": ("ro",), "tasse": ("ro",)},
    "old-responsible": {"urp": ("priority",)},
    "bouncer": {"tasse": ("ro",)},
    "watcher": {"urp": ("ro",), "tasse": ("ro",)},
    "stranger": {"altri": ("rw",), "urp": ("move_into",)},
}
"""`somebody`, `owner` and `colleague` work the queue `studenti`, `somebody` and `expert` its
`studenti/tasse`.
"""


def make_notices_desk(**changes: Any) -> Desk:
    """The desk of RIGHTS."""

    def queue(title: str, level: int, group: str) -> QueueDescription:
        return QueueDescription(title=Text(it=title, en=f"{title} (en)"), level=level, group=group)

    facts: dict[str, Any] = {
        "groups": {
            group: Group(title=Text(it=group, en=group)) for group in ("urp", "tasse", "altri")
        },
        "queues": {
            "studenti": queue("Segreterie studenti", 1, "urp"),
            "studenti/tasse": queue("Ufficio tasse", 2, "tasse"),
            "altri": queue("Altri", 1, "altri"),
        },
        "operators": {name: make_operator(name, rights) for name, rights in RIGHTS.items()},
    }
    return make_desk(**(facts | changes))


def make_operator(name: str, rights: dict[str, tuple[Right, ...]]) -> Operator:
    """An operator with the address `<name>@example.edu`."""
    return Operator(name=name.capitalize(), email=f"{name}@example.edu", rights=rights)


def about(
    event: type[TicketEvent],
    *,
    actor: Actor = SOMEBODY,
    extra: dict[str, Any] | None = None,
    **ticket: Any,
) -> TicketEvent:
    """An event by `actor` about a ticket that has an owner, a responsible, a last owner and a
    watcher; `extra` are its other facts.
    """
    facts: dict[str, Any] = {
        "version": 5,
        "state": "open",
        "queue": "studenti",
        "owner": "owner",
        "responsible": "responsible",
        "last_owner": "last-owner",
        "watchers": ("watcher",),
    }
    return event(ticket=make_ticket(**(facts | ticket)), actor=actor, **(extra or {}))


def noted(**ticket: Any) -> TicketEvent:
    """Somebody's note: owner, responsible and watchers are told."""
    return about(TicketNoted, extra={"articles": (make_article("note", "solo per noi"),)}, **ticket)
