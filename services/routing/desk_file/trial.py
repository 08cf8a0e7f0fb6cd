"""A dry run: which queue each sample request would get under the desk in force and under another
one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from services.routing.desk_file.checks_forms import NO_ANSWERS
from services.routing.desk_file.samples import Sample, SampleRequest
from services.routing.rules import Decision, decide
from shared.contracts.desk import Desk
from shared.policy.rules import RoutingRequest

Difference = Literal["", "rule", "queue"]
"""`queue`: it would go elsewhere, or come back where it did not.

`rule`: to the same queue, for another reason.
"""


@dataclass(frozen=True, slots=True)
class Trial:
    """What becomes of one sample under each desk, in the order of the desks; None where the desk
    has no such form or queue.
    """

    sample: Sample
    decisions: tuple[Decision | None, ...]

    @property
    def difference(self) -> Difference:
        """Whether the first desk and the last differ about it."""
        first, last = self.decisions[0], self.decisions[-1]
        if first is None or last is None:
            return "" if first is last else "queue"
        if (first.queue, first.missing) != (last.queue, last.missing):
            return "queue"
        return "" if first.rule == last.rule else "rule"


def try_samples(samples: Sequence[Sample], desks: Sequence[Desk], *, now: datetime) -> list[Trial]:
    """Return what becomes of each of `samples` under each of `desks`; `now` is aware."""
    return [
        Trial(sample, tuple(_decided(sample.request, desk, now) for desk in desks))
        for sample in samples
    ]


def _decided(request: SampleRequest, desk: Desk, now: datetime) -> Decision | None:
    if request.type is not None and request.type not in desk.forms:
        return None
    if request.escalated_from is not None and request.escalated_from not in desk.queues:
        return None
    asked = RoutingRequest(
        request_type=request.type,
        origin=request.origin,
        affiliation=request.affiliation,
        language=request.language,
        fields={name: answer for name, answer in request.fields.items() if name not in NO_ANSWERS},
        is_child=request.child,
        escalated_from=request.escalated_from,
    )
    return decide(desk, asked, request.moment(ZoneInfo(desk.timezone), now))
