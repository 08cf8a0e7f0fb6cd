"""The patterns of a desk are matched by an engine that has no way to be slow."""

import pytest
import re2

from shared.text.patterns import UnsupportedPattern, compile_pattern

BUSY = ["(a|a)*b", "((a+))+b", "(a+)+b", "([a-z]+)*[0-9]", "(a|aa)+b", "(.*)*b", "(a?){100}a{100}b"]
"""What keeps an engine that tries one way after the other busy for hours."""


@pytest.mark.parametrize("pattern", BUSY)
def test_the_engine_is_the_linear_one_and_answers_about_ten_thousand_letters(pattern: str) -> None:
    compiled = compile_pattern(pattern)

    assert type(compiled.compiled) is type(re2.compile("a"))
    assert not compiled.matches("a" * 10_000)
    assert not compiled.matches("a" * 10_000 + "é")


@pytest.mark.parametrize(
    ("pattern", "right", "wrong"),
    [
        (
            "[0-9]{6,7}",
            ["123456", "1234567"],
            ["12345", "12345678", "123456\n", "1234567 ", "٣٤٥٦٧٨"],
        ),
        (r"\d{2}", ["12"], ["٣٤"]),
        ("[A-Z]+( [A-Z]+)*", ["AB CD"], ["AB  CD", "ab"]),
        ("", [""], ["a"]),
        ("à|è", ["à", "è"], ["a"]),
    ],
)
def test_the_whole_answer_must_match(pattern: str, right: list[str], wrong: list[str]) -> None:
    compiled = compile_pattern(pattern)

    assert [compiled.matches(text) for text in right] == [True] * len(right)
    assert [compiled.matches(text) for text in wrong] == [False] * len(wrong)


@pytest.mark.parametrize(
    "pattern",
    [r"(a)\1", "(?=a)a", "(?<!a)b", "(?>a)", "a*+", "a{1001}", "((a{100}){100}){100}", "["],
)
def test_what_has_no_linear_time_is_refused(pattern: str) -> None:
    with pytest.raises(UnsupportedPattern):
        compile_pattern(pattern)
