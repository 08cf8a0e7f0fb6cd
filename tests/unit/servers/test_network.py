"""Tests reach this machine and nothing else."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.fixtures.network import OutsideNetwork, check

# Set aside for documentation by RFC 5737: nobody is there.
ELSEWHERE = "192.0.2.1"


@pytest.fixture
def tcp() -> Iterator[socket.socket]:
    with socket.socket() as opened:
        opened.settimeout(1)
        yield opened


def test_a_connection_to_another_machine_is_refused_before_it_starts(tcp: socket.socket) -> None:
    with pytest.raises(OutsideNetwork, match=ELSEWHERE):
        tcp.connect((ELSEWHERE, 80))


def test_the_name_of_another_machine_is_not_looked_up() -> None:
    with pytest.raises(OutsideNetwork, match=r"www\.example\.edu"):
        socket.getaddrinfo("www.example.edu", 443)


def test_a_datagram_to_another_machine_is_refused() -> None:
    with (
        socket.socket(type=socket.SOCK_DGRAM) as udp,
        pytest.raises(OutsideNetwork, match=ELSEWHERE),
    ):
        udp.sendto(b"hello", (ELSEWHERE, 53))


def test_this_machine_can_be_reached(tcp: socket.socket) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        tcp.connect(server.getsockname())

        assert tcp.getpeername() == server.getsockname()


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.8.8.8", "::1", "0.0.0.0", "", None, b"localhost", "broker.example.edu"],
)
def test_hosts_of_this_machine_and_those_allowed_pass(host: object) -> None:
    here = {"localhost", "broker.example.edu"}

    check(host, here)

    assert "localhost" in here


@pytest.mark.parametrize("host", ["10.0.0.1", "::2", "example.edu", b"8.8.8.8"])
def test_other_hosts_do_not_pass(host: object) -> None:
    with pytest.raises(OutsideNetwork):
        check(host, {"localhost"})
