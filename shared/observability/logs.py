"""Logs: one JSON object a line on standard error; event names are dotted facts, values are keys, no personal data."""

import logging
import sys

import orjson
import structlog


def set_up_logs(level: str) -> None:
    """Configure structlog and the standard library's logging to write lines of at least `level`."""
    threshold = getattr(logging, level.upper())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(
        stream=sys.stderr,
        level=max(threshold, logging.WARNING),
        format='{"event":"%(name)s","message":"%(message)s"}',
    )


def _dumps(value: object, **_: object) -> bytes:
    return orjson.dumps(value, default=str)
