"""The house's own rules hold, and each of them is seen to fail on a planted fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture.conftest import Plant
from tests.architecture.house import CHECKS, REGISTRIES
from tests.architecture.private_names import PRIVATE_USES

UNASSERTED = "def test_it_works():\n    do()\n\n\ndef do():\n    print()\n"
ASSERTED = (
    "def test_it_works():\n    check_it()\n\n\ndef check_it():\n    look()\n\n\ndef "
    "look():\n    assert True\n"
)

LOGGED = "try:\n    do()\nexcept OSError as error:\n    log.info('x.y', error={})\n"

LIBRARIES = ", ".join(f'"{library}<1"' for library in PRIVATE_USES.values())
BOUNDED = f"[project]\ndependencies = [{LIBRARIES}]\n"

# By check: file, text, and the complaint.
FAULTS: dict[str, list[tuple[str, str, str]]] = {
    "length": [
        (
            "services/tickets/usecases.py",
            "\n" * 401,
            "services/tickets/usecases.py: 401 lines, 400 at most; split it by meaning",
        ),
        (
            "services/portal/templates/ticket.html",
            "\n" * 401,
            "services/portal/templates/ticket.html: 401 lines, 400 at most; split it by meaning",
        ),
    ],
    "top": [
        ("scripts/fix.sh", "", "scripts: does not belong at the top of the repository"),
        ("notes.txt", "", "notes.txt: does not belong at the top of the repository"),
    ],
    "names": [
        ("shared/utils.py", "", "shared/utils.py: name it after what it holds"),
        (
            "services/tickets/helpers/dates.py",
            "",
            "services/tickets/helpers/dates.py: name it after what it holds",
        ),
    ],
    "quadratic filters": [
        (
            "shared/web/templates/x.html",
            "{{ text | urlize }}",
            "shared/web/templates/x.html: uses urlize; expected `linked` (shared.web.linked)",
        ),
    ],
    "registries": [("README.md", f"from {REGISTRIES[0]}", f"README.md: names {REGISTRIES[0]}")],
    "machine paths": [
        (
            "deploy/compose.yaml",
            "\nvolume: /hom" + "e/anna/data",
            "deploy/compose.yaml:2: /hom" + "e/a... is a path of one machine",
        ),
        (
            "services/x.py",
            'PATH = "/tm' + 'p/x"',
            "services/x.py:1: /tm" + "p/x... is a path of one machine",
        ),
    ],
    "packages": [
        (
            "shared/web/__init__.py",
            '"""Pages."""\n\nimport os\n',
            "shared/web/__init__.py: holds more than a docstring",
        ),
        (
            "shared/contracts/events/__init__.py",
            "import os\n",
            "shared/contracts/events/__init__.py: holds more than a docstring",
        ),
    ],
    "assertions": [
        (
            "tests/unit/test_x.py",
            UNASSERTED,
            "tests/unit/test_x.py:1: test_it_works asserts nothing",
        )
    ],
    "logged errors": [
        (
            "services/x.py",
            LOGGED.format(how),
            "services/x.py:4: logs an error's own text; expected error_text(...)",
        )
        for how in ("repr(error)[:200]", "str(error)", "f'{error}'", "error")
    ],
    "history": [
        (
            "services/portal/queries/notices.py",
            f"from services.portal.{where} import {name}\n",
            (
                "services/portal/queries/notices.py:1: reads the history itself; expected "
                "services.portal.queries.history"
            ),
        )
        for where, name in (("models", "HistoryRow"), ("repository", "HISTORY"))
    ],
    "files of an action": [
        (
            "services/portal/quotas.py",
            "SENDING = (Share, Unshare)\n",
            (
                "services/portal/quotas.py: names the action `unshare`; expected the registry of "
                "actions"
            ),
        )
    ],
    "private names": [
        (
            "shared/database/x.py",
            f"from alembic.script import ScriptDirectory\n{line}\n",
            (
                f"shared/database/x.py:2: uses {name}; expected one module for the private names "
                f"of a "
                f"library"
            ),
        )
        for name, line in (
            ("_upgrade_revs", 'steps = ScriptDirectory("x")._upgrade_revs("head", "1")'),
            ("_types", "from uvicorn._types import ASGI3Application"),
            ("_check", "statement.construct({}, _check=False)"),
            ("positiontup", "order = compiled.positiontup"),
            ("from_config", "ScriptDirectory.from_config = ours"),
        )
    ],
    "bounds": [
        (
            "pyproject.toml",
            BOUNDED.replace('"aiosqlite<1"', '"aiosqlite>=0.22"'),
            "pyproject.toml: aiosqlite has no upper bound, and its private names are used",
        ),
    ],
    "use cases": [
        (
            "services/routing/usecases.py",
            "async def adopt_desk(uow, applied): ...\n",
            (
                "services/routing/usecases.py:1: adopt_desk takes applied by position; expected "
                "keywords"
            ),
        ),
        (
            "services/notify/usecases/mails.py",
            "async def send(database):\n    async with database.transaction():\n        pass\n",
            (
                "services/notify/usecases/mails.py:2: send calls transaction; expected the edge to "
                "commit"
            ),
        ),
    ],
}

FINE = {
    "length": ("services/tickets/usecases.py", "\n" * 400),
    "top": ("services/tickets/usecases.py", ""),
    "names": ("services/tickets/usecases.py", ""),
    "quadratic filters": ("services/x.html", "{{ text|linked }}"),
    "registries": ("README.md", "from the package index of your choice"),
    "machine paths": (
        "services/x.py",
        'PATH = "/var/lib/sportello"\nURL = "/my/home/x"\nTEXT = f"{root}/tm' + 'p/x"',
    ),
    "packages": ("shared/web/__init__.py", '"""Pages."""\n'),
    "assertions": ("tests/unit/test_x.py", ASSERTED),
    "logged errors": ("services/x.py", LOGGED.format("error_text(error)")),
    "history": (
        "services/portal/queries/history.py",
        "from services.portal.projection.repository import HISTORY\n",
    ),
    "files of an action": ("shared/policy/actions/between.py", "ACTIONS = (Action(Unshare),)\n"),
    "private names": (
        "shared/x.py",
        (
            "class Row:\n    def find(self) -> int:\n        return "
            "self._found\n\n\nrow._replace(id=1)\n"
        ),
    ),
    "bounds": ("pyproject.toml", BOUNDED),
    "use cases": (
        "services/notify/usecases/preferences.py",
        "async def choose(work, command): ...\n\n\nasync def adopt(uow, *, applied): ...\n",
    ),
}


@pytest.mark.parametrize("check", CHECKS)
def test_the_house_keeps_its_rule(repository: Path, check: str) -> None:
    assert CHECKS[check](repository) == []


@pytest.mark.parametrize(
    ("check", "fault"), [(check, fault) for check, faults in FAULTS.items() for fault in faults]
)
def test_a_planted_fault_is_found(
    tmp_path: Path, plant: Plant, check: str, fault: tuple[str, str, str]
) -> None:
    path, text, complaint = fault
    plant(path, text)

    assert CHECKS[check](tmp_path) == [complaint]


@pytest.mark.parametrize("check", CHECKS)
def test_what_is_fine_is_left_alone(tmp_path: Path, plant: Plant, check: str) -> None:
    plant(*FINE[check])

    assert CHECKS[check](tmp_path) == []


def test_every_check_has_its_planted_fault() -> None:
    assert set(FAULTS) == set(FINE) == set(CHECKS)
