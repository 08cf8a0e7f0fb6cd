"""How the portal's lists are asked for and gone on with: query parameters and cursors to what the
queries take.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, cast, get_args
from uuid import UUID

from fastapi import Query
from pydantic import WithJsonSchema

from services.portal.queries.lists import SORTS, Sort, TicketFilter
from services.portal.queries.notices import Position as NoticePosition
from services.portal.queries.top_n import Position
from shared.contracts.events.ticket_state import State
from shared.text.cleaning import clean_line
from shared.text.sentences import N_
from shared.web.errors import BadInput
from shared.web.pagination import Page, make_cursor
from shared.web.validation import TOO_LONG

STATES: tuple[State, ...] = get_args(State)
LONGEST_WORDS = 200
StateGiven = Annotated[
    str,
    Query(description="One or more states, comma-separated"),
    WithJsonSchema({"type": "string", "pattern": "^({0})(,({0}))*$".format("|".join(STATES))}),
]
SortGiven = Annotated[
    str,
    Query(description="`-` before for descending; by default the newest first"),
    WithJsonSchema({"type": "string", "enum": list(SORTS)}),
]
_NOTICES = "notices"
_YEARS = range(2000, 2200)
"""Of tickets.

The first and the last moments of a calendar have no place in another time zone, and databases end
before it does.
"""
UNREADABLE_CURSOR = N_("This cursor cannot be read. Start again without one.")
_ONE_OF = N_("This must be one of: %(expected)s.")


@dataclass(frozen=True, slots=True)
class TicketsAsked:
    """What a list of tickets is asked for with."""

    wanted: TicketFilter
    sort: Sort
    limit: int
    after: Position | None
    scope: str
    """The name of the list and its order, which its cursors are bound to."""

    def cursor(self, position: Position | None) -> str | None:
        """Return the cursor that goes on at `position`."""
        return write_cursor(self.scope, position)


def tickets_asked(
    page: Page,
    *,
    me: str,
    queue: str = "",
    state: str = "",
    owner: str = "",
    q: str = "",
    request_type: str = "",
    sort: str = "",
    name: str = "tickets",
) -> TicketsAsked:
    """Read the query parameters of the list `name`; an empty one is as good as absent.

    `me` is the caller's identity.

    Raises BadInput for an unknown `state` or `sort`, a `q` that is too long and an unreadable
    cursor.
    """
    order = _sort(sort)
    scope = f"{name} {order}"
    words = clean_line(q)
    if len(words) > LONGEST_WORDS:
        raise BadInput.of("q", TOO_LONG, length=len(words), max_length=LONGEST_WORDS)
    wanted = TicketFilter(
        queue=queue or None,
        states=_states(state),
        owner=(me if owner == "me" else owner) if owner not in ("", "none") else None,
        unowned=owner == "none",
        request_type=request_type or None,
        words=words,
    )
    return TicketsAsked(
        wanted,
        order,
        page.limit,
        read_position(page, scope, by_number=order.endswith("priority")),
        scope,
    )


def read_position(page: Page, scope: str, *, by_number: bool = False) -> Position | None:
    """Return where `page` begins in the list `scope`, sorted by a moment or else by a small number.

    Raises BadInput.
    """
    after = page.after(scope, int if by_number else str, str)
    if after is None:
        return None
    value, number = after
    if isinstance(value, int):
        if 1 <= value <= 5:
            return value, str(number)
        raise BadInput.of("cursor", UNREADABLE_CURSOR)
    return _moment(str(value)), str(number)


def write_cursor(scope: str, position: Position | None) -> str | None:
    """Return the cursor that goes on after `position` in the list `scope`, None at its end."""
    if position is None:
        return None
    value, number = position
    return make_cursor(scope, (value.isoformat() if isinstance(value, datetime) else value, number))


def read_notice_position(page: Page) -> NoticePosition | None:
    """Return where `page` begins in a list of notices. Raises BadInput."""
    after = page.after(_NOTICES, str, str)
    if after is None:
        return None
    try:
        return _moment(str(after[0])), UUID(str(after[1]))
    except ValueError:
        raise BadInput.of("cursor", UNREADABLE_CURSOR) from None


def write_notice_cursor(position: NoticePosition | None) -> str | None:
    """Return the cursor that goes on after `position` in a list of notices, None at its end."""
    return (
        make_cursor(_NOTICES, (position[0].isoformat(), str(position[1])))
        if position is not None
        else None
    )


def _moment(text: str) -> datetime:
    """Return the moment in a cursor.

    Raises BadInput for one of no ticket: its check is no secret, so that anybody may write one.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput.of("cursor", UNREADABLE_CURSOR) from None
    if moment.tzinfo is None or moment.year not in _YEARS:
        raise BadInput.of("cursor", UNREADABLE_CURSOR)
    return moment


def _states(given: str) -> tuple[State, ...]:
    if not given:
        return ()
    wanted = dict.fromkeys(part.strip() for part in given.split(","))
    if not wanted.keys() <= set(STATES):
        raise BadInput.of("state", _ONE_OF, expected=", ".join(STATES))
    return tuple(cast("State", state) for state in wanted)


def _sort(given: str) -> Sort:
    if not given:
        return "-created_at"
    if given not in SORTS:
        raise BadInput.of("sort", _ONE_OF, expected=", ".join(SORTS))
    return given
