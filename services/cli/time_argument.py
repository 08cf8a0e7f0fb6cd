"""Times in the past as administrators write them: `36h`, `7d`, `2026-11-29`, `2026-11-29 14:30`."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from services.cli.reporting import refuse

A_WEEK = "7d"
"""The default. A mail about an older change surprises its reader more than it helps."""
_AGO = re.compile(r"(\d{1,5})\s*([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def moment_since(text: str, *, now: datetime, timezone: str) -> datetime:
    """Return the moment that `text` names: a time before `now`, or a date with or without a time.

    A date without a time zone is in `timezone`. Ends the command if `text` names no moment or a
    future one.
    """
    ago = _AGO.fullmatch(text.strip().lower())
    if ago is not None:
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        refuse(
            f"--since {text!r} is no time; expected one like 36h, 7d, 2026-11-29 or "
            f"2026-11-29T14:30"
        )
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=ZoneInfo(timezone))
    if moment > now:
        refuse(f"--since {text!r} is still to come; expected a time in the past")
    return moment


def format_moment(moment: datetime, *, timezone: str) -> str:
    """Return `moment` in the time zone of the desk, e.g. `2026-11-29 14:30 Europe/Rome`."""
    return f"{moment.astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M} {timezone}"
