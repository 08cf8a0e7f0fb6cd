"""What routing says."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shared.contracts.desk import Desk
from shared.contracts.events.base import Event
from shared.contracts.values import Personal, Version


class DeskApplied(Event):
    """A checked desk description is in force.

    When: `desk apply`, and the first start with an example desk. Every service replaces its copy in
    one transaction, if `version` is newer than the version it has.
    """

    NAME: ClassVar[str] = "routing.desk.applied.v1"

    version: Version
    desk: Desk
    applied_at: datetime


class TicketRouted(Event):
    """A ticket without a queue got one. When: once per hop that had no queue.

    Tickets applies it only while hop `hop_id` is open. `rule` is the name of the rule (None: the
    desk's default queue), `reason` says what the rule saw. `missing` is the data that the queue
    needs and a child lacks; then the child goes back instead.
    """

    NAME: ClassVar[str] = "routing.ticket.routed.v1"

    ticket_id: UUID
    hop_id: UUID
    ticket_version: Version
    queue: str
    rule: str | None
    reason: Personal[str]
    missing: tuple[str, ...] = ()
    decided_at: datetime
