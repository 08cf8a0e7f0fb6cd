"""How long a process waits before it tries the broker again."""

from __future__ import annotations

from shared.messaging.rabbitmq.connection import AGAIN


def waits(count: int) -> list[float]:
    return [AGAIN.wait(failures) for failures in range(1, count + 1)]


def test_the_first_attempts_follow_soon_and_none_waits_longer_than_a_second() -> None:
    waited = [waits(40) for _ in range(50)]

    assert all(0.1 <= each[0] <= 0.3 for each in waited)
    assert all(0.1 <= wait <= 1.0 for each in waited for wait in each)


def test_a_wait_is_at_least_half_of_what_it_has_grown_to() -> None:
    assert all(wait >= 0.5 for wait in waits(200)[3:])


def test_processes_do_not_try_in_step() -> None:
    assert len({tuple(waits(5)) for _ in range(20)}) == 20
