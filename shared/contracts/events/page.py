"""The page of events, made from their classes; it stands in README.md beside this file."""

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from shared.contracts.events import (
    families,
    guests,
    intake,
    mails,
    merging,
    notify,
    portal,
    replay,
    routing,
    ticket_state,
    tickets,
)
from shared.contracts.events.base import EVENT_CLASSES, Event
from shared.contracts.people import Actor, Context, Reader, Requester
from shared.contracts.values import Part

BEGIN = "<!-- events: made by `./sportello events`, held by a test -->"
END = "<!-- /events -->"

_OWNERS = (intake, tickets, families, guests, mails, merging, replay, routing, notify, portal)
_PARTS: tuple[type[Part], ...] = (
    ticket_state.TicketState,
    ticket_state.Article,
    ticket_state.AboutChild,
    ticket_state.Routing,
    ticket_state.Link,
    ticket_state.Run,
    ticket_state.Step,
    replay.ReplayedChange,
    Requester,
    Reader,
    Actor,
    Context,
)


def events_page(hears: Mapping[str, Sequence[type[Event]]]) -> str:
    """Return the page as Markdown: every event with what it says, its consumers and its fields.

    `hears` names the events that each service handles. Fields with personal data are in italics.
    """
    lines = [BEGIN, ""]
    for owner in _OWNERS:
        classes = [cls for cls in EVENT_CLASSES.values() if cls.__module__ == owner.__name__]
        lines += [
            f"## {owner.__name__.rsplit('.', 1)[1]}",
            "",
            "| event | what it says | consumers | fields |",
            "|---|---|---|---|",
        ]
        lines += [
            f"| `{cls.NAME}` | {_said(cls)} | {_consumers(cls, hears)} | {_fields(cls)} |"
            for cls in classes
        ]
        lines.append("")
    lines += ["## What they are made of", "", "| part | what it is | fields |", "|---|---|---|"]
    lines += [f"| `{part.__name__}` | {_said(part)} | {_fields(part)} |" for part in _PARTS]
    return "\n".join([*lines, "", END])


def _consumers(cls: type[Event], hears: Mapping[str, Sequence[type[Event]]]) -> str:
    return ", ".join(service for service, events in hears.items() if cls in events)


def _said(cls: type[Part]) -> str:
    return " ".join((inspect.getdoc(cls) or "").split()).replace("|", "/")


def _fields(cls: type[Part]) -> str:
    inherited: set[str] = set()
    if issubclass(cls, tickets.TicketEvent) and cls is not tickets.TicketEvent:
        inherited = set(tickets.TicketEvent.model_fields)
    own = [_field(cls, name) for name in cls.model_fields if name not in inherited]
    return ", ".join(
        [*(["`ticket`, `actor`, `reason`, `changes`, `articles`"] if inherited else []), *own]
    )


def _field(cls: type[Event] | type[Part], name: str) -> str:
    extra: Any = cls.model_fields[name].json_schema_extra
    is_personal = isinstance(extra, dict) and extra.get("personal")
    return f"*`{name}`*" if is_personal else f"`{name}`"
