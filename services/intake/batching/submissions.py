"""Make submitted requests durable, many in one transaction: their keys, their limits, their
events.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from services.intake import repository
from services.intake.limits import Counted, LimitReached, first_beyond
from services.intake.repository import UsedKey
from shared.contracts.events.intake import RequestSubmitted
from shared.contracts.people import Requester
from shared.core.cause import Cause
from shared.core.errors import KeyReused
from shared.core.ids import derived_id
from shared.database.quotas import use, wanted_by
from shared.database.unit_of_work import UnitOfWork
from shared.web.without_scripts import SAME_WITHIN


@dataclass(frozen=True, slots=True)
class KeyUse:
    """An Idempotency-Key as one caller uses it (`id`, see `key_id`), bound to the SHA-256 of what
    was sent with it.

    `is_of_content`: the key is made of the content, and stands for the same request only within
    SAME_WITHIN.
    """

    id: UUID
    body_hash: bytes
    is_of_content: bool = False


@dataclass(frozen=True, slots=True)
class Submission:
    """A checked request on its way to become durable, and the limits in which it counts."""

    request: RequestSubmitted
    cause: Cause
    key: KeyUse | None = None
    counted: tuple[Counted, ...] = ()


def key_id(key: str, *, caller: str | None, requester: Requester) -> UUID:
    """Return the id of `key` as one person uses it: `caller` (an identity), or the requester where
    nobody is signed in.

    People who are not signed in are told apart by the address that they typed: two of them with the
    same key are not refused, and neither learns of the other's request.
    """
    if caller is None:
        return derived_id("intake.guest-key", requester.email_key, key)
    return derived_id("intake.key", caller, key)


async def submit_requests(
    uow: UnitOfWork, *, submissions: Sequence[Submission], patience: timedelta
) -> list[UUID | KeyReused | LimitReached]:
    """Make requests durable and tell of them, each key once.

    Return in order the request id of each, KeyReused or LimitReached.

    A submission whose key was used before with the same content gets the id of that request;
    nothing is written for it, and it counts in no limit. Raises TooLarge if one of them is larger
    than the bus carries.
    """
    first_uses = {
        s.key.id: UsedKey(s.key.id, s.key.body_hash, s.request.request_id)
        for s in reversed(submissions)
        if s.key
    }
    of_content = {s.key.id for s in submissions if s.key and s.key.is_of_content}
    await repository.forget_keys(uow.connection, of_content, before=uow.now - SAME_WITHIN)
    claimed = await repository.claim_keys(uow.connection, list(first_uses.values()), now=uow.now)
    known = await repository.read_keys(uow.connection, first_uses.keys() - claimed)
    in_force = first_uses | known
    results: list[UUID | KeyReused | LimitReached] = [
        _result(submission, in_force) for submission in submissions
    ]
    fresh = [
        s for s, result in zip(submissions, results, strict=True) if result == s.request.request_id
    ]
    too_many = await _beyond_limits(uow, fresh)
    if too_many:
        # A repeat after the time to wait is a new attempt: its key was not used for anything.
        await repository.forget_keys(
            uow.connection, [s.key.id for s in fresh if s.key and s.request.request_id in too_many]
        )
        results = [
            too_many.get(result, result) if isinstance(result, UUID) else result
            for result in results
        ]
        fresh = [
            submission for submission in fresh if submission.request.request_id not in too_many
        ]
    uow.insert_later(repository.submission_rows([s.request for s in fresh], patience=patience))
    for submission in fresh:
        uow.emit(
            submission.request, aggregate_id=submission.request.request_id, cause=submission.cause
        )
    return results


async def _beyond_limits(
    uow: UnitOfWork, submissions: Sequence[Submission]
) -> dict[UUID, LimitReached]:
    """Count `submissions` in their limits; return by request id those for which there is no room,
    in the order in which they came.
    """
    counted = [each.quota for submission in submissions for each in submission.counted]
    if not counted:
        return {}
    used = await use(uow.connection, wanted_by(counted), now=uow.now)
    to_come = {quota.key: count for quota, count in wanted_by(counted).items()}
    found = ((s.request.request_id, first_beyond(s.counted, used, to_come)) for s in submissions)
    return {
        i: LimitReached(each.which, used[each.quota.key], now=uow.now)
        for i, each in found
        if each is not None
    }


def _result(submission: Submission, in_force: Mapping[UUID, UsedKey]) -> UUID | KeyReused:
    if submission.key is None:
        return submission.request.request_id
    used = in_force[submission.key.id]
    return used.request_id if used.body_hash == submission.key.body_hash else KeyReused()
