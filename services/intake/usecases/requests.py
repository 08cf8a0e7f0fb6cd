"""Note the ticket numbers of accepted requests, publish requests again, forget old keys."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from services.intake import repository
from shared.contracts.events.intake import RequestSubmitted
from shared.core.cause import Cause
from shared.database.unit_of_work import UnitOfWork

KEYS_KEPT = timedelta(days=7)
_KEYS_AT_ONCE = 1000
LONGEST_PAUSE = timedelta(hours=1)


async def note_ticket_numbers(uow: UnitOfWork, *, numbers: Mapping[UUID, str]) -> None:
    """Let the requests in `numbers` know their ticket; harmless when repeated."""
    await repository.set_ticket_numbers(uow.connection, numbers)


async def make_again(uow: UnitOfWork, *, requests: Sequence[RequestSubmitted]) -> None:
    """Store those of `requests` that are not here: a backup was restored that is older than their
    tickets.

    Nothing is told.
    """
    await repository.add_lost(uow.connection, requests)


async def publish_unanswered(
    uow: UnitOfWork, *, now: datetime, patience: timedelta, limit: int
) -> int:
    """Publish again up to `limit` requests that should be tickets by now; return how many.

    What was published may have been lost with the broker. Tickets makes one ticket of a request
    however often it hears of it. Each waits `patience` at least and as long again as it has waited
    so far, an hour at most: one that cannot become a ticket costs little.
    """
    requests = await repository.claim_unanswered(uow.connection, now=now, limit=limit)
    if requests:
        pauses = {
            each.request_id: min(LONGEST_PAUSE, max(patience, now - each.submitted_at))
            for each in requests
        }
        await repository.set_again_at(
            uow.connection, {request_id: now + pause for request_id, pause in pauses.items()}
        )
    for each in requests:
        uow.emit(each, aggregate_id=each.request_id, cause=Cause.fresh())
    return len(requests)


async def replay_requests(
    uow: UnitOfWork, *, after: UUID | None, limit: int, target: str
) -> list[UUID]:
    """Publish the next `limit` requests behind `after` to `target`, in the order of their ids;
    return these, none at the end.
    """
    requests = await repository.submissions_after(uow.connection, after, limit=limit)
    for each in requests:
        uow.emit(each, aggregate_id=each.request_id, cause=Cause.fresh(), target=target)
    return [each.request_id for each in requests]


async def forget_old_keys(uow: UnitOfWork, *, now: datetime) -> bool:
    """Delete keys that were used more than seven days ago, some at a time; return whether there may
    be more.
    """
    return (
        await repository.forget_keys_before(uow.connection, now - KEYS_KEPT, limit=_KEYS_AT_ONCE)
        == _KEYS_AT_ONCE
    )
