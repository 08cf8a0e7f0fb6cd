"""Packages are installed without letting apt start one service."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.servers.debian import install


class Runner:
    """Records commands and what the policy said while they ran; those in `failing` fail."""

    def __init__(self, policy: Path, *, failing: Sequence[str] = ()) -> None:
        self.policy = policy
        self.failing = failing
        self.commands: list[list[str]] = []
        self.policies: list[str] = []
        self.frontends: set[str] = set()

    def __call__(self, command: Sequence[str], environment: dict[str, str], /) -> int:
        self.commands.append(list(command))
        self.policies.append(self.policy.read_text())
        self.frontends.add(environment["DEBIAN_FRONTEND"])
        return 100 if any(word in command for word in self.failing) else 0


def test_the_lists_are_updated_and_the_packages_installed_without_questions(tmp_path: Path) -> None:
    run = Runner(tmp_path / "policy-rc.d")

    assert install(["postgresql", "rabbitmq-server"], run=run, policy=run.policy)

    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
    assert run.commands == [
        [*apt, "update"],
        [*apt, "install", "-y", "--no-install-recommends", "postgresql", "rabbitmq-server"],
    ]
    assert run.frontends == {"noninteractive"}


def test_no_package_may_start_a_service_meanwhile(tmp_path: Path) -> None:
    run = Runner(tmp_path / "policy-rc.d")

    install(["postgresql"], run=run, policy=run.policy)

    assert run.policies == ["#!/bin/sh\nexit 101\n"] * 2
    assert not run.policy.exists()


def test_a_policy_of_the_machine_is_put_back(tmp_path: Path) -> None:
    run = Runner(tmp_path / "policy-rc.d")
    run.policy.write_text("#!/bin/sh\nexit 0\n")
    run.policy.chmod(0o755)

    install(["postgresql"], run=run, policy=run.policy)

    assert run.policy.read_text() == "#!/bin/sh\nexit 0\n"
    assert run.policy.stat().st_mode & 0o777 == 0o755


def test_a_failing_update_installs_nothing(tmp_path: Path) -> None:
    run = Runner(tmp_path / "policy-rc.d", failing=["update"])

    assert not install(["postgresql"], run=run, policy=run.policy)

    assert [command[-1] for command in run.commands] == ["update"]
    assert not run.policy.exists()


def test_a_failing_installation_is_told(tmp_path: Path) -> None:
    run = Runner(tmp_path / "policy-rc.d", failing=["install"])

    assert not install(["postgresql"], run=run, policy=run.policy)

    assert not run.policy.exists()
