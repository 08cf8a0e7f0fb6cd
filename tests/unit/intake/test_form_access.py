"""Who may send a form, and when."""

from datetime import UTC, datetime

import pytest

from services.intake.domain.access import Access, access_to
from tests.unit.intake.small_desk import make_form

NOON = datetime(2026, 9, 28, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("audience", "login", "affiliation", "expected"),
    [
        ([], False, None, "open"),
        ([], False, "staff", "open"),
        ([], True, None, "login"),
        ([], True, "guest", "open"),
        (["student"], False, None, "login"),
        (["student"], False, "student", "open"),
        (["student"], False, "staff", "not_for_caller"),
        (["guest"], False, None, "open"),
        (["guest"], True, None, "login"),
        (["student", "staff"], True, "guest", "not_for_caller"),
    ],
)
def test_a_form_is_open_to_its_audience(
    audience: list[str], login: bool, affiliation: str | None, expected: Access
) -> None:
    form = make_form(audience=audience, login=login)

    assert access_to(form, affiliation=affiliation, now=NOON, timezone="Europe/Rome") == expected


@pytest.mark.parametrize(
    ("opens_at", "closes_at", "now", "expected"),
    [
        ("2026-09-28", None, datetime(2026, 9, 27, 21, 59, 59, tzinfo=UTC), "not_yet"),
        ("2026-09-28", None, datetime(2026, 9, 27, 22, 0, tzinfo=UTC), "open"),
        ("2026-09-28T08:00", None, datetime(2026, 9, 28, 5, 59, tzinfo=UTC), "not_yet"),
        ("2026-09-28T08:00", None, datetime(2026, 9, 28, 6, 0, tzinfo=UTC), "open"),
        ("2026-09-28T08:00+00:00", None, datetime(2026, 9, 28, 7, 59, tzinfo=UTC), "not_yet"),
        (None, "2026-09-28", datetime(2026, 9, 28, 21, 59, 59, tzinfo=UTC), "open"),
        (None, "2026-09-28", datetime(2026, 9, 28, 22, 0, tzinfo=UTC), "over"),
        (None, "2026-09-28T12:00", datetime(2026, 9, 28, 10, 0, tzinfo=UTC), "over"),
        ("2026-09-01", "2026-09-30", NOON, "open"),
    ],
)
def test_a_form_is_open_within_its_window_in_the_desks_time(
    opens_at: str | None, closes_at: str | None, now: datetime, expected: Access
) -> None:
    form = make_form(opens_at=opens_at, closes_at=closes_at)

    assert access_to(form, affiliation=None, now=now, timezone="Europe/Rome") == expected
