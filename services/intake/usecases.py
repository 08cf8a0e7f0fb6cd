"""What intake does: accept requests, note their tickets, forget old keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.intake import repository
from services.intake.repository import UsedKey
from shared.cause import Cause
from shared.database.unit_of_work import UnitOfWork
from shared.errors import KeyReused
from shared.events.intake import RequestSubmitted
from shared.ids import derived_id

KEYS_KEPT = timedelta(days=7)
_KEYS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class KeyUse:
    """An Idempotency-Key as one caller uses it (`id`, see `key_id`), bound to the SHA-256 of what was sent with it."""

    id: UUID
    body_hash: bytes


@dataclass(frozen=True, slots=True)
class Submission:
    """A checked request on its way to become durable."""

    request: RequestSubmitted
    cause: Cause
    key: KeyUse | None = None


def key_id(key: str, *, caller: str | None) -> UUID:
    """Return the id of `key` in the hands of `caller` (an identity; None for everybody who is not signed in)."""
    return derived_id("intake.key", caller or "", key)


async def submit_requests(uow: UnitOfWork, *, submissions: Sequence[Submission]) -> list[UUID | KeyReused]:
    """Make requests durable and tell of them, each key once. Return in order the request id of each, or KeyReused.

    A submission whose key was used before with the same content gets the id of that request, and nothing is written for it.
    Raises TooLarge if one of them is larger than the bus carries.
    """
    first_uses = {s.key.id: UsedKey(s.key.id, s.key.body_hash, s.request.request_id) for s in reversed(submissions) if s.key}
    claimed = await repository.claim_keys(uow.connection, list(first_uses.values()), now=uow.now)
    known = await repository.read_keys(uow.connection, first_uses.keys() - claimed)
    in_force = first_uses | known
    results = [_result(submission, in_force) for submission in submissions]
    fresh = [s for s, result in zip(submissions, results, strict=True) if result == s.request.request_id]
    uow.insert_later(repository.submission_rows([s.request for s in fresh]))
    for submission in fresh:
        uow.emit(submission.request, aggregate_id=submission.request.request_id, cause=submission.cause)
    return results


async def note_ticket_numbers(uow: UnitOfWork, *, numbers: Mapping[UUID, str]) -> None:
    """Let the requests in `numbers` know their ticket; harmless when repeated."""
    await repository.set_ticket_numbers(uow.connection, numbers)


async def forget_old_keys(uow: UnitOfWork, *, now: datetime) -> bool:
    """Delete keys that were used more than seven days ago, some at a time; return whether there may be more."""
    return await repository.forget_keys_before(uow.connection, now - KEYS_KEPT, limit=_KEYS_AT_ONCE) == _KEYS_AT_ONCE


def _result(submission: Submission, in_force: Mapping[UUID, UsedKey]) -> UUID | KeyReused:
    if submission.key is None:
        return submission.request.request_id
    used = in_force[submission.key.id]
    return used.request_id if used.body_hash == submission.key.body_hash else KeyReused()
