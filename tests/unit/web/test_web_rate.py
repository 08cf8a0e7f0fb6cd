"""Who counts as one client."""

import pytest
from starlette.types import Scope

from shared.web.limits import Limits
from shared.web.rate import client_of, network_of
from shared.web.state import WebOptions


def scope_of(host: str | None, port: int | None) -> Scope:
    return {"type": "http", "client": (host, port) if host is not None else None, "headers": []}


@pytest.mark.parametrize(
    ("host", "port", "client"),
    [
        ("192.0.2.1", 4711, "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", 4711, "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", 0, "2001:db8:1:2::/64"),
        ("fe80::1%eth0", 4711, "fe80::/64"),
        ("::ffff:192.0.2.1", 4711, "192.0.2.1"),
        ("127.0.0.1", 4711, None),
        ("127.8.9.1", 4711, None),
        ("::1", 4711, None),
        ("::ffff:127.0.0.1", 4711, None),
        # Named by a trusted proxy, whose server gives it no port.
        ("127.0.0.1", 0, "127.0.0.1"),
        ("::1", 0, "::/64"),
        ("unknown", 0, "unknown"),
        ("x" * 5000, 0, "x" * 100),
        (None, None, ""),
    ],
)
def test_a_client_is_its_address_or_its_network_and_this_machine_is_only_itself(
    host: str | None, port: int | None, client: str | None
) -> None:
    assert client_of(scope_of(host, port)) == client


@pytest.mark.parametrize(
    ("client", "network"),
    [
        ("2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("2001:db8:1:ffff::/64", "2001:db8:1::/48"),
        ("192.0.2.1", None),
        ("unknown", None),
        ("x/64", None),
        (None, None),
    ],
)
def test_clients_of_ipv6_are_part_of_a_larger_network(
    client: str | None, network: str | None
) -> None:
    assert network_of(client) == network


def test_what_an_unnamed_proxy_on_this_machine_passes_on_is_counted() -> None:
    scope = {**scope_of("127.0.0.1", 4711), "headers": [(b"x-forwarded-for", b"203.0.113.9")]}

    assert client_of(scope) == "127.0.0.1"


async def _nothing(*_: object) -> None:
    return None


@pytest.mark.parametrize(
    ("rate_limit", "client", "is_counted"),
    [
        (None, ("192.0.2.1", 1), True),
        (None, ("127.0.0.1", 1), False),
        (None, ("127.0.0.1", 0), True),
        (1.0, ("127.0.0.1", 1), True),
        (0.0, ("192.0.2.1", 1), False),
    ],
)
def test_changes_are_counted_unless_told_otherwise_but_for_those_from_this_machine_itself(
    rate_limit: float | None, client: tuple[str, int], is_counted: bool
) -> None:
    limits = Limits(
        _nothing, options=WebOptions(rate_limit=rate_limit), needs_sign_in=lambda _path: False
    )

    limits._count({"type": "http", "client": client, "headers": []})

    assert bool(limits.buckets._buckets) is (is_counted and rate_limit != 0)
