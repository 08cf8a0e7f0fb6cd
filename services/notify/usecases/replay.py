"""Saying again, to one service alone, how mails and notices stand and how operators want to be
told.
"""

from uuid import UUID

from services.notify.domain.delivery import LEFT_OUT, TO_OPERATORS
from services.notify.domain.notices import Notice
from services.notify.repository.replay import Mail, mails_after, notices_after, preferences_after
from services.notify.usecases.publishing import (
    delivery_event,
    notice_facts,
    publish_mailed,
    publish_raised,
)
from shared.contracts.desk import Desk
from shared.contracts.events.notify import (
    DeliveryState,
    NoticeFacts,
    NoticeState,
    PreferencesChanged,
)
from shared.core.cause import Cause
from shared.database.unit_of_work import UnitOfWork

TOLD: frozenset[DeliveryState] = frozenset({"sent", "resent", "failed", "delayed", "uncertain"})
"""States of a mail that are told when it gets there; what is in another has nothing to say until it
does.
"""


async def replay_mails(
    uow: UnitOfWork, *, after: UUID | None, limit: int, target: str
) -> list[UUID]:
    """Tell `target` how the next `limit` mails behind `after` stand, in the order of their ids;
    return these, none at the end.
    """
    mails = await mails_after(uow.connection, after, limit=limit)
    for mail in mails:
        if (
            mail.state in TOLD
            and mail.delivery.kind not in TO_OPERATORS
            and mail.reason != LEFT_OUT
        ):
            told = delivery_event(
                mail.delivery,
                version=mail.version,
                state=mail.state,
                reason=mail.reason,
                at=mail.since,
            )
            uow.emit(
                told, aggregate_id=mail.delivery.ticket_id, cause=mail.delivery.cause, target=target
            )
    return [mail.delivery.id for mail in mails]


async def replay_notices(
    uow: UnitOfWork, *, after: UUID | None, limit: int, target: str, desk: Desk | None
) -> list[UUID]:
    """Tell `target` of the next `limit` notices behind `after`, as `replay_mails`.

    `desk` has the addresses that digests go to.
    """
    found = await notices_after(uow.connection, after, limit=limit)
    cause = Cause.fresh()
    publish_raised(
        uow,
        [_raised(notice, mail, desk) for notice, mail in found if not _is_told(mail)],
        cause=cause,
        target=target,
    )
    mails = [(notice, mail) for notice, mail in found if mail is not None and _is_told(mail)]
    publish_mailed(
        uow, [_mailed(notice, mail) for notice, mail in mails], cause=cause, target=target
    )
    return [notice.id for notice, _ in found]


async def replay_preferences(
    uow: UnitOfWork, *, after: UUID | None, limit: int, target: str
) -> list[UUID]:
    """Tell `target` how the next `limit` operators want to be told, as `replay_mails`."""
    found = await preferences_after(uow.connection, after, limit=limit)
    cause = Cause.fresh()
    for each in found:
        told = PreferencesChanged(
            operator=each.operator,
            version=each.version,
            rhythm=each.rhythm,
            muted=each.muted,
            at=each.changed_at,
        )
        uow.emit(told, aggregate_id=each.id, cause=cause, target=target)
    return [each.id for each in found]


def notice_version(notice: Notice, mail: Mail) -> int:
    """Return the version of a notice whose mail is told: a digest's begins at 1 as every mail, but
    its notices were raised as that.
    """
    return max(mail.version, 2) if notice.rhythm == "digest" else mail.version


def _is_told(mail: Mail | None) -> bool:
    return mail is not None and mail.state in TOLD


def _mailed(notice: Notice, mail: Mail) -> NoticeFacts:
    version, recipient = notice_version(notice, mail), mail.delivery.recipient
    return notice_facts(
        notice, version=version, state=mail.state, recipient=recipient, reason=mail.reason
    )


def _raised(notice: Notice, mail: Mail | None, desk: Desk | None) -> NoticeFacts:
    operator = desk.operators.get(notice.operator) if desk else None
    by_mail = operator.email if operator is not None and notice.rhythm != "none" else None
    states: dict[str, NoticeState] = {"each": "queued", "digest": "digest", "none": "told"}
    recipient = mail.delivery.recipient if mail is not None else by_mail
    return notice_facts(
        notice, version=1, state=states[notice.rhythm], recipient=recipient, reason=None
    )
