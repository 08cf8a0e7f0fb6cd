"""notify's own figures under /metrics."""

from collections.abc import Mapping
from typing import get_args

from prometheus_client import Counter, Gauge

from shared.contracts.events.notify import DeliveryState
from shared.observability.metrics import REGISTRY

_WAITING = Gauge(
    "sportello_mails_waiting",
    "Mails that have not ended yet, by state.",
    ("service", "state"),
    registry=REGISTRY,
)
_ENDED = Counter(
    "sportello_mails_ended",
    "Mails sent, sent again, or failed for good.",
    ("service", "state"),
    registry=REGISTRY,
)
_BROKEN = Counter(
    "sportello_mail_texts_broken",
    "Mails for which a text of the desk did not work.",
    ("service",),
    registry=REGISTRY,
)

_SERVICE = "notify"
_WAITING_STATES = tuple(
    state for state in get_args(DeliveryState) if state not in ("sent", "resent", "failed")
)


def show_waiting(counts: Mapping[DeliveryState, int]) -> None:
    """Set how many deliveries are in each state that is no end."""
    for state in _WAITING_STATES:
        _WAITING.labels(_SERVICE, state).set(counts.get(state, 0))


def count_ended(state: DeliveryState) -> None:
    """Count a delivery that came to its end."""
    _ENDED.labels(_SERVICE, state).inc()


def count_broken_text() -> None:
    """Count a text of the desk that had to be passed over."""
    _BROKEN.labels(_SERVICE).inc()
