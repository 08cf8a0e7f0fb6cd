"""Numbers are read as people write them in either language, never as another number, and shown in
the reader's language.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.text.numbers import read_number, shown_answer, shown_number, typed_number

READ = [
    ("1250", 1250),
    ("-3", -3),
    ("+3", 3),
    ("\u22123,5", -3.5),
    ("- 3", -3),
    ("1250.5", 1250.5),
    ("1250,50", 1250.5),
    ("1.234,5", 1234.5),
    ("1,234.5", 1234.5),
    ("1.234.567", 1234567),
    ("1,234,567", 1234567),
    ("1.234.567,89", 1234567.89),
    ("1 250", 1250),
    ("1 250,50", 1250.5),
    ("1'250.50", 1250.5),
    ("1\u2019250", 1250),
    ("0,125", 0.125),
    ("12.3456", 12.3456),
    ("€ 12", 12),
    ("12,50 €", 12.5),
    ("EUR 1.250,00", 1250.0),
    ("12 euro", 12),
    ("-€ 5", None),
    ("€ -5", -5),
]
NOT_READ = [
    "1.250",
    "1,250",
    "-1.250",
    "999,999",
    "€ 1.250",
    "1.2.3",
    "1.250.5",
    "1,25,000",
    "12.34,567.8",
    "1.234,567.8",
    "1 25",
    "12 50",
    "1e5",
    "nan",
    "12 € 5",
    "",
    "-",
    "\u0661\u0662",
    "123456789012345.123",
    "9" * 400,
]


@pytest.mark.parametrize(("text", "number"), READ)
def test_a_number_is_read_as_italian_and_english_write_it(text: str, number: float | None) -> None:
    read = read_number(text)

    assert (read, type(read)) == (number, type(number))


@pytest.mark.parametrize("text", NOT_READ)
def test_what_could_be_two_numbers_or_is_none_is_not_read(text: str) -> None:
    assert read_number(text) is None


@given(
    number=st.integers(-(10**14), 10**14),
    decimals=st.integers(0, 6),
    language=st.sampled_from(["it", "en"]),
)
def test_a_number_that_a_form_gives_back_is_read_as_the_same_number(
    number: int, decimals: int, language: str
) -> None:
    value = round(number / 10**decimals, decimals) if decimals else number

    assert read_number(typed_number(value, language)) == value


@pytest.mark.parametrize(
    ("number", "language", "shown"),
    [
        (1234.5, "it", "1.234,5"),
        (1234.5, "en", "1,234.5"),
        (0.123456, "it", "0,123456"),
        (1.125, "en", "1.125"),
        (1250, "it", "1.250"),
    ],
)
def test_a_number_is_shown_in_the_readers_language(
    number: float, language: str, shown: str
) -> None:
    assert shown_number(number, language) == shown


@pytest.mark.parametrize(
    ("number", "label", "shown"),
    [
        (1234.5, "Importo in euro", "1.234,50"),
        (1234.5, "Totale (€)", "1.234,50"),
        (1250, "Importo in euro", "1.250"),
        (0.125, "Importo in euro", "0,125"),
        (1234.5, "Crediti", "1.234,5"),
        (1234.5, "Europa", "1.234,5"),
    ],
)
def test_an_amount_in_euros_keeps_its_cents(number: float, label: str, shown: str) -> None:
    assert shown_answer(number, label, "it") == shown
