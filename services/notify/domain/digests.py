"""When digests are due."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared.core.ids import DeliveryId, derived_id


def digest_day(now: datetime, *, at: time, timezone: str) -> tuple[date, datetime]:
    """Return the day of the newest digest that is due at `now`, and the moment at which it became due.

    That is `at` o'clock in `timezone`. After a night in which nobody was there to send it, it is still the same one.
    """
    local = now.astimezone(ZoneInfo(timezone))
    day = local.date() if local.time() >= at else local.date() - timedelta(days=1)
    return day, datetime.combine(day, at, ZoneInfo(timezone)).astimezone(now.tzinfo)


def digest_id(operator: str, day: date) -> DeliveryId:
    """Return the id of the one digest that `operator` gets on `day`."""
    return DeliveryId(derived_id("digest", operator, day.isoformat()))
