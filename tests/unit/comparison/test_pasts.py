"""What a copy of a ticket has beyond its owner after a restore."""

from uuid import uuid4

from shared.comparison.pasts import Beyond, Past, PastChange, beyond

REQUEST, ANSWER = uuid4(), uuid4()
CREATED, CLOSED = PastChange("created", "giulia", 1), PastChange("closed", "anna", 2)
OLDER = Past("1", 1, 10, {1: CREATED}, {REQUEST: 5})
NEWER = Past("1", 2, 20, {1: CREATED, 2: CLOSED}, {REQUEST: 5, ANSWER: 6})


def test_a_copy_that_is_older_or_the_same_has_nothing_beyond_its_owner() -> None:
    assert beyond(OLDER, NEWER) is None
    assert beyond(NEWER, NEWER) is None


def test_a_copy_that_is_newer_has_the_last_changes_and_articles_beyond_its_owner() -> None:
    assert beyond(NEWER, OLDER) == Beyond("1", 2, 1, frozenset({2}), frozenset({ANSWER}))


def test_all_that_a_copy_has_of_a_ticket_that_its_owner_does_not_have_is_beyond_it() -> None:
    assert beyond(NEWER, None) == Beyond(
        "1", 2, None, frozenset({1, 2}), frozenset({REQUEST, ANSWER})
    )


def test_another_change_of_the_same_version_is_beyond_the_owner_even_if_it_went_on() -> None:
    otherwise = PastChange("noted", "bruno", 3)
    owner = Past("1", 3, 30, {1: CREATED, 2: otherwise, 3: CLOSED}, {REQUEST: 5})

    assert beyond(NEWER, owner) == Beyond("1", 2, 3, frozenset({2}), frozenset({ANSWER}))


def test_another_state_at_the_same_version_is_beyond_the_owner() -> None:
    spoilt = Past("1", 1, 11, {1: CREATED}, {REQUEST: 5})

    assert beyond(spoilt, OLDER) == Beyond("1", 1, 1, frozenset(), frozenset())
