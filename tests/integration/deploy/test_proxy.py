"""The proxy of the compose file sends each path where the program of one process sends it."""

from __future__ import annotations

import re
from pathlib import Path

from services.__main__ import PATHS, PORTS

MATCHER = re.compile(r"^\t@(\w+) path (.+)$", re.MULTILINE)
SENT = re.compile(r"^\treverse_proxy (?:@(\w+) )?(\w+):(\d+)", re.MULTILINE)


def test_each_prefix_goes_to_its_owner_and_the_rest_to_the_portal(deploy: Path) -> None:
    caddyfile = (deploy / "compose" / "Caddyfile").read_text()

    owned = {service: set(paths.split()) for service, paths in MATCHER.findall(caddyfile)}
    sent = {matcher: (host, int(port)) for matcher, host, port in SENT.findall(caddyfile)}

    owners = set(PATHS.values())
    assert owned == {
        owner: {
            path
            for prefix, service in PATHS.items()
            if service == owner
            for path in (prefix, f"{prefix}/*")
        }
        for owner in owners
    }
    assert sent == {
        **{owner: (owner, PORTS[owner]) for owner in owners},
        "": ("portal", PORTS["portal"]),
    }


def test_live_updates_are_not_held_back(deploy: Path) -> None:
    caddyfile = (deploy / "compose" / "Caddyfile").read_text()

    assert re.search(r"reverse_proxy portal:8000 \{[^}]*flush_interval -1", caddyfile) is not None


def test_figures_and_readiness_are_not_on_the_public_address(deploy: Path) -> None:
    caddyfile = (deploy / "compose" / "Caddyfile").read_text()

    refused = set(re.findall(r"^\trespond (/\S+) 404$", caddyfile, re.MULTILINE))

    assert refused == {"/metrics", "/health/ready"}
