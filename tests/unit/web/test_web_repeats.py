"""A flood of refusals from one address is a few lines a minute in the security log, and a bounded
memory.
"""

from collections.abc import Callable, Mapping

from shared.web.repeats import MOST_SUBJECTS, MOST_TICKETS, Repeats, Subject

ANNA = Subject("security.too_many", "203.0.113.5", None)
UNSEEN = Subject("security.ticket.not_found", "203.0.113.5", "anna.ferri")


class Told:
    """What was written, and the minute, which passes when the test says so."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, object]]] = []
        self.due: list[Callable[[], None]] = []
        self.repeats = Repeats(self._write, later=lambda _seconds, act: self.due.append(act))

    def _write(self, event: str, facts: Mapping[str, object]) -> None:
        self.lines.append((event, dict(facts)))

    def a_minute_passes(self) -> None:
        due, self.due = self.due, []
        for act in due:
            act()


def counted(times: int) -> tuple[str, dict[str, object]]:
    return "security.too_many", {"identity": None, "address": "203.0.113.5", "times": times}


def test_the_first_is_written_at_once_and_the_rest_once_a_minute_as_a_number() -> None:
    told = Told()
    for _ in range(100):
        told.repeats.note(ANNA, {"path": "/api"})
    assert told.lines == [("security.too_many", {"path": "/api"})]

    told.a_minute_passes()
    for _ in range(7):
        told.repeats.note(ANNA, {"path": "/api"})
    told.a_minute_passes()

    assert told.lines[1:] == [counted(99), counted(7)]


def test_after_a_quiet_minute_the_next_is_written_at_once_again() -> None:
    told = Told()
    told.repeats.note(ANNA, {"path": "/a"})
    told.a_minute_passes()
    told.repeats.note(ANNA, {"path": "/b"})

    assert told.lines == [
        ("security.too_many", {"path": "/a"}),
        ("security.too_many", {"path": "/b"}),
    ]


def test_events_addresses_and_people_are_told_apart() -> None:
    told = Told()
    subjects = [
        ANNA,
        Subject("security.not_signed_in", "203.0.113.5", None),
        Subject(ANNA.event, "203.0.113.6", None),
        UNSEEN,
    ]
    for subject in subjects * 2:
        told.repeats.note(subject, {"path": subject.event})

    assert [event for event, _ in told.lines] == [subject.event for subject in subjects] + [
        UNSEEN.event
    ]


def test_of_tickets_that_somebody_tries_the_first_five_are_written_and_some_more_are_named() -> (
    None
):
    told = Told()
    for number in range(30):
        told.repeats.note(UNSEEN, {"ticket": str(number)})
    told.a_minute_passes()

    assert [facts["ticket"] for _, facts in told.lines[:5]] == ["0", "1", "2", "3", "4"]
    (_, count) = told.lines[5]
    assert (count["times"], count["tickets"]) == (
        25,
        [str(number) for number in range(5, 5 + MOST_TICKETS)],
    )


def test_of_very_many_addresses_the_rest_are_counted_together() -> None:
    told = Told()
    for number in range(MOST_SUBJECTS + 500):
        told.repeats.note(
            Subject("security.too_many", f"2001:db8:{number:x}::/64", None), {"path": "/api"}
        )
    assert len(told.lines) == MOST_SUBJECTS + 1

    told.a_minute_passes()

    assert told.lines[-1] == (
        "security.too_many",
        {"identity": None, "address": None, "times": 499},
    )


def test_what_was_counted_is_told_when_the_process_stops() -> None:
    told = Told()
    for _ in range(3):
        told.repeats.note(ANNA, {})

    told.repeats.tell_rest()
    told.a_minute_passes()

    assert told.lines[1:] == [counted(2)]
