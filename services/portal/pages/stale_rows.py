"""Rows that a page left open still shows: what has become of the tickets that its list no longer
has.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from fastapi import Request

from services.portal.domain.numbers import is_possible_number
from services.portal.domain.viewer import Viewer
from services.portal.domain.views import TicketView
from services.portal.queries.lists import TicketFilter, tickets_numbered
from services.portal.queries.viewers import Reading

SHOWN = "shown"
"""The parameter in which such a page names the tickets of its rows, with commas."""
MOST_SHOWN = 60

Belongs = Mapping[str, Callable[[TicketView], bool]]
"""By the id of a table, whether a ticket belongs there, if the table were long enough."""


@dataclass(frozen=True, slots=True)
class RowLeft:
    """A ticket that is in none of the lists of the page now; `still_in` are the tables that only
    have no room for it.
    """

    ticket: TicketView
    still_in: list[str]


async def rows_left(
    request: Request,
    connection: Reading,
    viewer: Viewer,
    listed: Iterable[TicketView],
    belongs: Belongs,
) -> list[RowLeft]:
    """Return the tickets that the page still shows and that are not `listed` now, as far as
    `viewer` sees them.
    """
    shown = request.query_params.get(SHOWN, "").split(",")[:MOST_SHOWN]
    numbers = {number for number in shown if is_possible_number(number)} - {
        ticket.number for ticket in listed
    }
    left = await tickets_numbered(connection, viewer, numbers) if numbers else []
    return [
        RowLeft(ticket, [table for table, fits in belongs.items() if fits(ticket)])
        for ticket in left
    ]


def fits_filter(wanted: TicketFilter, viewer: Viewer) -> Callable[[TicketView], bool]:
    """Return whether a ticket has the queue, the state and the owner that `wanted` asks for; its
    words do not change.
    """
    branch = viewer.branch(wanted.queue) if wanted.queue else None

    def fits(ticket: TicketView) -> bool:
        owned = ticket.owner is None if wanted.unowned else wanted.owner in (None, ticket.owner)
        return (
            owned
            and (not wanted.states or ticket.state in wanted.states)
            and (branch is None or ticket.queue in branch)
        )

    return fits
