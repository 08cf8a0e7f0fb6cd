"""The compose file starts the whole, in order, and agrees with the program, its settings and the
README.
"""

from __future__ import annotations

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from services.__main__ import BUILDERS, NEED_SECRET, PORTS
from shared.core.settings import CommonSettings, SettingsRefused
from tests.integration.deploy.conftest import Compose

SERVICES = sorted(BUILDERS)
OTHERS = {"postgres", "rabbitmq", "mail", "desk", "proxy"}
DOCUMENTED = re.compile(r"^#([A-Z_]+)=(.*)$", re.MULTILINE)


@pytest.fixture
def documented(deploy: Path) -> dict[str, str]:
    """The names of env.example with the values that stand there."""
    return dict(DOCUMENTED.findall((deploy / "env.example").read_text()))


def settings_of(compose: Compose, service: str, monkeypatch: pytest.MonkeyPatch) -> CommonSettings:
    for name, value in compose.environment(service, SPORTELLO_SECRET="a long random text").items():
        monkeypatch.setenv(name, value)
    return CommonSettings()


def published(compose: Compose) -> list[str]:
    return [port for service in compose.services.values() for port in service.get("ports", [])]


def test_the_whole_is_there(compose: Compose) -> None:
    assert set(compose.services) == {*SERVICES, *OTHERS}


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_runs_and_is_asked_on_its_own_port(compose: Compose, service: str) -> None:
    assert compose.services[service]["command"] == ["run", service]
    assert compose.services[service]["healthcheck"]["test"][-1] == str(PORTS[service])


def test_nothing_starts_before_what_it_needs(compose: Compose) -> None:
    needs = {
        name: {on: how["condition"] for on, how in service.get("depends_on", {}).items()}
        for name, service in compose.services.items()
    }

    assert needs["desk"] == {"postgres": "service_healthy"}
    for service in SERVICES:
        assert needs[service] == {
            "desk": "service_completed_successfully",
            "rabbitmq": "service_healthy",
        }
    assert needs["proxy"] == dict.fromkeys(["intake", "notify", "portal"], "service_healthy")
    waited_for = {
        on
        for each in needs.values()
        for on, condition in each.items()
        if condition == "service_healthy"
    }
    assert {
        name for name in waited_for if "test" not in compose.services[name].get("healthcheck", {})
    } == set()


def test_only_this_machine_reaches_the_published_ports_and_the_readme_names_them(
    compose: Compose, repository: Path
) -> None:
    assert published(compose) == ["127.0.0.1:8025:8025", "127.0.0.1:8080:8080"]
    assert (
        "docker compose -f deploy/compose.yaml up --build     # http://127.0.0.1:8080, mails on "
        ":8025"
    ) in (repository / "README.md").read_text()
    assert compose.environment("notify")["SPORTELLO_PUBLIC_URL"] == "http://127.0.0.1:8080"


def test_every_name_and_its_default_stand_among_the_settings(
    compose: Compose, documented: dict[str, str]
) -> None:
    said_by_compose = {
        name for service in SERVICES for name in compose.services[service]["environment"]
    }

    assert {*said_by_compose, *compose.variables} - set(documented) == set()
    # The address of the pages is another one behind the proxy, and the secret has no default.
    defaults = {
        name: default
        for name, default in compose.variables.items()
        if default and name != "SPORTELLO_PUBLIC_URL"
    }
    assert {name: documented[name] for name in defaults} == defaults


def test_only_the_secret_must_be_given(compose: Compose) -> None:
    assert {name for name, default in compose.variables.items() if default is None} == {
        "SPORTELLO_SECRET"
    }
    assert all(
        compose.environment(service, SPORTELLO_SECRET="x")["SPORTELLO_SECRET"] == "x"
        for service in NEED_SECRET
    )


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_takes_its_environment(
    compose: Compose, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(compose, service, monkeypatch)

    settings.refuse_demo_outside("0.0.0.0")
    assert not settings.is_embedded
    assert settings.broker_url == "amqp://sportello:sportello@rabbitmq:5672/"
    assert (
        settings.database_url_for(service)
        == f"postgresql://{service}:{service}@postgres/sportello_{service}"
    )


@pytest.mark.parametrize("service", SERVICES)
def test_the_proxy_is_believed_and_nobody_outside_its_network(
    compose: Compose, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted = settings_of(compose, service, monkeypatch).trusted_proxies
    (network,) = compose.networks["default"]["ipam"]["config"]

    assert ip_network(trusted).is_private
    assert network["subnet"] == f"${{SPORTELLO_SUBNET:-{trusted}}}"


def test_without_the_word_for_it_demo_identities_stay_on_loopback(
    compose: Compose, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(compose, "portal", monkeypatch).model_copy(
        update={"demo_anywhere": "no"}
    )

    with pytest.raises(SettingsRefused, match=r"refused on 0\.0\.0\.0"):
        settings.refuse_demo_outside("0.0.0.0")


def test_the_passwords_given_reach_both_sides(compose: Compose) -> None:
    given = {name: name.lower() for name in compose.variables if name.endswith("_PASSWORD")}
    server = compose.environment("postgres", **given)
    service = compose.environment("tickets", **given)

    for name in SERVICES:
        assert (
            urlsplit(service[f"SPORTELLO_{name.upper()}_DATABASE_URL"]).password
            == server[f"{name.upper()}_DATABASE_PASSWORD"]
        )
    assert (
        urlsplit(service["SPORTELLO_BROKER_URL"]).password
        == compose.environment("rabbitmq", **given)["RABBITMQ_DEFAULT_PASS"]
    )
    assert urlsplit(service["SPORTELLO_BROKER_URL"]).password == "rabbitmq_password"


def test_every_service_has_a_database_and_a_user(deploy: Path) -> None:
    script = deploy / "compose" / "databases.sh"

    assert sorted(re.findall(r"^make (\w+) ", script.read_text(), re.MULTILINE)) == SERVICES
    # A script without this right is read into the image's own shell, with its `set -eu`.
    assert script.stat().st_mode & 0o111 == 0o111


def test_what_runs_here_may_write_and_gain_nothing(compose: Compose) -> None:
    def hardening(service: str) -> dict[str, Any]:
        return {
            name: compose.services[service].get(name)
            for name in ("read_only", "cap_drop", "security_opt", "tmpfs")
        }

    wanted = {
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "tmpfs": ["/tmp"],
    }
    assert {name: hardening(name) for name in [*SERVICES, "desk"]} == dict.fromkeys(
        [*SERVICES, "desk"], wanted
    )


def test_files_that_are_handed_in_exist(compose: Compose, deploy: Path) -> None:
    handed_in = [
        volume.split(":")[0]
        for service in compose.services.values()
        for volume in service.get("volumes", [])
        if isinstance(volume, str) and volume.startswith("./")
    ]

    assert sorted(handed_in) == ["./compose/Caddyfile", "./compose/databases.sh"]
    assert all((deploy / name).is_file() for name in handed_in)
    assert compose.variables["SPORTELLO_DESK"] == "./desk"
    assert (deploy / "desk" / "desk.yaml").is_file()
