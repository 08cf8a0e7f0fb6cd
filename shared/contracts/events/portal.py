"""What the portal says."""

from datetime import datetime
from typing import ClassVar

from shared.contracts.events.base import Event
from shared.contracts.values import Personal


class LinkAsked(Event):
    """Somebody asked for the link to the request `number`, giving `email` as its requester's address; nothing was checked.

    When: at each such wish, so that a stranger learns nothing from how it is answered. Who cares: tickets, which knows whether
    the two belong together.
    """

    NAME: ClassVar[str] = "portal.link.asked.v1"

    number: str
    email: Personal[str]
    at: datetime


class OperatorsPresent(Event):
    """These operators (identities) have a page open, as one portal process sees it at `at`.

    When: while there are any, about every half minute and when one more comes. Who cares: tickets, which gives new tickets of some
    queues to somebody who is there.
    """

    NAME: ClassVar[str] = "portal.operators.present.v1"

    operators: Personal[tuple[str, ...]]
    at: datetime
