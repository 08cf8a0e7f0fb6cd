"""Who may use a form, and when."""

from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from shared.desk import Form

Access = Literal["open", "login", "not_for_caller", "not_yet", "over"]
"""`login`: signing in may help. `not_yet` and `over`: outside the form's opening window."""


def access_to(form: Form, *, affiliation: str | None, now: datetime, timezone: str) -> Access:
    """Return whether somebody may send `form` at `now`. `affiliation` is None for somebody who is not signed in: a guest, perhaps."""
    zone = ZoneInfo(timezone)
    if form.opens_at and now < _moment(form.opens_at, zone):
        return "not_yet"
    if form.closes_at and now >= _end(form.closes_at, zone):
        return "over"
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
