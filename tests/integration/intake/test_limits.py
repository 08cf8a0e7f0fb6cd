"""Nobody can use the forms to write to others in the university's name: limits that all processes
of intake keep together.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import Table, func, select

from shared.database.tables import QuotaRow
from shared.runtime.housekeeping import forget_counts
from tests.integration.intake.conftest import Running, id_of, running, signed_in_as
from tests.integration.intake.test_intake_pages import filled_form
from tests.unit.intake.small_desk import GOOD, make_desk

PATH = "/api/forms/every-kind/requests"
OPERATOR = signed_in_as("staff", "anna.ferri")


def request_of(email: str, **changes: Any) -> dict[str, Any]:
    return {
        "requester": {"name": "Ida Boni", "email": email},
        "fields": GOOD,
        "context": {"origin": "website"},
        **changes,
    }


async def post(
    intake: Running, email: str = "ida.boni@example.org", *, client: str = "", **options: Any
) -> httpx.Response:
    """Send a request as somebody not signed in, from this machine or through a proxy that names the
    `client`.
    """
    if not client:
        return await intake.client.post(PATH, json=request_of(email), **options)
    transport = httpx.ASGITransport(intake.app, client=(client, 0))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://desk.example.edu", headers={"Accept-Language": "en"}
    ) as far:
        return await far.post(PATH, json=request_of(email), **options)


@asynccontextmanager
async def processes(database_url: str, count: int) -> AsyncIterator[list[Running]]:
    """Several processes of intake on one database, with the settings that are in force now."""
    async with AsyncExitStack() as stack:
        found = [await stack.enter_async_context(running(database_url)) for _ in range(count)]
        await found[0].apply(make_desk(), version=1)
        yield found


async def test_ten_requests_an_hour_are_taken_for_an_address_that_nobody_confirmed(
    intake: Running,
) -> None:
    taken = [await post(intake) for _ in range(10)]
    intake.clock.advance(minutes=20)
    refused = await post(intake)

    assert [answer.status_code for answer in taken] == [202] * 10
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "2400")
    assert refused.json()["type"] == "urn:sportello:problem:too-many-requests"
    assert (
        refused.json()["detail"]
        == "Too many requests were sent for this email address. Try again in 40 min, or sign in."
    )
    assert len(await intake.submissions()) == len(await intake.events()) == 10
    assert (await post(intake, "somebody.else@example.org")).status_code == 202

    intake.clock.advance(minutes=40)
    assert (await post(intake)).status_code == 202


@pytest.mark.parametrize(
    "other", ["IDA.BONI@example.org", "idaboni@example.org", "ida.boni+news@EXAMPLE.org"]
)
async def test_one_mailbox_is_one_address_however_it_is_written(
    sqlite_intake: Running, other: str
) -> None:
    for _ in range(10):
        id_of(await post(sqlite_intake))

    assert (await post(sqlite_intake, other)).status_code == 429


async def test_the_page_shows_the_form_again_with_all_that_was_typed(
    sqlite_intake: Running,
) -> None:
    for _ in range(10):
        id_of(await post(sqlite_intake, "hugo.marchi@example.edu"))
    fields = await filled_form(sqlite_intake)

    answer = await sqlite_intake.client.post("/forms/every-kind", data=fields)

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3600")
    assert (
        "Too many requests were sent for this email address. Try again in 60 min, or sign in."
        in answer.text
    )
    for typed in (
        "Hugo Marchi",
        "hugo.marchi@example.edu",
        "A title",
        "123456",
        fields["idempotency-key"],
    ):
        assert typed in answer.text
    assert len(await sqlite_intake.submissions()) == 10


async def test_forty_at_once_through_two_processes_are_ten(database_url: str) -> None:
    async with processes(database_url, 2) as intakes:
        answers = await asyncio.gather(*(post(intakes[number % 2]) for number in range(40)))
        written = len(await intakes[0].submissions())

    assert sorted(answer.status_code for answer in answers) == [202] * 10 + [429] * 30
    assert written == 10


async def test_signed_in_people_do_not_count_by_address_but_those_an_operator_files_for_do(
    intake: Running,
) -> None:
    own = [await post(intake, headers=signed_in_as("student")) for _ in range(12)]
    body = {key: value for key, value in request_of("").items() if key != "requester"}
    body["on_behalf_of"] = {"name": "Ida Boni", "email": "ida.boni@example.org"}
    for_somebody = [await intake.client.post(PATH, json=body, headers=OPERATOR) for _ in range(11)]

    assert {answer.status_code for answer in own} == {202}
    assert [answer.status_code for answer in for_somebody] == [202] * 10 + [429]


async def test_a_repeated_key_is_answered_as_before_and_counts_once(intake: Running) -> None:
    first = [await post(intake, headers={"Idempotency-Key": "one"}) for _ in range(5)]
    others = [await post(intake) for _ in range(9)]
    beyond = await post(intake, headers={"Idempotency-Key": "two"})
    repeated = await post(intake, headers={"Idempotency-Key": "one"})
    intake.clock.advance(hours=1)
    later = await post(intake, headers={"Idempotency-Key": "two"})

    assert len({id_of(answer) for answer in (*first, repeated)}) == 1
    assert {answer.status_code for answer in others} == {202}
    assert (beyond.status_code, later.status_code) == (429, 202)
    assert len(await intake.submissions()) == 11


async def test_one_refused_in_a_group_takes_no_other_with_it(intake: Running) -> None:
    addresses = ["ida.boni@example.org"] * 14 + [f"n{number}@example.org" for number in range(20)]

    answers = await asyncio.gather(
        *(
            post(intake, address, headers={"Idempotency-Key": f"k{n}"})
            for n, address in enumerate(addresses)
        )
    )

    assert [answer.status_code for answer in answers].count(429) == 4
    assert {answer.status_code for answer in answers[14:]} == {202}
    assert len(await intake.submissions()) == await intake.keys() == 30


async def test_a_client_that_a_proxy_names_is_counted_and_this_machine_itself_is_not(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPORTELLO_INTAKE_LIMIT_CLIENT", "3")
    async with processes(database_url, 1) as (intake,):
        near = [await post(intake, f"a{n}@example.org") for n in range(5)]
        loopback = [await post(intake, f"b{n}@example.org", client="127.0.0.1") for n in range(4)]
        network = [
            await post(intake, f"c{n}@example.org", client=f"2001:db8:1:2::{n + 1}")
            for n in range(4)
        ]
        next_network = await post(intake, "d@example.org", client="2001:db8:1:3::1")
        refused = await post(intake, "e@example.org", client="2001:db8:1:2:ffff::9")

    assert [answer.status_code for answer in near] == [202] * 5
    assert [answer.status_code for answer in loopback] == [202] * 3 + [429]
    assert [answer.status_code for answer in network] == [202] * 3 + [429]
    assert next_network.status_code == 202
    assert refused.json()["detail"] == "Too many requests were sent from here. Try again in 60 min."


async def test_all_networks_of_one_organisation_together_send_as_much_as_ten_clients(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPORTELLO_INTAKE_LIMIT_CLIENT", "1")
    async with processes(database_url, 1) as (intake,):
        spread = [
            await post(intake, f"a{n}@example.org", client=f"2001:db8:1:{n:x}::1")
            for n in range(11)
        ]
        other = await post(intake, "b@example.org", client="2001:db8:2::1")

    assert [answer.status_code for answer in spread] == [202] * 10 + [429]
    assert other.status_code == 202


async def test_people_who_share_an_address_do_not_use_up_each_others_limit_once_they_signed_in(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPORTELLO_INTAKE_LIMIT_CLIENT", "2")
    async with processes(database_url, 1) as (intake,):
        giulia = [
            await post(intake, client="192.0.2.1", headers=signed_in_as("student"))
            for _ in range(3)
        ]
        hugo = await post(intake, client="192.0.2.1", headers=signed_in_as("staff", "hugo.marchi"))

    assert [answer.status_code for answer in giulia] == [202, 202, 429]
    assert hugo.status_code == 202


@pytest.mark.parametrize(
    ("setting", "other_form", "sentence"),
    [
        (
            "FORM",
            202,
            (
                "Too many requests are being sent with this form at the moment. Try again in 60 "
                "min, "
                "or sign in."
            ),
        ),
        (
            "ALL",
            429,
            "Too many requests are being sent at the moment. Try again in 60 min, or sign in.",
        ),
    ],
)
async def test_a_form_and_all_forms_together_take_so_many_of_strangers_in_all_processes(
    database_url: str, monkeypatch: pytest.MonkeyPatch, setting: str, other_form: int, sentence: str
) -> None:
    monkeypatch.setenv(f"SPORTELLO_INTAKE_LIMIT_{setting}", "5")
    async with processes(database_url, 2) as intakes:
        answers = [
            await post(intakes[n % 2], f"a{n}@example.org", client=f"192.0.2.{n}") for n in range(8)
        ]
        signed_in = await post(intakes[0], client="192.0.2.1", headers=signed_in_as("student"))
        simple = request_of(
            "i@example.org", fields={"subject": "A", "description": "B", "consent": True}
        )
        transport = httpx.ASGITransport(intakes[1].app, client=("192.0.2.200", 0))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://desk.example.edu"
        ) as far:
            other = await far.post("/api/forms/simple/requests", json=simple)
        intakes[0].clock.advance(hours=1)
        later = await post(intakes[0], client="192.0.2.9")

    assert [answer.status_code for answer in answers].count(202) == 5
    assert answers[-1].json()["detail"] == sentence
    assert signed_in.status_code == 202
    assert other.status_code == other_form
    assert later.status_code == 202


async def test_what_is_refused_uses_up_nothing_that_everybody_needs(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPORTELLO_INTAKE_LIMIT_CLIENT", "2")
    monkeypatch.setenv("SPORTELLO_INTAKE_LIMIT_FORM", "4")
    async with processes(database_url, 1) as (intake,):
        for number in range(10):
            await post(intake, f"a{number}@example.org", client="192.0.2.1")
        others = [
            await post(intake, f"b{n}@example.org", client=f"192.0.2.{n + 2}") for n in range(3)
        ]

    assert [answer.status_code for answer in others] == [202, 202, 429]


async def test_counts_are_forgotten_when_their_time_is_over(intake: Running) -> None:
    quotas = QuotaRow.__table__
    assert isinstance(quotas, Table)
    id_of(await post(intake))
    intake.clock.advance(minutes=59)
    id_of(await post(intake, "other@example.org"))
    intake.clock.advance(minutes=1)

    await forget_counts(intake.context.database)

    async with intake.database.reading() as connection:
        assert (
            await connection.execute(select(func.count()).select_from(quotas))
        ).scalar_one() == 1


async def test_no_limit_is_no_limit(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CLIENT", "RECIPIENT", "FORM", "ALL"):
        monkeypatch.setenv(f"SPORTELLO_INTAKE_LIMIT_{name}", "0")
    async with processes(database_url, 1) as (intake,):
        answers = [await post(intake, client="192.0.2.1") for _ in range(15)]

    assert {answer.status_code for answer in answers} == {202}
