"""Intake's own figures under /metrics."""

from prometheus_client import Counter, Gauge

from shared.observability.metrics import REGISTRY

_UNANSWERED = Gauge(
    "sportello_requests_without_ticket",
    "Requests that have no ticket after a minute.",
    ("service",),
    registry=REGISTRY,
)
_AGAIN = Counter(
    "sportello_requests_published_again",
    "Requests published again because they had no ticket.",
    ("service",),
    registry=REGISTRY,
)

_SERVICE = "intake"


def show_unanswered(count: int) -> None:
    """Set how many requests have no ticket after a minute."""
    _UNANSWERED.labels(_SERVICE).set(count)
    _AGAIN.labels(
        _SERVICE
    )  # It is shown as 0 before it first happens, so that a rate can be told from then on.


def count_published_again(count: int) -> None:
    """Count requests that were published again."""
    _AGAIN.labels(_SERVICE).inc(count)
