"""What the portal says."""

from datetime import datetime
from typing import ClassVar

from shared.contracts.events.base import Event
from shared.contracts.values import Personal


class LinkAsked(Event):
    """Somebody asked for the link to the request `number`, as the requester with address `email`.

    When: at each such wish; nothing was checked, so that a stranger learns nothing from the answer.
    Tickets knows whether number and address belong together.
    """

    NAME: ClassVar[str] = "portal.link.asked.v1"

    number: str
    email: Personal[str]
    at: datetime


class OperatorsPresent(Event):
    """These operators (identities) have a page open, as one portal process sees it at `at`.

    When: about every half minute while there are any, and when one more comes. Tickets gives new
    tickets of some queues to an operator who is present.
    """

    NAME: ClassVar[str] = "portal.operators.present.v1"

    operators: Personal[tuple[str, ...]]
    at: datetime
