"""When a mail is tried again, and how an outage of the server is told from trouble with one
mail.
"""

from datetime import timedelta

import pytest

from services.notify.domain.outcomes import Accepted, Delayed, Outcome, Refused, Uncertain
from services.notify.domain.retries import ServerOutlook
from shared.core.backoff import Backoff
from tests.factories.mails import NOON

BACKOFF = Backoff(first=10.0, longest=3600.0, jitter=(1.0, 0.75))
DOWN = Delayed("connection refused", fault="server")
CUT = Delayed("hung up", fault="either")
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 10), (2, 20), (3, 40), (9, 2560), (10, 3600), (500, 3600)]
)
def test_waits_double_up_to_the_longest(failures: int, seconds: int) -> None:
    assert BACKOFF.wait(failures, luck=0.0) == seconds


def test_luck_shortens_a_wait_by_up_to_a_quarter() -> None:
    assert BACKOFF.wait(2, luck=0.5) == 17.5


def test_a_server_that_cannot_be_reached_is_left_alone_at_once() -> None:
    outlook = ServerOutlook(BACKOFF)

    outlook.heard(DOWN, now=NOON, luck=0.0)

    assert outlook.pause(NOON) == (NOON + 10 * SECOND, "connection refused")
    assert outlook.pause(NOON + 10 * SECOND) is None
    assert outlook.is_in_trouble


def test_pauses_grow_while_trials_fail_and_end_with_the_first_success() -> None:
    outlook = ServerOutlook(BACKOFF)
    outlook.heard(DOWN, now=NOON, luck=0.0)

    outlook.heard(DOWN, now=NOON + 10 * SECOND, luck=0.0)
    grown = outlook.pause(NOON + 10 * SECOND)
    outlook.heard(Accepted(), now=NOON + 30 * SECOND, luck=0.0)

    assert grown == (NOON + 30 * SECOND, "connection refused")
    assert outlook.pause(NOON + 30 * SECOND) is None
    assert not outlook.is_in_trouble


def test_mails_that_were_under_way_together_tell_of_one_trouble() -> None:
    outlook = ServerOutlook(BACKOFF)

    for _ in range(4):
        outlook.heard(DOWN, now=NOON, luck=0.0)

    assert outlook.pause(NOON) == (NOON + 10 * SECOND, "connection refused")


@pytest.mark.parametrize("silence", [CUT, Uncertain("lost")])
def test_one_mail_met_with_silence_is_no_outage_but_two_in_a_row_are(silence: Outcome) -> None:
    outlook = ServerOutlook(BACKOFF)

    outlook.heard(silence, now=NOON, luck=0.0)
    after_one = outlook.pause(NOON)
    outlook.heard(silence, now=NOON, luck=0.0)

    assert after_one is None
    assert outlook.pause(NOON) is not None


@pytest.mark.parametrize("word", [Accepted(), Refused("550 no"), Delayed("451 later")])
def test_a_server_that_answers_anything_in_between_is_up(word: Outcome) -> None:
    outlook = ServerOutlook(BACKOFF)

    for outcome in (CUT, word, CUT):
        outlook.heard(outcome, now=NOON, luck=0.0)

    assert outlook.pause(NOON) is None


def test_silence_at_a_trial_after_a_pause_prolongs_the_outage() -> None:
    outlook = ServerOutlook(BACKOFF)
    outlook.heard(DOWN, now=NOON, luck=0.0)

    outlook.heard(CUT, now=NOON + 10 * SECOND, luck=0.0)

    assert outlook.pause(NOON + 10 * SECOND) == (NOON + 30 * SECOND, "hung up")
