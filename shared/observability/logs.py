"""Logs: one JSON object a line on standard error; event names are dotted facts, values are keys, no personal data."""

import logging
import sys
from datetime import UTC, datetime

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
    libraries = logging.StreamHandler(sys.stderr)
    libraries.setFormatter(LibraryLines())
    logging.basicConfig(handlers=[libraries], level=max(threshold, logging.WARNING))


class LibraryLines(logging.Formatter):
    """What libraries log, in the same form as what we do. Only what they call an error comes with its traceback."""

    def format(self, record: logging.LogRecord) -> str:
        facts: dict[str, object] = {
            "event": record.name,
            "message": record.getMessage(),
            "level": record.levelname.lower(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
        }
        if record.exc_info:
            is_error = record.levelno >= logging.ERROR
            facts["exception"] = self.formatException(record.exc_info) if is_error else repr(record.exc_info[1])
        return _dumps(facts).decode()


def _dumps(value: object, **_: object) -> bytes:
    return orjson.dumps(value, default=str)
