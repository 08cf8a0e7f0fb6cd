"""Messages whose properties no library can read.

A time beyond all calendars or bytes that are no text, in the properties of one message that anybody may have published, would make the
driver give up the whole connection, get the same message again, and so on for ever.
"""

import structlog
from pamqp.base import BasicProperties

from shared.core.error_text import error_text

log = structlog.get_logger()

_strictly = BasicProperties.unmarshal


def read_properties_leniently() -> None:
    """From now on properties that cannot be read are left out, with those that follow them; the message still arrives."""
    BasicProperties.unmarshal = _leniently  # type: ignore[assignment]


def _leniently(properties: BasicProperties, flags: int, data: bytes) -> None:
    try:
        _strictly(properties, flags, data)
    except (ValueError, OverflowError, OSError, ArithmeticError, LookupError) as error:
        log.warning("bus.properties.unreadable", error=error_text(error))
