"""The metrics that every service shows under /metrics, each with the label `service`."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()
"""The metrics of this process. Several services in one process share it and differ by label."""

_EVENTS = Counter(
    "sportello_events_handled",
    "Events handled.",
    ("service", "type"),
    registry=REGISTRY,
)
_PUBLISHED = Counter(
    "sportello_events_published",
    "Events confirmed by the broker.",
    ("service",),
    registry=REGISTRY,
)
_COMMANDS = Histogram(
    "sportello_command_seconds",
    "Time from taking a command to its answer.",
    ("service", "command", "outcome"),
    buckets=(0.002, 0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1.2, 2.5, 5),
    registry=REGISTRY,
)
_PENDING = Gauge(
    "sportello_outbox_pending",
    "Events committed and not yet published.",
    ("service",),
    registry=REGISTRY,
)
_OLDEST = Gauge(
    "sportello_outbox_oldest_seconds",
    "Age of the oldest of them.",
    ("service",),
    registry=REGISTRY,
)
_RETRYING = Gauge(
    "sportello_inbox_retrying",
    "Messages that failed and will be tried again.",
    ("service",),
    registry=REGISTRY,
)
_WAITING = Gauge(
    "sportello_inbox_waiting",
    "Messages that wait for something they build on.",
    ("service",),
    registry=REGISTRY,
)
_DEAD = Gauge(
    "sportello_dead_letters",
    "Messages a person must decide about.",
    ("service",),
    registry=REGISTRY,
)


class Meter:
    """The metrics of one service in this process."""

    def __init__(self, service: str) -> None:
        self.service = service

    def events_handled(self, event_type: str, count: int) -> None:
        _EVENTS.labels(self.service, event_type).inc(count)

    def events_published(self, count: int) -> None:
        _PUBLISHED.labels(self.service).inc(count)

    def command_answered(self, command: str, outcome: str, seconds: float) -> None:
        _COMMANDS.labels(self.service, command, outcome).observe(seconds)

    def outbox(self, *, pending: int, oldest_seconds: float) -> None:
        _PENDING.labels(self.service).set(pending)
        _OLDEST.labels(self.service).set(oldest_seconds)

    def kept_messages(self, *, retrying: int, waiting: int, dead: int) -> None:
        _RETRYING.labels(self.service).set(retrying)
        _WAITING.labels(self.service).set(waiting)
        _DEAD.labels(self.service).set(dead)
