"""Sharing a ticket over the API, and what those get whom it is shared with."""

from typing import Any

import pytest

from shared.contracts.commands.base import Command
from shared.contracts.commands.tickets import RequesterShare, RequesterUnshare, Share, Unshare
from shared.core.errors import ImpossibleValue, MissingRight
from tests.factories.portal_desk import make_person
from tests.factories.portal_events import make_created, make_number
from tests.factories.portal_sharing import HUGO, SHAREABLE, make_shared, make_unshared
from tests.fakes.portal_tickets import FakeTickets
from tests.unit.portal.conftest import Browser, Project

N = make_number(1)
ANNA_ASKS: dict[str, Any] = {"caller": make_person("anna.ferri"), "number": N}
GIULIA_ASKS: dict[str, Any] = {"caller": make_person("giulia.neri"), "number": N}
PERSON = {"name": " Hugo Marchi ", "email": "Hugo.Marchi@example.edu"}
OF_A_REQUEST = {
    "number", "subject", "state", "office", "request_type", "language", "created_at", "updated_at",
    "closed_at", "version",
}  # fmt: skip


@pytest.mark.parametrize(
    ("verb", "body", "command"),
    [
        ("share", PERSON, Share(**ANNA_ASKS, name="Hugo Marchi", email=HUGO.email)),
        ("unshare", {"email": HUGO.email}, Unshare(**ANNA_ASKS, email=HUGO.email)),
    ],
)
async def test_an_operator_gets_the_ticket_with_those_it_is_shared_with(
    verb: str,
    body: dict[str, str],
    command: Command,
    browser: Browser,
    project: Project,
    tickets: FakeTickets,
) -> None:
    await project([make_created(1)])
    tickets.answers = lambda _: make_shared(1)

    answer = await browser("anna.ferri").post(f"/api/tickets/{N}/{verb}", json=body)

    assert (answer.status_code, tickets.commands) == (200, [command])
    assert answer.json()["shared_with"] == [
        {"name": "Hugo Marchi", "email": "Hugo.Marchi@example.edu"}
    ]
    assert (await browser("anna.ferri").get("/api/tickets")).json()["items"][0][
        "shared_with"
    ] == answer.json()["shared_with"]


@pytest.mark.parametrize(
    ("verb", "body", "command"),
    [
        ("share", PERSON, RequesterShare(**GIULIA_ASKS, name="Hugo Marchi", email=HUGO.email)),
        ("unshare", {"email": HUGO.email}, RequesterUnshare(**GIULIA_ASKS, email=HUGO.email)),
    ],
)
async def test_the_requester_gets_the_request_with_the_keys_that_it_always_had(
    verb: str,
    body: dict[str, str],
    command: Command,
    browser: Browser,
    project: Project,
    tickets: FakeTickets,
) -> None:
    await project([make_created(1)])
    tickets.answers = lambda _: make_shared(1)

    answer = await browser("giulia.neri").post(f"/api/my/requests/{N}/{verb}", json=body)

    assert (answer.status_code, tickets.commands) == (200, [command])
    assert answer.json().keys() == OF_A_REQUEST | {"articles", "is_shown"}


async def test_who_it_is_shared_with_gets_what_its_requester_gets(
    browser: Browser, project: Project
) -> None:
    await project([make_created(1), make_shared(1)])
    giulia, hugo = browser("giulia.neri"), browser("hugo.marchi")

    for path in ("/api/my/requests", f"/api/my/requests/{N}", f"/api/tickets/{N}"):
        hers, his = await giulia.get(path), await hugo.get(path)
        assert (hers.status_code, his.status_code, his.content) == (200, 200, hers.content), path
    assert (await hugo.get(f"/api/my/requests/{N}")).json().keys() == OF_A_REQUEST | {"articles"}
    assert (await hugo.get("/api/my/requests")).json()["items"][0].keys() == OF_A_REQUEST
    assert (await hugo.get(f"/api/tickets/{N}/history")).status_code == 403


async def test_to_everybody_else_it_is_not_there_also_when_it_is_shared_no_more(
    browser: Browser, project: Project
) -> None:
    await project([make_created(1), make_shared(1), make_unshared(1)])

    for identity in ("hugo.marchi", "elena.sala"):
        client = browser(identity)
        absent = await client.get(f"/api/my/requests/{make_number(9)}")
        for path in (f"/api/my/requests/{N}", f"/api/tickets/{N}", f"/api/tickets/{N}/history"):
            unseen = await client.get(path)
            assert (unseen.status_code, unseen.content) == (404, absent.content), (identity, path)
        assert (await client.get("/api/my/requests")).json()["items"] == []


@pytest.mark.parametrize(
    ("refusal", "language", "status", "detail"),
    [
        (MissingRight("requester"), "en", 403, "Only the requester may do this."),
        (MissingRight("requester"), "it", 403, "Può farlo solo il richiedente."),
        (
            ImpossibleValue("email", "its_requester", "g@example.edu"),
            "en",
            422,
            "“g@example.edu” is the requester and can already read it.",
        ),
        (
            ImpossibleValue("email", "its_requester", "g@example.edu"),
            "it",
            422,
            "«g@example.edu» è il richiedente e può già leggerla.",
        ),
        (
            ImpossibleValue("email", "too_many_people", "20"),
            "en",
            422,
            "A ticket can be shared with at most 20 people.",
        ),
        (
            ImpossibleValue("email", "too_many_people", "20"),
            "it",
            422,
            "Un ticket si può condividere con al massimo 20 persone.",
        ),
    ],
)
async def test_a_refusal_says_why_in_the_callers_language(
    refusal: Exception,
    language: str,
    status: int,
    detail: str,
    browser: Browser,
    project: Project,
    tickets: FakeTickets,
) -> None:
    await project([make_created(1)])
    tickets.answers = lambda _: refusal

    answer = await browser("giulia.neri").post(
        f"/api/my/requests/{N}/share", json=PERSON, headers={"Accept-Language": language}
    )

    assert (answer.status_code, answer.json()["detail"]) == (status, detail)


@pytest.mark.parametrize("path", [f"/api/tickets/{N}", f"/api/my/requests/{N}"])
@pytest.mark.parametrize(
    ("verb", "body", "field"),
    [
        ("share", {"email": HUGO.email}, "name"),
        ("share", {"name": "  ", "email": HUGO.email}, "name"),
        ("share", {"name": "a\nb", "email": HUGO.email}, "name"),
        ("share", {"name": "x" * 201, "email": HUGO.email}, "name"),
        ("share", {"name": "Hugo"}, "email"),
        ("share", {"name": "Hugo", "email": "nessuno"}, "email"),
        ("share", {"name": "Hugo", "email": "hugo@localhost"}, "email"),
        ("share", {"name": "Hugo", "email": "a" * 250 + "@example.edu"}, "email"),
        ("share", PERSON | {"rights": "rw"}, "rights"),
        ("unshare", {}, "email"),
        ("unshare", {"email": ""}, "email"),
        ("unshare", PERSON, "name"),
    ],
)
async def test_each_call_names_the_field_that_is_wrong(
    path: str, verb: str, body: dict[str, str], field: str, browser: Browser, tickets: FakeTickets
) -> None:
    answer = await browser("giulia.neri").post(f"{path}/{verb}", json=body)

    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (
        422,
        [field],
    )
    assert tickets.commands == []


async def test_many_are_shared_with_one_person_at_once(
    browser: Browser, project: Project, tickets: FakeTickets
) -> None:
    await project([make_created(1), make_created(2)])
    tickets.answers = lambda command: make_shared(int(getattr(command, "number", "")[10:15]))

    answer = await browser("anna.ferri").post(
        "/api/tickets/bulk", json={"numbers": [N, make_number(2)], "action": "share", **PERSON}
    )

    assert [result["status"] for result in answer.json()["results"]] == [200, 200]
    assert {type(command) for command in tickets.commands} == {Share}


async def test_ending_a_share_is_an_action_once_there_is_one(
    browser: Browser, project: Project
) -> None:
    await project([make_created(1, actions=SHAREABLE)])
    before = (await browser("anna.ferri").get(f"/api/tickets/{N}")).json()["actions"]
    await project([make_shared(1)])
    after = (await browser("anna.ferri").get(f"/api/tickets/{N}")).json()["actions"]
    seen_only = (await browser("ivo.santi").get(f"/api/tickets/{N}")).json()["actions"]

    assert [action for action in before if "share" in action] == ["share"]
    assert [action for action in after if "share" in action] == ["share", "unshare"]
    assert [action for action in seen_only if "share" in action] == []
