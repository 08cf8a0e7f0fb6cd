"""The import contracts of pyproject.toml: they hold, and each of them is seen to break on a planted
fault.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.architecture.tools import lint_imports

# By contract: file, what is added to it, and what the complaint must name. A file that is not there
# is made.
FAULTS: dict[str, list[tuple[str, str, str]]] = {
    "layers": [
        (
            "services/routing/rules.py",
            "import services.routing.repository",
            "services.routing.rules -> services.routing.repository",
        ),
        (
            "services/routing/repository.py",
            "import services.routing.main",
            "services.routing.repository -> services.routing.main",
        ),
        ("services/routing/whatever.py", "", "whatever"),
    ],
    "no-cycles": [
        ("shared/core/clock.py", "import shared.database.database", ".core -> .database")
    ],
    "independence": [
        (
            "services/routing/rules.py",
            "import services.tickets.domain.lifecycle",
            "services.routing.rules -> services.tickets.domain.lifecycle",
        )
    ],
    "shared": [
        (
            "shared/core/clock.py",
            "import services.tickets.domain.lifecycle",
            "shared.core.clock -> services.tickets.domain.lifecycle",
        )
    ],
    "command-line": [
        (
            "services/__init__.py",
            "import services.tickets.domain.lifecycle",
            "services -> services.tickets.domain.lifecycle",
        )
    ],
    "broker": [
        (
            "services/routing/usecases.py",
            "import aio_pika",
            "services.routing.usecases -> aio_pika",
        ),
        ("shared/database/database.py", "import aiormq", "shared.database.database -> aiormq"),
    ],
    "sql": [
        (
            "services/routing/usecases.py",
            "import sqlalchemy",
            "services.routing.usecases -> sqlalchemy",
        ),
        ("shared/messaging/topology.py", "import asyncpg", "shared.messaging.topology -> asyncpg"),
    ],
    "pure": [
        ("services/routing/rules.py", "import fastapi", "services.routing.rules -> fastapi"),
        (
            "services/tickets/domain/lifecycle.py",
            "import shared.web.app",
            "services.tickets.domain.lifecycle -> shared.web.app",
        ),
        (
            "services/routing/rules.py",
            "import shared.database.database",
            "services.routing.rules -> shared.database.database",
        ),
    ],
}


def test_all_contracts_are_kept(repository: Path) -> None:
    done = lint_imports(repository)

    assert done.returncode == 0, done.stdout
    assert f"Contracts: {len(FAULTS)} kept, 0 broken." in done.stdout


def test_every_contract_has_its_planted_fault(repository: Path) -> None:
    settings = tomllib.loads((repository / "pyproject.toml").read_text())["tool"]["importlinter"]

    assert {contract["id"] for contract in settings["contracts"]} == set(FAULTS)


@pytest.mark.parametrize(
    ("contract", "fault"),
    [(contract, fault) for contract, faults in FAULTS.items() for fault in faults],
)
def test_a_contract_breaks_on_a_planted_fault(
    copied_code: Path, contract: str, fault: tuple[str, str, str]
) -> None:
    path, text, complaint = fault
    target = copied_code / path
    before = target.read_text() if target.exists() else None
    target.write_text(f"{before or ''}\n{text}\n")

    done = lint_imports(copied_code, "--contract", contract)

    if before is None:
        target.unlink()
    else:
        target.write_text(before)
    assert done.returncode == 1
    assert "Contracts: 0 kept, 1 broken." in done.stdout
    assert complaint in done.stdout


def test_the_copy_without_a_fault_is_sound(copied_code: Path) -> None:
    done = lint_imports(copied_code)

    assert done.returncode == 0, done.stdout
