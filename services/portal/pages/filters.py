"""How a list of tickets is narrowed and sorted: what its address asks for, and what its form
offers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode

from services.portal.api.pagination import STATES as ALL_STATES
from services.portal.domain.queue_tree import ACTIVE_STATES
from services.portal.domain.viewer import Viewer
from services.portal.pages.choices import operators_with_right_in
from services.portal.queries.overview import WAITING_STATES
from shared.contracts.events.ticket_state import ENDED
from shared.text.cleaning import clean_line
from shared.text.sentences import N_
from shared.web.language import Translator
from shared.web.refusals import STATES

SHORTCUTS: dict[str, tuple[str, Sequence[str]]] = {
    "active": (N_("to handle"), ACTIVE_STATES),
    "begun": (N_("being worked on"), [state for state in ACTIVE_STATES if state != "new"]),
    "waiting": (N_("waiting"), WAITING_STATES),
    "ended": (N_("ended"), [state for state in ALL_STATES if state in ENDED]),
    "all": (N_("any status"), ALL_STATES),
}
"""Several states that are asked for together, by one word."""
SORTS: dict[str, str] = {
    "-created_at": N_("newest first"),
    "created_at": N_("oldest first"),
    "-updated_at": N_("recently updated first"),
    "updated_at": N_("least recently updated first"),
    "-priority": N_("most urgent first"),
}
DEFAULT_SORT = "-created_at"
NOT_KEPT = {"keep": "no"}
"""Beside a `sort` in an address: this order is the link's, not one that the reader has chosen."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address of a list asks for.

    `state` is a shortcut, a state, or several states with commas; `states` is the same as states,
    empty for all. `kept` is what the addresses of the same list (its next page) have to say,
    `chosen_sort` the order that the reader has chosen in this address.
    """

    words: str
    state: str
    states: Sequence[str]
    owner: str
    sort: str
    kept: Mapping[str, str]
    cursor: str | None
    chosen_sort: str

    @property
    def is_narrow(self) -> bool:
        """Whether fewer tickets are asked for than there are to work."""
        return bool(self.words or self.owner or self.state != "active")


def read_filters(query: str, *, remembered_sort: str = "") -> Filters:
    """Return what `query`, the part of an address after the question mark, asks for.

    A state that is unknown stays among `states`.
    """
    given = parse_qs(query)
    last = {name: values[-1].strip() for name, values in given.items()}
    words, owner = clean_line(last.get("q", "")), last.get("owner", "")
    named = [
        word.strip()
        for values in (given.get("state", []), given.get("also", []))
        for value in values
        for word in value.split(",")
    ]
    state = (
        _shortest([word for word in named if word])
        if any(named)
        else ("all" if words else "active")
    )
    states = _states_of([state])
    sort = last.get("sort") or remembered_sort or DEFAULT_SORT
    keep = NOT_KEPT if last.get("keep") == NOT_KEPT["keep"] else {}
    asked = {
        "q": words,
        "state": state if any(named) else "",
        "owner": owner,
        "sort": sort if sort != DEFAULT_SORT or "sort" in last else "",
    }
    return Filters(
        words=words,
        state=state,
        states=() if set(states) >= set(ALL_STATES) else states,
        owner=owner,
        sort=sort,
        kept={name: value for name, value in asked.items() if value} | keep,
        cursor=last.get("cursor") or None,
        chosen_sort="" if keep else last.get("sort", ""),
    )


def offered_choices(
    filters: Filters, viewer: Viewer, queue: str, translate: Translator
) -> dict[str, Any]:
    """Return what the form of a list offers, and which of it is chosen.

    Its list of states offers one shortcut or state; what is asked for beside it is ticked among the
    others.
    """
    singles = [(state, translate(STATES[state])) for state in ALL_STATES]
    shortcuts = [(key, translate(name)) for key, (name, _) in SHORTCUTS.items()]
    first, *also = [filters.state] if filters.state in SHORTCUTS else filters.states
    return {
        "filters": {
            "q": filters.words,
            "state": first,
            "also": also,
            "owner": filters.owner,
            "sort": filters.sort,
            "narrow": filters.is_narrow,
        },
        "state_choices": shortcuts + singles,
        "also_choices": singles,
        "owner_choices": _owner_choices(viewer, queue, translate),
        "sort_choices": [(key, translate(name)) for key, name in SORTS.items()],
    }


def list_address(path: str, query: Mapping[str, str]) -> str:
    """Return the address of the list at `path` that asks for `query`."""
    return f"{path}?{urlencode(query)}" if query else path


def _states_of(words: Iterable[str]) -> list[str]:
    """Return the states that `words` (shortcuts and states) ask for together, in the order of a
    ticket's life.
    """
    wanted = {
        state
        for word in words
        for state in (SHORTCUTS[word][1] if word in SHORTCUTS else word.split(","))
    }
    known = [state for state in ALL_STATES if state in wanted]
    return known + sorted(wanted.difference(known))


def _shortest(words: list[str]) -> str:
    """Return the one word that asks for the same as `words`, or all the states with commas."""
    states = _states_of(words)
    same = [word for word, (_, meant) in SHORTCUTS.items() if set(meant) == set(states)]
    return same[0] if same else ",".join(states)


def _owner_choices(viewer: Viewer, queue: str, translate: Translator) -> list[tuple[str, str]]:
    """Return whose tickets may be asked for: those who work the queue, or any queue that the viewer
    sees.
    """
    others = operators_with_right_in(viewer, [queue] if queue else sorted(viewer.queues), translate)
    shown = [(identity, name) for identity, name in others if identity != viewer.identity]
    return [
        ("", translate(N_("anybody"))),
        ("none", translate(N_("nobody"))),
        ("me", translate(N_("me"))),
        *shown,
    ]
