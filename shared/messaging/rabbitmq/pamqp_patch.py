"""Messages whose properties pamqp cannot decode.

Anybody may publish a message with properties that cannot be decoded: a time beyond the calendar,
bytes that are not UTF-8. The driver would close the connection, receive the same message again
and never get past it.

What this module, and no other, does to pamqp: it replaces the method
`BasicProperties.unmarshal(flags, data)`, which sets one property after the other and raises at the
first that it cannot decode.

pyproject.toml bounds pamqp below its next minor version. When the canary in
tests/contract/test_private_names.py fails after an upgrade: look whether pamqp (or aiormq) survives
such properties by itself, then delete this module; otherwise adapt `_leniently`, run
tests/contract/bus, and raise the bound.
"""

import structlog
from pamqp.base import BasicProperties

from shared.core.error_text import error_text

log = structlog.get_logger()

_strictly = BasicProperties.unmarshal


def read_properties_leniently() -> None:
    """Make pamqp leave out a property that it cannot decode and those after it, and keep the
    message.
    """
    BasicProperties.unmarshal = _leniently  # type: ignore[assignment]


def _leniently(properties: BasicProperties, flags: int, data: bytes) -> None:
    try:
        _strictly(properties, flags, data)
    except (ValueError, OverflowError, OSError, ArithmeticError, LookupError) as error:
        log.warning("bus.properties.unreadable", error=error_text(error))
