"""What intake's handlers have in hand."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from services.intake.backpressure import Pressure
from services.intake.batching.submissions import Submission
from services.intake.limits import Limits
from services.intake.queries import FormsInForce
from shared.core.clock import Clock
from shared.database.database import Database
from shared.runtime.group_commit import GroupCommit


@dataclass(frozen=True, slots=True)
class IntakeContext:
    """The parts of one running intake; `secret` signs what it leaves in browsers."""

    database: Database
    clock: Clock
    forms: FormsInForce
    commits: GroupCommit[Submission, UUID]
    pressure: Pressure
    limits: Limits
    secret: str
    patience: timedelta
    """A request that is no ticket after this long is published again."""
