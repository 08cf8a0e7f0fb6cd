"""The files of deploy/, read as those who run them read them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

VARIABLE = re.compile(r"\$\{([A-Z_]+)(?::-([^}]*)|:\?[^}]*)?\}")


@dataclass(frozen=True)
class Compose:
    """The compose file: `services` with its anchors resolved, `networks`, `variables` with their
    defaults (None: must be given).
    """

    services: Mapping[str, Mapping[str, Any]]
    networks: Mapping[str, Mapping[str, Any]]
    variables: Mapping[str, str | None]

    def environment(self, service: str, **given: str) -> dict[str, str]:
        """What the container of `service` has in its environment when whoever starts it has set
        `given`.
        """
        return {
            name: self._filled(value, given)
            for name, value in self.services[service]["environment"].items()
        }

    def _filled(self, text: str, given: Mapping[str, str]) -> str:
        return VARIABLE.sub(lambda found: given.get(found[1]) or found[2] or "", text)


@pytest.fixture
def deploy(repository: Path) -> Path:
    return repository / "deploy"


@pytest.fixture
def compose(deploy: Path) -> Compose:
    text = (deploy / "compose.yaml").read_text()
    return Compose(
        services=yaml.safe_load(text)["services"],
        networks=yaml.safe_load(text)["networks"],
        variables={name: default or None for name, default in VARIABLE.findall(text)},
    )
