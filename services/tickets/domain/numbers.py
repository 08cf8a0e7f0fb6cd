"""The number that people read aloud: `yyyymmdd`, the desk's two-digit system id, a daily counter, a
check digit.
"""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from shared.core.ids import TicketNumber

_SHAPE = re.compile(r"[0-9]{16,25}")


def ticket_number(day: date, *, system_id: int, counter: int) -> TicketNumber:
    """Return the number of the `counter`-th ticket of `day` (from 1; at least five digits, wider
    past 99999).
    """
    digits = f"{day:%Y%m%d}{system_id:02d}{counter:05d}"
    return TicketNumber(f"{digits}{check_digit(digits)}")


def check_digit(digits: str) -> int:
    """Return the digit that guards `digits`.

    Weights 1, 2, 1, 2 ... from the left, whole products added: 10 - (sum mod 10), where 10 becomes
    1.
    """
    total = sum(map(int, digits)) + sum(map(int, digits[1::2]))
    rest = 10 - total % 10
    return 1 if rest == 10 else rest


def is_ticket_number(text: str) -> bool:
    """Return whether `text` can be the number of a ticket at all."""
    return _SHAPE.fullmatch(text) is not None


def desk_day(moment: datetime, *, timezone: str) -> date:
    """Return the date that the desk's calendar shows at `moment`."""
    return moment.astimezone(ZoneInfo(timezone)).date()


def counter_of(number: str, *, day: date, system_id: int) -> int | None:
    """Return the counter in `number`, None where it is no number of `day` and of the desk with
    `system_id`.
    """
    beginning = f"{day:%Y%m%d}{system_id:02d}"
    digits = number[len(beginning) : -1]
    return (
        int(digits)
        if is_ticket_number(number) and number.startswith(beginning) and len(digits) >= 5
        else None
    )
