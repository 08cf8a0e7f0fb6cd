"""Who makes room where a server has too many connections, and who is counted with whom."""

from dataclasses import dataclass

import pytest

from shared.runtime.crowd import Bounds, Crowd


@dataclass(eq=False)
class One:
    """A connection."""

    body_rate: float = 0.0
    is_ended: bool = False

    def end(self) -> None:
        self.is_ended = True


def joined(crowd: Crowd, *hosts: str) -> list[One]:
    """Let a connection join from each of `hosts`."""
    made = []
    for host in hosts:
        made.append(One())
        crowd.join(made[-1], host)
    return made


def ended(ones: list[One]) -> list[int]:
    return [place for place, one in enumerate(ones) if one.is_ended]


def test_the_longest_idle_goes_first_whether_it_ever_asked_or_not() -> None:
    crowd = Crowd(Bounds(connections=3))
    ones = joined(crowd, *["127.0.0.1"] * 3)
    crowd.ask(ones[0])
    crowd.arrive(ones[0])
    crowd.rest(ones[0])

    more = joined(crowd, "127.0.0.1", "127.0.0.1", "127.0.0.1")

    assert ended(ones + more) == [0, 1, 2]


def test_then_the_slowest_body_then_the_answer_unread_for_longest_and_never_the_newcomer() -> None:
    crowd = Crowd(Bounds(connections=4))
    fast, slow, answered, unread = ones = joined(crowd, *["127.0.0.1"] * 4)
    for one in ones:
        crowd.ask(one)
    fast.body_rate, slow.body_rate = 900.0, 1.0
    for one in (answered, unread):
        crowd.arrive(one)
    crowd.unread[unread] = None

    more = joined(crowd, *["127.0.0.1"])
    crowd.ask(more[0])
    crowd.arrive(more[0])
    for _ in range(3):
        more += joined(crowd, "127.0.0.1")
        crowd.ask(more[-1])
        crowd.arrive(more[-1])

    assert [fast.is_ended, slow.is_ended, unread.is_ended, answered.is_ended] == [
        True,
        True,
        True,
        False,
    ]
    assert ended(more) == []


def test_one_address_has_its_own_bound_and_makes_room_within_it() -> None:
    crowd = Crowd(Bounds(connections=100, per_address=2))

    ones = joined(crowd, "192.0.2.1", "192.0.2.2", "192.0.2.1", "::ffff:192.0.2.1")
    network = joined(crowd, "2001:db8::1", "2001:db8::2", "2001:db8:0:0:9::3", "2001:db8:0:1::1")

    assert ended(ones) == [0]
    assert ended(network) == [0]


def test_an_address_all_of_whose_connections_are_answered_gets_no_further_one() -> None:
    crowd = Crowd(Bounds(per_address=1))
    (busy,) = joined(crowd, "192.0.2.1")
    crowd.ask(busy)
    crowd.arrive(busy)

    (more,) = joined(crowd, "192.0.2.1")
    crowd.leave(busy)
    (later,) = joined(crowd, "192.0.2.1")

    assert (busy.is_ended, more.is_ended, later.is_ended) == (False, True, False)


@pytest.mark.parametrize(
    ("trusted", "host"),
    [
        ("", "127.0.0.1"),
        ("", "::1"),
        ("192.0.2.0/24, 10.0.0.1", "192.0.2.1"),
        ("*", "203.0.113.9"),
        ("", "testclient"),
    ],
)
def test_this_machine_and_trusted_proxies_are_not_counted(trusted: str, host: str) -> None:
    crowd = Crowd(Bounds(per_address=1), trusted=trusted)

    assert ended(joined(crowd, host, host, host)) == []


def test_bodies_are_held_up_to_a_bound_until_they_are_answered() -> None:
    crowd = Crowd(Bounds(bodies=100))
    kept, slow, fast = ones = joined(crowd, *["127.0.0.1"] * 3)
    for one in ones:
        crowd.ask(one)
    slow.body_rate, fast.body_rate = 1.0, 500.0
    crowd.hold(kept, 50)
    crowd.arrive(kept)
    crowd.hold(slow, 20)

    crowd.hold(fast, 40)

    assert (ended(ones), crowd.held) == ([1], 90)
    crowd.release(kept)
    crowd.leave(fast)
    assert (crowd.held, crowd.bodies, crowd.kept) == (0, {}, {})
