"""How texts are split into words, and how a search is read."""

import pytest

from services.portal.domain.search_words import (
    LONGEST_WORD,
    MOST_TERMS,
    Sought,
    queue_word,
    read_search,
    words_of,
)
from shared.text.words import MOST_BYTES, as_stored, join_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Perché no?", {"perche", "no"}),
        ("perche\u0301 NO", {"perche", "no"}),
        ("l’esame", {"l", "esame", "lesame"}),
        ("L'ESAME", {"l", "esame", "lesame"}),
        ("l\u00b4esame l`esame l\u02bcesame", {"l", "esame", "lesame"}),
        ("Wi-Fi wi\u2011fi wi\u2013fi", {"wi", "fi", "wifi"}),
        (
            "Anna.Ferri@example.edu",
            {"anna", "ferri", "annaferri", "example", "edu", "exampleedu", "annaferriexampleedu"},
        ),
        ("D'Amico-Łódź", {"d", "amico", "lodz", "damico", "damicolodz"}),
        (
            "Straße ﬁne İzmir ŒUVRE Søren Đorđe",
            {"strasse", "fine", "izmir", "oeuvre", "soren", "dorde"},
        ),
        ("2026/2027: 1.234,50 €", {"2026", "2027", "1", "234", "1234", "50"}),
        ("\u0662\u0660\u0662\u0666 \uff12\uff10", {"2026", "20"}),
        ("so\u00adft\u200bware", {"software"}),
        ("学生 Μαρία", {"学生", "μαρια"}),
        ("a.b.c.d.e.f.g.h.i", set("abcdefghi")),
        ("x" * 100, {"x" * LONGEST_WORD}),
        ("... -- ' \x00 \ud800 \U0001f600", set()),
    ],
)
def test_words_are_the_same_however_they_are_written(text: str, words: set[str]) -> None:
    assert words_of([text]) == words


@pytest.mark.parametrize(
    "text",
    [
        "2026113010000758",
        "[Ticket#2026113010000758]",
        "# 2026113010000758",
        "Ticket n. 2026113010000758",
        "RE: R: Fwd: [Ticket#2026113010000758]",
        "2026 1130 1000 0758",
        "2026.11.30.10.000758",
        "20261130-10000758",
    ],
)
def test_a_ticket_number_is_recognised_in_any_dress(text: str) -> None:
    sought = read_search(text)

    assert sought is not None
    assert sought.number == "2026113010000758"


@pytest.mark.parametrize("text", ["2026113010000758 rata", "20261130", "rata", "1" * 25, "..."])
def test_what_is_more_or_less_than_a_number_is_none(text: str) -> None:
    sought = read_search(text)

    assert sought is not None
    assert sought.number is None


def test_words_that_are_joined_are_sought_together_or_apart() -> None:
    assert read_search("l'esame") == Sought(((("lesame",), ("l", "esame")),))


def test_a_whole_address_is_sought_as_one_and_a_part_of_it_as_parts() -> None:
    assert read_search("Anna.Ferri@example.edu") == Sought(((("annaferriexampleedu",),),))
    assert read_search("ferri@example") == Sought(((("ferriexample",), ("ferri", "example")),))


def test_a_queue_has_a_word_that_no_search_is_for() -> None:
    sought = read_search(queue_word("studenti/tasse"))

    assert queue_word("studenti/tasse") == "\u00a7studenti\u00a7tasse"
    assert sought is not None
    assert all(word.isalnum() for term in sought.terms for words in term for word in words)


def test_the_same_word_and_its_beginning_are_sought_once() -> None:
    assert read_search("rata RAT rata non") == Sought(((("rata",),), (("non",),)))


@pytest.mark.parametrize("text", ["", "  ", "\t\n", "\u200b"])
def test_a_search_without_anything_visible_is_none(text: str) -> None:
    assert read_search(text) is None


def test_a_search_of_punctuation_has_no_terms() -> None:
    assert read_search("%*'") == Sought(())


def test_of_very_many_words_the_first_are_sought() -> None:
    sought = read_search(" ".join(f"w{n}x" for n in range(200)))

    assert sought is not None
    assert [term[0][0] for term in sought.terms] == [f"w{n}x" for n in range(MOST_TERMS)]


def test_stored_words_are_sorted_and_have_an_end() -> None:
    many = {f"è{n:06d}" for n in range(100_000)}

    stored = as_stored(many)

    assert as_stored({"b", "a"}) == "a b"
    assert MOST_BYTES - 20 < len(stored.encode()) <= MOST_BYTES
    assert set(stored.split(" ")) <= many


def test_words_are_joined_once_and_only_as_long_as_there_is_room() -> None:
    full = as_stored({f"{n:07d}" for n in range(MOST_BYTES // 8)})

    assert join_words("a c", "b c") == "a b c"
    assert join_words("", "b") == "b"
    assert join_words("a", "") == "a"
    assert join_words(full, "zebra") == full


@pytest.mark.parametrize("letter", ["a", "\u337f"])
def test_a_long_word_is_read_once_and_not_from_each_of_its_letters(letter: str) -> None:
    # Quadratic work would take this test minutes.
    assert words_of(letter * 200_000 + ".b") >= {"b"}
