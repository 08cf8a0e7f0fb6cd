"""By which address somebody came decides what they are told: figures and demo identities are not
for the public one.
"""

import pytest
from fastapi import APIRouter, Depends

from shared.core.settings import CommonSettings
from shared.web.demo import demo_from_here
from shared.web.state import WebOptions
from tests.unit.web.small_app import client_of, make_app

FORWARDING = [
    {"X-Forwarded-For": "192.0.2.1"},
    {"Forwarded": "for=192.0.2.1"},
    {"X-Forwarded-Host": "x"},
    {"X-Forwarded-Port": "443"},
    {"X-Forwarded-Server": "x"},
    {"X-Forwarded": "x"},
    {"X-Real-IP": "192.0.2.1"},
    {"Via": "1.1 proxy"},
    {"CF-Connecting-IP": "192.0.2.1"},
    {"True-Client-IP": "192.0.2.1"},
    {"X-Client-IP": "192.0.2.1"},
]
FOREIGN = [
    {"Host": "evil.example.org"},
    {"Host": "10.0.0.7:8000"},
    {"Host": "127.0.0.1.evil.example.org"},
    {"Host": "localhost.evil.it"},
    *FORWARDING,
]
OWN = [
    {"Host": "127.0.0.1:8000"},
    {"Host": "localhost:8123"},
    {"Host": "[::1]:8000"},
    {"Host": "127.1.2.3"},
    {"Host": "desk.example.edu"},
]


@pytest.mark.parametrize("path", ["/metrics", "/health/ready"])
@pytest.mark.parametrize(
    "headers", [{"Host": "help.example.edu"}, {"Host": "HELP.example.edu:443"}, *FORWARDING]
)
async def test_figures_and_readiness_are_not_on_the_public_address(
    path: str, headers: dict[str, str]
) -> None:
    async with client_of(make_app(public_host="help.example.edu")) as client:
        public = await client.get(path, headers=headers)
        absent = await client.get("/nothing-here", headers=headers)
        inside = await client.get(path, headers={"Host": "10.0.0.7:8000"})
        alive = await client.get("/health/live", headers=headers)

    assert (public.status_code, public.json()["detail"]) == (404, absent.json()["detail"])
    assert (inside.status_code, alive.status_code) == (200, 200)


REBOUND = [
    "evil.example.org",
    "127.0.0.1.evil.example.org",
    "localhost.evil.it:8000",
    "0x7f.1",
    "help.example.edu.",
    "evil.example.org.",
]
INSIDE = [
    "10.0.0.7:8000",
    "[fd00::7]:8000",
    "127.0.0.1",
    "localhost",
    "portal:8000",
    "portal.desk.svc",
    "PORTAL.desk.svc:8000",
]


@pytest.mark.parametrize("path", ["/metrics", "/health/ready"])
async def test_figures_and_readiness_are_not_told_to_a_foreign_name(path: str) -> None:
    async with client_of(
        make_app(public_host="help.example.edu", own_hosts=frozenset({"portal.desk.svc"}))
    ) as client:
        foreign = [(await client.get(path, headers={"Host": host})).status_code for host in REBOUND]
        inside = [(await client.get(path, headers={"Host": host})).status_code for host in INSIDE]

    assert foreign == [404] * len(REBOUND)
    assert inside == [200] * len(INSIDE)


async def test_on_one_machine_they_are_where_everything_is() -> None:
    async with client_of(make_app(public_host="127.0.0.1")) as client:
        answers = [
            await client.get(path, headers={"Host": "127.0.0.1:8000"})
            for path in ("/metrics", "/health/ready")
        ]

    assert [answer.status_code for answer in answers] == [200, 200]


def _app(**options: object) -> object:
    app = make_app(public_host="desk.example.edu", **options)
    router = APIRouter()

    @router.get("/demo", dependencies=[Depends(demo_from_here)])
    async def demo() -> str:
        return "anybody"

    app.include_router(router)
    return app


@pytest.mark.parametrize("headers", FOREIGN)
async def test_demo_identities_are_refused_to_a_foreign_name_and_through_a_proxy(
    headers: dict[str, str],
) -> None:
    async with client_of(_app(is_demo_private=True)) as client:
        refused = await client.get("/demo", headers=headers)
    async with client_of(_app(is_demo_private=False)) as client:
        allowed = await client.get("/demo", headers=headers)

    assert (refused.status_code, refused.json()["detail"]) == (
        403,
        "Demo identities can be used on this machine only.",
    )
    assert allowed.json() == "anybody"


@pytest.mark.parametrize("headers", OWN)
async def test_demo_identities_work_on_this_machine_and_under_the_public_name(
    headers: dict[str, str],
) -> None:
    async with client_of(_app(is_demo_private=True)) as client:
        answer = await client.get("/demo", headers=headers)

    assert answer.json() == "anybody"


def test_the_settings_say_which_name_is_public_and_that_its_pages_are_our_own() -> None:
    given = {
        "public_url": "https://Help.Example.edu:8443/",
        "public_origins": "https://a.example.edu, http://b",
        "hosts": "A.svc:8000 b.svc.",
    }
    options = WebOptions.of(CommonSettings.model_validate(given))

    assert options.public_origins == {
        "https://help.example.edu:8443",
        "https://a.example.edu",
        "http://b",
    }
    assert options.own_hosts == {"a.svc", "b.svc"}
    assert (options.public_host, options.cookie_secure, options.is_demo_private) == (
        "help.example.edu",
        True,
        True,
    )
    assert not WebOptions.of(CommonSettings(demo_anywhere="yes")).is_demo_private
