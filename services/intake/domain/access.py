"""Who may use a form, and when."""

from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from shared.contracts.desk import Form

Window = Literal["open", "not_yet", "over"]
"""Where a moment is to a form's opening window."""

Access = Window | Literal["login", "not_for_caller"]
"""`login`: signing in may help."""


def window_of(form: Form, *, now: datetime, timezone: str) -> Window:
    """Return whether `form` takes requests at `now`, whoever sends them."""
    zone = ZoneInfo(timezone)
    if form.opens_at and now < _moment(form.opens_at, zone):
        return "not_yet"
    if form.closes_at and now >= _end(form.closes_at, zone):
        return "over"
    return "open"


def access_to(form: Form, *, affiliation: str | None, now: datetime, timezone: str) -> Access:
    """Return whether somebody may send `form` at `now`.

    `affiliation` is None for somebody who is not signed in: a guest, perhaps.
    """
    window = window_of(form, now=now, timezone=timezone)
    if window != "open":
        return window
    if affiliation is None and form.login:
        return "login"
    if form.audience and (affiliation or "guest") not in form.audience:
        return "login" if affiliation is None else "not_for_caller"
    return "open"


def _moment(text: str, zone: ZoneInfo) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _end(text: str, zone: ZoneInfo) -> datetime:
    """A form that closes on a day is open through it."""
    if len(text) == len("2026-09-01"):
        return datetime.combine(date.fromisoformat(text) + timedelta(days=1), time(), zone)
    return _moment(text, zone)
