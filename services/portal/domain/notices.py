"""What operators are told, and how they want to be."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, JsonValue

from services.portal.domain.views import RequesterView
from shared.contracts.events.notify import MailRhythm, NoticeKind, NoticeState
from shared.contracts.people import Actor

MOST_COUNTED = 100
"""Unread notices are counted up to here: from there on it is `99+` anyway."""


class NoticeView(BaseModel):
    """What an operator is told of a change of the ticket `number`; `actor` made it, `read_at` is
    null until it was read.

    `requester` is who asked, and how sure that is. `event`, `reason` and `changes` are those of the
    change in the ticket's history, `queue` where the ticket was after it; `event` is null while the
    change itself is not known here.
    """

    model_config = ConfigDict(frozen=True)

    id: UUID
    number: str
    subject: str
    kind: NoticeKind
    actor: Actor
    at: datetime
    state: NoticeState
    read_at: datetime | None
    event: str | None = None
    reason: str | None = None
    changes: dict[str, tuple[JsonValue, JsonValue]] = {}
    queue: str | None = None
    requester: RequesterView


class ToldView(BaseModel):
    """Who was told of the change that made `ticket_version`: `operator` is an identity, `reason`
    why a mail could not be sent.
    """

    model_config = ConfigDict(frozen=True)

    operator: str
    kind: NoticeKind
    state: NoticeState
    at: datetime
    ticket_version: int
    reason: str | None


class Preferences(BaseModel):
    """How an operator wants to be told: `muted` are the kinds that he does not want as one of a
    queue's operators or as watcher.
    """

    model_config = ConfigDict(frozen=True)

    rhythm: MailRhythm = "each"
    muted: list[NoticeKind] = []
