"""Which digest is due."""

from datetime import UTC, date, datetime, time

import pytest

from services.notify.domain.notices import digest_day, digest_id

HALF_PAST_SEVEN = time(7, 30)


@pytest.mark.parametrize(
    ("now", "day", "due"),
    [
        (
            datetime(2026, 9, 28, 5, 29, 59, tzinfo=UTC),
            date(2026, 9, 27),
            datetime(2026, 9, 27, 5, 30, tzinfo=UTC),
        ),
        (
            datetime(2026, 9, 28, 5, 30, tzinfo=UTC),
            date(2026, 9, 28),
            datetime(2026, 9, 28, 5, 30, tzinfo=UTC),
        ),
        (
            datetime(2026, 9, 28, 11, 0, tzinfo=UTC),
            date(2026, 9, 28),
            datetime(2026, 9, 28, 5, 30, tzinfo=UTC),
        ),
        (
            datetime(2026, 9, 28, 23, 0, tzinfo=UTC),
            date(2026, 9, 28),
            datetime(2026, 9, 28, 5, 30, tzinfo=UTC),
        ),
        (
            datetime(2026, 12, 1, 6, 30, tzinfo=UTC),
            date(2026, 12, 1),
            datetime(2026, 12, 1, 6, 30, tzinfo=UTC),
        ),
    ],
)
def test_the_newest_digest_that_is_due_goes_by_the_desks_clock(
    now: datetime, day: date, due: datetime
) -> None:
    assert digest_day(now, at=HALF_PAST_SEVEN, timezone="Europe/Rome") == (day, due)


def test_an_hour_that_the_clocks_leave_out_is_a_moment_all_the_same() -> None:
    now = datetime(2026, 3, 29, 12, 0, tzinfo=UTC)

    assert digest_day(now, at=time(2, 30), timezone="Europe/Rome") == (
        date(2026, 3, 29),
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
    )


def test_one_operator_has_one_digest_a_day() -> None:
    monday, tuesday = date(2026, 9, 28), date(2026, 9, 29)

    assert digest_id("anna.ferri", monday) == digest_id("anna.ferri", monday)
    assert (
        len(
            {
                digest_id(who, day)
                for who in ("anna.ferri", "bruno.galli")
                for day in (monday, tuesday)
            }
        )
        == 4
    )
