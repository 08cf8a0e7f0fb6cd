"""Where a server comes from: the order, and what is said when there is none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.servers import choose, private_postgres, private_rabbit
from tests.servers.choose import choose_postgres, choose_rabbit, find_or_install
from tests.servers.given import GivenPostgres, GivenRabbit
from tests.servers.private_postgres import PrivatePostgres
from tests.servers.private_rabbit import PrivateRabbit
from tests.servers.server import NoServer, NotOurs

URLS = {
    "SPORTELLO_DATABASE_URL": "postgresql://anna:secret@db/",
    "SPORTELLO_BROKER_URL": "amqp://anna:secret@mq:5672/",
}


class Apt:
    """Stands for apt-get: `brings` becomes true once something was installed."""

    def __init__(self, *, works: bool = True) -> None:
        self.works = works
        self.installed: list[str] = []

    def install(self, packages: Sequence[str]) -> bool:
        self.installed += packages
        return self.works

    def find(self) -> str | None:
        return "/usr/bin/program" if self.installed and self.works else None


@pytest.fixture
def no_docker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "is_in_docker", lambda image: False)


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private_postgres, "find_programs", lambda: Path("/programs"))
    monkeypatch.setattr(private_rabbit, "find_programs", lambda: Path("/programs"))


def test_a_url_in_the_environment_comes_first() -> None:
    postgres, rabbit = choose_postgres(environment=URLS), choose_rabbit(environment=URLS)

    assert isinstance(postgres, GivenPostgres)
    assert postgres.url == "postgresql://anna:secret@db/"
    assert isinstance(rabbit, GivenRabbit)
    assert rabbit.vhost_url("a/b") == "amqp://anna:secret@mq:5672/a%2Fb"


def test_a_url_meant_for_tests_comes_before_the_installations_own() -> None:
    environment = {
        **URLS,
        "SPORTELLO_TEST_DATABASE_URL": "postgresql://test/",
        "SPORTELLO_TEST_BROKER_URL": "amqp://test/",
    }

    assert choose_postgres(environment=environment).url == "postgresql://test/"
    assert choose_rabbit(environment=environment).url == "amqp://test/"


def test_a_given_server_is_never_stopped() -> None:
    for server in (choose_postgres(environment=URLS), choose_rabbit(environment=URLS)):
        for end in (server.stop, server.kill, server.pause, server.resume, server.restart):
            with pytest.raises(NotOurs, match="was given by URL"):
                end()


def test_the_password_of_a_given_server_is_in_no_message() -> None:
    with pytest.raises(NotOurs) as refusal:
        choose_rabbit(environment=URLS).kill()

    assert str(refusal.value) == "amqp://mq:5672 was given by URL and is not ours to kill"


@pytest.mark.usefixtures("no_docker", "programs")
def test_who_wants_to_kill_a_server_gets_one_of_our_own() -> None:
    assert isinstance(choose_postgres(ours=True, environment=URLS), PrivatePostgres)
    assert isinstance(choose_rabbit(ours=True, environment=URLS), PrivateRabbit)


@pytest.mark.usefixtures("programs")
def test_docker_comes_before_the_machines_own_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(image: str) -> bool:
        asked.append(image)
        return False

    monkeypatch.setattr(choose, "is_in_docker", answer)
    environment = {"SPORTELLO_TEST_POSTGRES_IMAGE": "local/postgres"}

    assert isinstance(choose_postgres(environment=environment), PrivatePostgres)
    assert isinstance(choose_rabbit(environment=environment), PrivateRabbit)
    assert asked == ["local/postgres", "rabbitmq:4"]


def test_what_is_there_is_not_installed() -> None:
    apt = Apt()

    found = find_or_install(
        lambda: "/usr/bin/x",
        ["x"],
        otherwise="x is needed",
        can_install=lambda: True,
        install=apt.install,
    )

    assert found == "/usr/bin/x"
    assert apt.installed == []


def test_what_is_missing_is_installed_by_root_on_debian() -> None:
    apt = Apt()

    found = find_or_install(
        apt.find,
        ["rabbitmq-server"],
        otherwise="x is needed",
        can_install=lambda: True,
        install=apt.install,
    )

    assert found == "/usr/bin/program"
    assert apt.installed == ["rabbitmq-server"]


def test_without_the_right_to_install_one_sentence_says_what_to_do() -> None:
    apt = Apt()

    with pytest.raises(NoServer, match=r"^x is needed: install it$"):
        find_or_install(
            apt.find,
            ["x"],
            otherwise="x is needed: install it",
            can_install=lambda: False,
            install=apt.install,
        )

    assert apt.installed == []


def test_an_installation_that_fails_says_what_to_do() -> None:
    apt = Apt(works=False)

    with pytest.raises(NoServer, match=r"^x is needed: install it$"):
        find_or_install(
            apt.find,
            ["x"],
            otherwise="x is needed: install it",
            can_install=lambda: True,
            install=apt.install,
        )
