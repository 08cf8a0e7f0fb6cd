"""Logs: one JSON object per line on standard error.

The name of an event is a dotted fact such as `task.failed`. Values are ids, keys and counts, never
personal data.
"""

import asyncio
import logging
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, WrappedLogger

from shared.core.error_text import error_text, traced
from shared.observability.security import security_lines

log = structlog.get_logger()


def set_up_logs(level: str, *, security: Path | None = None) -> None:
    """Configure structlog and the `logging` module to write lines of at least `level`.

    `security` is the file of the security log; None sends it to standard error.
    """
    threshold = getattr(logging, level.upper())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _with_traceback,
            structlog.processors.JSONRenderer(serializer=_dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )
    security_lines.set_up(security, is_shown=threshold <= logging.INFO)
    libraries = logging.StreamHandler(sys.stderr)
    libraries.setFormatter(LibraryLines())
    logging.basicConfig(handlers=[libraries], level=max(threshold, logging.WARNING))


class LibraryLines(logging.Formatter):
    """Formats the log lines of libraries like our own.

    Only lines of level `error` get a traceback.
    """

    def format(self, record: logging.LogRecord) -> str:
        facts: dict[str, object] = {
            "event": record.name,
            "message": _message(record),
            "level": record.levelname.lower(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
        }
        if record.exc_info and (error := record.exc_info[1]) is not None:
            facts["exception"] = (
                traced(error) if record.levelno >= logging.ERROR else error_text(error)
            )
        return _dumps(facts).decode()


def log_unhandled(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log an error of a task that no code awaited (for `loop.set_exception_handler`).

    The handler of asyncio itself would log the message of the error, which may hold personal data.
    """
    error = context.get("exception")
    log.error(
        "asyncio.unhandled",
        message=context["message"],
        exc_info=error if isinstance(error, BaseException) else None,
    )


def _with_traceback(_logger: WrappedLogger, _method: str, facts: EventDict) -> EventDict:
    given = facts.pop("exc_info", None)
    error = given if isinstance(given, BaseException) else sys.exc_info()[1] if given else None
    if error is not None:
        facts["exception"] = traced(error)
    return facts


def _message(record: logging.LogRecord) -> str:
    """Return the message of a library, with the safe text of each error among its arguments."""
    if isinstance(record.args, tuple):
        record.args = tuple(
            error_text(each) if isinstance(each, BaseException) else each for each in record.args
        )
    return record.getMessage()


def _dumps(value: object, **_: object) -> bytes:
    return orjson.dumps(value, default=str)
