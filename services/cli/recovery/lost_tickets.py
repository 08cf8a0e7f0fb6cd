"""No ticket number is given twice, and a ticket that is made again gets its own back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from services.intake.queries import numbers_of_requests
from services.intake.usecases.requests import note_ticket_numbers
from services.notify.repository.orphans import numbers_in_ledger
from services.portal.queries.recovery import numbers_of_copies
from services.tickets.domain.numbers import counter_of, desk_day, ticket_number
from services.tickets.queries import numbers_of_tickets
from services.tickets.repository.counters import skip_counters
from shared.contracts.desk import Desk
from shared.core.ids import TicketNumber, derived_id
from shared.database.database import Database


@dataclass(frozen=True, slots=True)
class Lost:
    """Tickets that were lost and can be made again from their requests: their numbers by id, None
    where nobody knows one.

    `given_twice` are numbers that one of them had and that another ticket has by now. `seen` are
    all numbers that any service knows.
    """

    tickets: Mapping[UUID, str | None]
    given_twice: frozenset[str]
    seen: frozenset[str]


async def find_lost(
    intake: Database, tickets: Database, notify: Database, portal: Database
) -> Lost:
    """Find the requests that are no tickets, and let intake know the numbers that these had, as far
    as anybody knows them.
    """
    sent = await numbers_of_requests(intake)
    shown, told = await numbers_of_copies(portal), await numbers_in_ledger(notify)
    made = await numbers_of_tickets(tickets)
    lost: dict[UUID, str | None] = {}
    found: dict[UUID, str] = {}
    for request_id in sent.keys() - made.keys():
        ticket_id = derived_id("ticket", request_id)
        number = lost[ticket_id] = sent[request_id] or shown.get(ticket_id) or told.get(ticket_id)
        if number and not sent[request_id]:
            found[request_id] = number
    async with intake.transaction() as uow:
        await note_ticket_numbers(uow, numbers=found)
    given_twice = frozenset(number for number in lost.values() if number) & frozenset(made.values())
    every = (*sent.values(), *shown.values(), *told.values(), *made.values())
    return Lost(lost, given_twice, frozenset(number for number in every if number))


async def skip_numbers(
    tickets: Database, desk: Desk, *, seen: Iterable[str], margin: int
) -> TicketNumber:
    """Let the numbers of today go on `margin` behind the highest that was seen or given; return the
    one after that.
    """
    async with tickets.transaction() as uow:
        day = desk_day(uow.now, timezone=desk.timezone)
        counters = (counter_of(number, day=day, system_id=desk.system_id) for number in seen)
        highest = max((counter for counter in counters if counter is not None), default=0)
        reserved = await skip_counters(uow.connection, day=day, behind=highest, margin=margin)
    return ticket_number(day, system_id=desk.system_id, counter=reserved + 1)
