"""Mails of a ticket that did not arrive."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from uuid import UUID

from services.tickets.domain.case import Case, tracked
from services.tickets.domain.parts import Change, Undelivered
from shared.contracts.events import mails as told
from shared.contracts.events.notify import DeliveryFailed
from shared.contracts.people import SYSTEM, Actor


@dataclass(slots=True)
class Mailed(Case):
    """The verbs of a case that concern its mails."""

    def failure_of(self, delivery_id: UUID) -> Undelivered | None:
        """Return what is known of the failure of a delivery, None where it never failed."""
        return next((each for each in self.undelivered if each.delivery_id == delivery_id), None)

    def mail_failed(self, delivery: DeliveryFailed, *, at: datetime) -> Change:
        """Have a mail that did not arrive."""
        before = tracked(self)
        failed = Undelivered(delivery.delivery_id, delivery.version, delivery.article_id, delivery.kind, delivery.recipient)
        self._keep(failed)
        tell = partial(
            told.TicketUndelivered,
            delivery_id=failed.delivery_id,
            article_id=failed.article_id,
            kind=failed.kind,
            to=failed.to,
        )
        history = {"delivery": (None, str(failed.delivery_id)), "to": (None, failed.to)}
        return self._changed(before, tell, at=at, actor=SYSTEM, reason=delivery.reason, of_others=history)

    def mail_resent(self, failed: Undelivered, *, to: str, actor: Actor, at: datetime) -> Change:
        """Have a mail that did not arrive sent again to the address `to`."""
        before = tracked(self)
        self._keep(replace(failed, to=to, is_resent=True))
        tell = partial(told.TicketMailResent, delivery_id=failed.delivery_id, to=to)
        history = {"delivery": (None, str(failed.delivery_id)), "to": (failed.to, to)}
        return self._changed(before, tell, at=at, actor=actor, reason=to, of_others=history)

    def _keep(self, failed: Undelivered) -> None:
        others = (each for each in self.undelivered if each.delivery_id != failed.delivery_id)
        self.undelivered = (*others, failed)
