"""What the portal says."""

from datetime import datetime
from typing import ClassVar

from shared.events.base import Event
from shared.personal import Personal


class OperatorsPresent(Event):
    """These operators (identities) have a page open, as one portal process sees it at `at`.

    When: while there are any, about every half minute and when one more comes. Who cares: tickets, which gives new tickets of some
    queues to somebody who is there.
    """

    NAME: ClassVar[str] = "portal.operators.present.v1"

    operators: Personal[tuple[str, ...]]
    at: datetime
