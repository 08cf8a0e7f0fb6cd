"""The number that people read aloud."""

from datetime import UTC, date, datetime

import pytest

from services.tickets.domain.numbers import (
    check_digit,
    counter_of,
    desk_day,
    is_ticket_number,
    ticket_number,
)


@pytest.mark.parametrize(
    ("counter", "number"),
    [
        (1, "2026092810000016"),
        (2, "2026092810000025"),
        (6, "2026092810000061"),
        (7, "2026092810000071"),
        (8, "2026092810000089"),
        (42, "2026092810000427"),
    ],
)
def test_numbers_are_those_of_the_domain_document(counter: int, number: str) -> None:
    assert ticket_number(date(2026, 9, 28), system_id=10, counter=counter) == number


def test_ten_becomes_one_so_that_the_check_is_one_digit() -> None:
    assert check_digit("2026092810" + "00007") == 1
    assert check_digit("0") == 1
    assert check_digit("9") == 1


def test_the_counter_grows_wider_past_five_digits() -> None:
    assert ticket_number(date(2026, 9, 28), system_id=10, counter=99_999)[:-1] == "202609281099999"
    assert (
        ticket_number(date(2026, 9, 28), system_id=10, counter=100_000)[:-1] == "2026092810100000"
    )


def test_a_one_digit_system_id_is_written_with_two() -> None:
    assert ticket_number(date(2026, 1, 2), system_id=3, counter=1).startswith("20260102030000")


def test_a_wrong_digit_is_noticed() -> None:
    assert check_digit("202609281000042") == 7
    assert check_digit("202609281000043") != 7


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12",
        "2026092810000016x",
        "２０２６０９２８１００００１６",
        "2026092810000016\n",
        "20260928 10000016",
        "\x00" * 16,
    ],
)
def test_what_cannot_be_a_number_is_told_apart(text: str) -> None:
    assert not is_ticket_number(text)


def test_a_number_can_be_a_number() -> None:
    assert is_ticket_number("2026092810000016")
    assert is_ticket_number("20260928101000009")


def test_the_day_is_that_of_the_desk() -> None:
    late_in_utc = datetime(2026, 9, 28, 22, 30, tzinfo=UTC)

    assert desk_day(late_in_utc, timezone="Europe/Rome") == date(2026, 9, 29)
    assert desk_day(late_in_utc, timezone="UTC") == date(2026, 9, 28)
    assert desk_day(late_in_utc, timezone="America/New_York") == date(2026, 9, 28)


@pytest.mark.parametrize(
    ("number", "counter"),
    [
        ("2026092810000427", 42),
        ("20260928101000001", 100_000),
        ("2026092710000427", None),
        ("2026092811000427", None),
        ("42", None),
    ],
)
def test_the_counter_is_read_from_a_number_of_the_day_and_the_desk(
    number: str, counter: int | None
) -> None:
    assert counter_of(number, day=date(2026, 9, 28), system_id=10) == counter
