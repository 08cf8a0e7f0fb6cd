"""How long a process waits before it tries the broker again."""

from __future__ import annotations

from itertools import pairwise

from shared.messaging.rabbitmq.connection import FIRST_PAUSE, LONGEST_PAUSE, next_pause


def pauses(count: int) -> list[float]:
    waited = [0.0]
    for _ in range(count):
        waited.append(next_pause(waited[-1]))
    return waited[1:]


def test_the_first_attempts_follow_soon_and_none_waits_longer_than_a_second() -> None:
    waited = [pauses(40) for _ in range(50)]

    assert all(FIRST_PAUSE <= each[0] <= 3 * FIRST_PAUSE for each in waited)
    assert all(FIRST_PAUSE <= pause <= LONGEST_PAUSE == 1.0 for each in waited for pause in each)


def test_a_pause_grows_to_three_times_the_last_at_most() -> None:
    waited = [0.0, *pauses(200)]

    assert all(after <= 3 * max(FIRST_PAUSE, before) for before, after in pairwise(waited))


def test_processes_do_not_try_in_step() -> None:
    assert len({tuple(pauses(5)) for _ in range(20)}) == 20
