"""Waits that grow, with luck in them."""

import pytest

from shared.core.backoff import Backoff, Failures

BACKOFF = Backoff(first=0.5, longest=60.0, jitter=(0.8, 1.2))


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 0.5), (2, 1.0), (3, 2.0), (7, 32.0), (8, 60.0), (500, 60.0)]
)
def test_waits_double_up_to_the_longest(failures: int, seconds: float) -> None:
    assert BACKOFF.wait(failures, luck=0.5) == seconds


@pytest.mark.parametrize(("luck", "seconds"), [(0.0, 0.8), (0.25, 0.9), (0.5, 1.0)])
def test_luck_draws_between_the_two_ends_of_the_jitter(luck: float, seconds: float) -> None:
    assert BACKOFF.wait(2, luck=luck) == pytest.approx(seconds)


def test_without_luck_given_the_waits_are_drawn_and_stay_between_the_ends() -> None:
    drawn = {BACKOFF.wait(8) for _ in range(50)}

    assert len(drawn) == 50
    assert all(48.0 <= wait < 72.0 for wait in drawn)


@pytest.mark.parametrize(("age", "seconds"), [(0.1, 0.5), (7.0, 7.0), (3600.0, 60.0)])
def test_what_is_missing_is_waited_for_as_long_again(age: float, seconds: float) -> None:
    assert BACKOFF.wait_by_age(age) == seconds


async def test_failures_are_counted_until_the_work_went_well() -> None:
    failures = Failures(Backoff(first=0.0, longest=0.0))

    for _ in range(3):
        await failures.wait()
    counted = failures.count
    failures.forget()

    assert (counted, failures.count) == (3, 0)
