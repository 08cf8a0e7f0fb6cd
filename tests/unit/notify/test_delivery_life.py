"""What becomes of a delivery after each kind of attempt."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.notify.domain.delivery import Claimed, Ending, end_of_attempt, put_back, waiting_state
from services.notify.domain.outcomes import Accepted, Delayed, Outcome, Refused, Uncertain
from shared.core.backoff import Backoff
from tests.factories.mails import NOON, make_claimed

BACKOFF = Backoff(first=10.0, longest=3600.0, jitter=(1.0, 0.75))
PAUSE = NOON + timedelta(minutes=1)


def ending_of(
    claimed: Claimed,
    outcome: Outcome,
    *,
    now: datetime = NOON,
    server_pause: datetime | None = None,
) -> Ending:
    return end_of_attempt(
        claimed,
        outcome,
        now=now,
        luck=0.0,
        backoff=BACKOFF,
        give_up_after=timedelta(days=5),
        server_pause=server_pause,
    )


def test_an_accepted_mail_is_sent() -> None:
    assert ending_of(make_claimed(), Accepted()) == Ending(
        "sent", 1, False, None, None, is_news=True
    )


def test_a_mail_accepted_after_an_uncertain_attempt_is_resent() -> None:
    claimed = make_claimed(claim={"maybe_sent": True, "reason": "lost", "attempts": 1})

    assert ending_of(claimed, Accepted()) == Ending("resent", 2, True, None, None, is_news=True)


def test_a_refused_mail_has_failed_with_the_servers_reason() -> None:
    assert ending_of(make_claimed(), Refused("550 no such user")) == Ending(
        "failed", 1, False, "550 no such user", None, is_news=True
    )


def test_a_delayed_mail_waits_by_its_own_schedule() -> None:
    claimed = make_claimed(claim={"attempts": 2, "reason": "451 later"})

    assert ending_of(claimed, Delayed("451 later")) == Ending(
        "delayed", 3, False, "451 later", NOON + timedelta(seconds=40), is_news=False
    )


def test_only_the_first_delay_is_news() -> None:
    first = ending_of(make_claimed(), Delayed("451 later"))
    second = ending_of(
        make_claimed(claim={"attempts": 1, "reason": first.reason}), Delayed("452 still later")
    )

    assert (first.is_news, second.is_news) == (True, False)


def test_an_outage_costs_a_mail_no_attempt_and_brings_it_back_with_the_server() -> None:
    down = Delayed("connection refused", fault="server")

    assert ending_of(make_claimed(), down, server_pause=PAUSE) == Ending(
        "delayed", 0, False, "connection refused", PAUSE, is_news=True
    )


def test_a_mail_at_which_the_server_hangs_up_waits_so_that_others_go_first() -> None:
    cut = Delayed("hung up", fault="either")

    assert ending_of(make_claimed(), cut, server_pause=PAUSE).next_attempt_at == NOON + timedelta(
        seconds=10
    )


def test_a_lost_answer_after_the_dot_is_uncertain_and_tried_again() -> None:
    assert ending_of(make_claimed(), Uncertain("lost")) == Ending(
        "uncertain", 1, True, "lost", NOON + timedelta(seconds=10), is_news=True
    )


def test_becoming_uncertain_is_news_even_for_a_delayed_mail() -> None:
    assert ending_of(
        make_claimed(claim={"attempts": 1, "reason": "451 later"}), Uncertain("lost")
    ).is_news


def test_an_uncertain_mail_that_is_delayed_afterwards_stays_uncertain() -> None:
    claimed = make_claimed(claim={"attempts": 1, "reason": "lost", "maybe_sent": True})

    ending = ending_of(claimed, Delayed("451 later"))

    assert (ending.state, ending.maybe_sent, ending.is_news) == ("uncertain", True, False)


@pytest.mark.parametrize(
    "outcome", [Delayed("451 later"), Delayed("refused", fault="server"), Uncertain("lost")]
)
def test_after_the_set_days_a_mail_is_given_up_with_the_last_reason(
    outcome: Delayed | Uncertain,
) -> None:
    ending = ending_of(make_claimed(), outcome, now=NOON + timedelta(days=5), server_pause=PAUSE)

    assert (ending.state, ending.next_attempt_at, ending.is_news) == ("failed", None, True)
    assert ending.reason == f"gave up after 5 days: {outcome.reason}"


def test_just_before_the_set_days_it_is_still_tried() -> None:
    assert (
        ending_of(
            make_claimed(), Delayed("451 later"), now=NOON + timedelta(days=5, seconds=-1)
        ).state
        == "delayed"
    )


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({"maybe_sent": False, "reason": None}, "queued"),
        ({"maybe_sent": False, "reason": "451 later"}, "delayed"),
        ({"maybe_sent": True, "reason": "lost"}, "uncertain"),
    ],
)
def test_what_is_put_back_is_as_it_was_before_the_claim(facts: dict[str, Any], state: str) -> None:
    claimed = make_claimed(claim={"attempts": 3, **facts})

    assert waiting_state(**facts) == state
    assert put_back(claimed, now=NOON) == Ending(
        state, 3, facts["maybe_sent"], facts["reason"], NOON, is_news=False
    )
