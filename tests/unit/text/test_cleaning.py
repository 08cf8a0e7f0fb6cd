"""What people type is cleaned in one place, and what they meant stays."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.text.cleaning import clean_line, clean_text, has_visible

ANY_TEXT = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.sampled_from("\t\r\n\v\f\x85\u2028\u200b\u200d\u0301 aè\ud800\U000e0041"),
    )
)


@pytest.mark.parametrize(
    ("typed", "text", "line"),
    [
        ("one\r\ntwo\rthree\nfour", "one\ntwo\nthree\nfour", "one two three four"),
        ("a\vb\fc\x85d\u2028e\u2029f", "a\nb\nc\nd\ne\nf", "a b c d e f"),
        ("a\x1cb\x1dc\x1ed\x1fe", "a\nb\nc\nd e", "a b c d e"),
        ("a\tb", "a b", "a b"),
        ("if:\n\tdo\n \t\tit", "if:\n    do\n         it", "if:  do    it"),
        ("a\u00a0b\u202fc\u2009d\u3000e", "a b c d e", "a b c d e"),
        (
            "two  blanks\n    and indentation",
            "two  blanks\n    and indentation",
            "two  blanks     and indentation",
        ),
        ("  \n around \n\t", "around", "around"),
        ("b\x07e\x1b[31ml\x00l\x9b", "be[31mll", "be[31mll"),
        ("\ufeffsoft\u00adhyphen\u200b\u2060", "softhyphen", "softhyphen"),
        ("safe\u202etxt.exe\u202c \u2066a\u2069", "safetxt.exe a", "safetxt.exe a"),
        ("half \ud800 \udfff", "half", "half"),
        ("non\ufffe\uffff\ufdd0\U0001fffecharacters", "noncharacters", "noncharacters"),
        ("hidden\U000e0068\U000e0069\U000e007f", "hidden", "hidden"),
        (
            "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f a",
            "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f a",
            "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f a",
        ),
        (
            "\U0001f3f4\U000e0068\U000e0069\U000e007f \U0001f3f4\U000e0067",
            "\U0001f3f4 \U0001f3f4",
            "\U0001f3f4 \U0001f3f4",
        ),
        ("Cafe\u0301", "Café", "Café"),
        ("Cafe\u200b\u0301", "Café", "Café"),
        ("👩\u200d🔬 می\u200cخواهم", "👩\u200d🔬 می\u200cخواهم", "👩\u200d🔬 می\u200cخواهم"),
        ("❤\ufe0f", "❤\ufe0f", "❤\ufe0f"),
        ("שלום!\u200f (a)", "שלום!\u200f (a)", "שלום! (a)"),
        ("\u200e123456", "\u200e123456", "123456"),
    ],
)
def test_separators_become_blanks_or_breaks_and_what_nobody_sees_goes(
    typed: str, text: str, line: str
) -> None:
    assert clean_text(typed) == text
    assert clean_line(typed) == line


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " \n\t ",
        "\u200b\u200d\u200c",
        "\u3164",
        "\u115f\u1160\uffa0",
        "\u2800",
        "\u0301",
        "\ufe0f",
        "\u200f",
        "\xad",
        "\u034f",
        "\ue000",
    ],
)
def test_a_text_without_anything_visible_is_empty(typed: str) -> None:
    assert (clean_text(typed), clean_line(typed), has_visible(typed)) == ("", "", False)


@pytest.mark.parametrize(
    "typed", [".", "?", "0", "è", "李", "🙂", "€", "👩\u200d🔬", "क\u094d", "\u2800x"]
)
def test_one_sign_is_a_text(typed: str) -> None:
    assert (clean_text(typed), clean_line(typed), has_visible(typed)) == (typed, typed, True)


@given(ANY_TEXT)
@example("a" + "\u0344" * 31)
def test_a_clean_text_stays_as_it_is(typed: str) -> None:
    text, line = clean_text(typed), clean_line(typed)

    assert (clean_text(text), clean_line(line)) == (text, line)
    assert unicodedata.is_normalized("NFC", text + "|" + line)
    assert text.encode().decode() == text
    assert "\n" not in line
    assert not any(
        unicodedata.category(character) in ("Cc", "Cs") and character != "\n"
        for character in text + line
    )


@pytest.mark.parametrize("marks", ["\u0300\u0316", "\u0316\u0300", "\u0301"])
def test_a_letter_keeps_thirty_marks_and_sorting_them_takes_no_time(marks: str) -> None:
    typed = "e" + marks * 15_000 + "!"

    cleaned = clean_text(typed)

    assert len(unicodedata.normalize("NFD", cleaned)) == len("e" + 30 * marks[0] + "!")
    assert cleaned.endswith("!")
    assert clean_line(cleaned) == cleaned


def test_what_is_longer_than_any_field_takes_is_left_to_be_refused_for_its_length() -> None:
    typed = " \t" * 20_001

    assert (clean_text(typed), clean_line(typed)) == (typed, typed)
