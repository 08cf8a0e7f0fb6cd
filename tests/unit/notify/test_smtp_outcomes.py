"""What a mail server's words, or its silence, mean."""

import pytest

from services.notify.domain.outcomes import (
    Delayed,
    Refused,
    Stage,
    Uncertain,
    outcome_of_reply,
    outcome_of_silence,
)


@pytest.mark.parametrize("stage", [Stage.RECIPIENT, Stage.CONTENT, Stage.END])
def test_a_5xx_about_recipient_or_content_is_final_with_the_servers_words(stage: Stage) -> None:
    assert outcome_of_reply(stage, 550, "5.1.1 No such\nuser") == Refused("550 5.1.1 No such user")


@pytest.mark.parametrize("stage", [Stage.SENDER, Stage.RECIPIENT, Stage.CONTENT, Stage.END])
def test_a_4xx_delays_this_mail_and_says_nothing_of_the_server(stage: Stage) -> None:
    assert outcome_of_reply(stage, 451, "4.7.1 Greylisted") == Delayed(
        "451 4.7.1 Greylisted", fault="mail"
    )


@pytest.mark.parametrize("code", [421, 454, 535, 554])
def test_any_refusal_before_a_mail_was_named_is_the_servers(code: int) -> None:
    assert outcome_of_reply(Stage.CONNECT, code, "no") == Delayed(f"{code} no", fault="server")


def test_a_server_that_refuses_our_own_address_loses_no_mail() -> None:
    assert outcome_of_reply(Stage.SENDER, 550, "not allowed to send") == Delayed(
        "550 not allowed to send", fault="server"
    )


def test_a_mail_too_large_for_the_server_is_refused_for_good() -> None:
    assert outcome_of_reply(Stage.SENDER, 552, "too large") == Refused("552 too large")


def test_a_server_that_wants_a_login_only_when_it_hears_the_recipient_loses_no_mail() -> None:
    assert outcome_of_reply(Stage.RECIPIENT, 530, "Authentication required") == Delayed(
        "530 Authentication required", fault="server"
    )


def test_a_server_that_closes_in_the_middle_may_be_down_or_dislike_this_mail() -> None:
    assert outcome_of_reply(Stage.RECIPIENT, 421, "closing") == Delayed(
        "421 closing", fault="either"
    )


@pytest.mark.parametrize("stage", [Stage.SENDER, Stage.RECIPIENT, Stage.CONTENT])
def test_silence_before_the_final_dot_is_a_delay(stage: Stage) -> None:
    assert outcome_of_silence(stage, "Connection lost") == Delayed(
        f"Connection lost while {stage.value}", fault="either"
    )


def test_silence_when_connecting_is_the_servers() -> None:
    assert outcome_of_silence(Stage.CONNECT, "refused") == Delayed(
        "refused while connecting", fault="server"
    )


def test_silence_after_the_final_dot_is_uncertain() -> None:
    assert outcome_of_silence(Stage.END, "Connection lost") == Uncertain(
        "Connection lost while waiting for the answer to the final dot"
    )


def test_a_reason_is_one_printable_line_of_bounded_length() -> None:
    outcome = outcome_of_reply(Stage.RECIPIENT, 550, "a\r\n\x00b\udcff" + "x" * 1000)

    assert isinstance(outcome, Refused)
    assert outcome.reason.startswith("550 a b xxx")
    assert outcome.reason.endswith("x…")
    assert len(outcome.reason) == 500
