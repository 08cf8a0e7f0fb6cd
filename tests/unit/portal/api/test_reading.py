"""Reading over the API: the shapes that other systems build on."""

from typing import Any

import pytest

from tests.factories.portal_events import make_created, make_life, make_number
from tests.unit.portal.conftest import Browser, Project


async def test_the_tree_has_titles_counts_and_children(browser: Browser, project: Project) -> None:
    await project([make_created(1), make_created(2, queue="studenti/tasse", state="open")])

    answer = await browser("dario.riva").get("/api/queues", headers={"Accept-Language": "en"})

    assert answer.status_code == 200
    (studenti,) = answer.json()["items"]
    assert {key: studenti[key] for key in ("queue", "title", "level", "group")} == {
        "queue": "studenti",
        "title": "Student offices",
        "level": 1,
        "group": "urp",
    }
    assert (studenti["counts"]["new"], studenti["counts_with_children"]["open"]) == (1, 1)
    assert [child["queue"] for child in studenti["children"]] == ["studenti/tasse"]


async def test_an_operator_gets_the_whole_ticket(browser: Browser, project: Project) -> None:
    await project(make_life(1)[:3])

    ticket: dict[str, Any] = (
        await browser("anna.ferri").get(f"/api/tickets/{make_number(1)}")
    ).json()

    (article,) = ticket.pop("articles")
    assert ticket == {
        "view": "ticket",
        "number": "2026092810000010",
        "subject": "Tassa sbagliata",
        "state": "open",
        "queue": "studenti",
        "priority": 3,
        "owner": "anna.ferri",
        "responsible": "anna.ferri",
        "last_owner": None,
        "closed_by": None,
        "requester": {
            "name": "Giulia Neri",
            "email": "giulia.neri@studenti.example.edu",
            "assurance": "signed_in",
        },
        "request_type": "tasse",
        "fields": {
            "subject": "Tassa sbagliata",
            "description": "La seconda rata è doppia",
            "matricola": "123456",
        },
        "context": {
            "origin": "website",
            "page": "https://www.example.edu/tasse",
            "reference": None,
        },
        "language": "it",
        "parent": None,
        "children": [],
        "links": [],
        "merged_into": None,
        "watchers": [],
        "shared_with": [],
        "run": None,
        "family": None,
        "routing": None,
        "postponed_until": None,
        "created_at": "2026-09-28T08:01:00Z",
        "updated_at": "2026-09-28T08:01:20Z",
        "closed_at": None,
        "version": 3,
        "actions": [
            "ask",
            "assign",
            "close",
            "escalate",
            "move",
            "note",
            "postpone",
            "priority",
            "release",
            "reply",
            "responsible",
        ],
        "undoable_version": None,
    }
    assert {
        key: article[key]
        for key in ("kind", "author", "visible_to_requester", "subject", "body", "created_at")
    } == {
        "kind": "request",
        "author": {"identity": "giulia.neri", "name": "Giulia Neri"},
        "visible_to_requester": True,
        "subject": "Tassa sbagliata",
        "body": "La seconda rata è doppia",
        "created_at": "2026-09-28T08:01:00Z",
    }


@pytest.mark.parametrize("path", ["/api/tickets/{}", "/api/my/requests/{}"])
async def test_the_requester_gets_what_concerns_her(
    path: str, browser: Browser, project: Project
) -> None:
    await project(make_life(1))

    request = (await browser("giulia.neri").get(path.format(make_number(1)))).json()

    articles = request.pop("articles")
    assert request == {
        "number": "2026092810000010",
        "subject": "Tassa sbagliata",
        "state": "closed_successful",
        "office": "Segreterie studenti",
        "request_type": "tasse",
        "language": "it",
        "created_at": "2026-09-28T08:01:00Z",
        "updated_at": "2026-09-28T08:02:00Z",
        "closed_at": "2026-09-28T08:02:00Z",
        "version": 7,
    }
    assert [article["kind"] for article in articles] == ["request", "answer", "answer"]
    assert articles[1]["author"] == {"identity": None, "name": "Segreterie studenti"}


async def test_the_list_has_tickets_without_articles_and_a_cursor_to_go_on(
    browser: Browser, project: Project
) -> None:
    await project(make_created(i) for i in (1, 2, 3))
    client = browser("anna.ferri")

    first = (
        await client.get(
            "/api/tickets",
            params={"limit": 2, "queue": "studenti", "state": "new,open", "owner": "none"},
        )
    ).json()
    rest = (await client.get("/api/tickets", params={"limit": 2, "cursor": first["next"]})).json()

    assert [ticket["number"] for ticket in first["items"]] == [make_number(3), make_number(2)]
    assert "articles" not in first["items"][0]
    assert [ticket["number"] for ticket in rest["items"]] == [make_number(1)]
    assert rest["next"] is None


@pytest.mark.parametrize(
    "sort", ["priority", "-priority", "updated_at", "-updated_at", "created_at"]
)
async def test_cursors_work_in_every_order(sort: str, browser: Browser, project: Project) -> None:
    await project(make_created(i, priority=i % 3 + 1) for i in range(1, 8))
    client, numbers, cursor = browser("anna.ferri"), [], ""

    for _ in range(4):
        page = (
            await client.get(
                "/api/tickets",
                params={"limit": 2, "sort": sort, **({"cursor": cursor} if cursor else {})},
            )
        ).json()
        numbers += [ticket["number"] for ticket in page["items"]]
        cursor = page["next"] or ""

    assert sorted(numbers) == [make_number(i) for i in range(1, 8)]
    assert cursor == ""


async def test_owner_me_is_the_caller(browser: Browser, project: Project) -> None:
    await project(
        [
            make_created(1, owner="anna.ferri", state="open"),
            make_created(2, owner="bruno.galli", state="open"),
        ]
    )

    mine = (await browser("bruno.galli").get("/api/tickets?owner=me")).json()["items"]

    assert [ticket["number"] for ticket in mine] == [make_number(2)]


async def test_empty_parameters_narrow_nothing(browser: Browser, project: Project) -> None:
    await project([make_created(1)])

    answer = await browser("anna.ferri").get(
        "/api/tickets?queue=&state=&owner=&q=&request_type=&sort="
    )

    assert [ticket["number"] for ticket in answer.json()["items"]] == [make_number(1)]


async def test_queues_keep_their_slashes_in_addresses(browser: Browser, project: Project) -> None:
    await project([make_created(1, queue="studenti/tasse")])
    client = browser("dario.riva")

    plain, escaped = [
        (await client.get(f"/api/tickets?queue={queue}")).json()
        for queue in ("studenti/tasse", "studenti%2Ftasse")
    ]

    assert [ticket["number"] for ticket in plain["items"]] == [make_number(1)]
    assert escaped == plain


async def test_the_history_is_a_list(browser: Browser, project: Project) -> None:
    await project(make_life(1))
    client = browser("ivo.santi")

    first = (await client.get(f"/api/tickets/{make_number(1)}/history?limit=5")).json()
    rest = (
        await client.get(f"/api/tickets/{make_number(1)}/history", params={"cursor": first["next"]})
    ).json()

    assert [entry["version"] for entry in first["items"] + rest["items"]] == [1, 2, 3, 4, 5, 6, 7]
    assert first["items"][2]["changes"] == {"owner": [None, "anna.ferri"], "state": ["new", "open"]}
    assert rest["next"] is None


async def test_a_requester_lists_only_own_requests(browser: Browser, project: Project) -> None:
    await project(make_life(1))

    hers, his = [
        (await browser(who).get("/api/my/requests")).json()
        for who in ("giulia.neri", "hugo.marchi")
    ]

    assert [(request["number"], request["office"]) for request in hers["items"]] == [
        (make_number(1), "Segreterie studenti")
    ]
    assert "articles" not in hers["items"][0]
    assert his == {"items": [], "next": None}


async def test_the_api_describes_itself(browser: Browser) -> None:
    client = browser(None)

    described = (await client.get("/api/openapi.json")).json()

    assert (await client.get("/api/docs")).status_code == 200
    assert {path for path in described["paths"] if path.startswith("/api/")} == {
        "/api/session",
        "/api/me",
        "/api/queues",
        "/api/tickets",
        "/api/tickets/{number}",
        "/api/tickets/{number}/history",
        *(
            f"/api/tickets/{{number}}/{verb}"
            for verb in (
                *(
                    "take",
                    "release",
                    "assign",
                    "responsible",
                    "move",
                    "escalate",
                    "postpone",
                    "resume",
                    "priority",
                ),
                *("reply", "ask", "note", "forward", "close", "reopen"),
                *(
                    "children",
                    "bounce",
                    "resend",
                    "withdraw",
                    "decide",
                    "merge",
                    "links",
                    "unlink",
                    "watch",
                    "unwatch",
                    "share",
                    "unshare",
                    "undo",
                ),
            )
        ),
        "/api/tickets/{number}/deliveries/{delivery}/resend",
        "/api/tickets/bulk",
        "/api/notices",
        "/api/notices/unread",
        "/api/notices/read",
        "/api/notices/preferences",
        "/api/my/requests",
        "/api/my/requests/{number}",
        "/api/my/requests/{number}/reply",
        "/api/my/requests/{number}/withdraw",
        "/api/my/requests/{number}/share",
        "/api/my/requests/{number}/unshare",
    }


@pytest.mark.parametrize(("language", "name"), [("it", "il sistema"), ("en", "the system")])
async def test_what_a_rule_did_is_told_as_done_by_the_system(
    language: str, name: str, browser: Browser, project: Project
) -> None:
    await project(make_life(1)[:3])

    answer = await browser("anna.ferri").get(
        f"/api/tickets/{make_number(1)}/history", headers={"Accept-Language": language}
    )

    assert [entry["actor"]["name"] for entry in answer.json()["items"]] == [
        "Giulia Neri",
        name,
        "Anna Ferri",
    ]


async def test_own_requests_are_narrowed_by_state_and_sorted(
    browser: Browser, project: Project
) -> None:
    await project(
        [
            make_created(1),
            make_created(2, state="open"),
            make_created(3, state="withdrawn"),
            make_created(4),
        ]
    )
    client = browser("giulia.neri")

    first = (await client.get("/api/my/requests?state=new,open&sort=created_at&limit=2")).json()
    rest = (
        await client.get(
            f"/api/my/requests?state=new,open&sort=created_at&limit=2&cursor={first['next']}"
        )
    ).json()

    assert [request["number"] for request in first["items"] + rest["items"]] == [
        make_number(1),
        make_number(2),
        make_number(4),
    ]
    assert rest["next"] is None


async def test_the_tree_comes_in_parts_of_whole_branches(browser: Browser) -> None:
    client = browser("luisa.villa")

    first = (await client.get("/api/queues?limit=3")).json()
    rest = (await client.get(f"/api/queues?limit=3&cursor={first['next']}")).json()

    assert [root["queue"] for root in first["items"]] == ["studenti", "ict", "biblioteche"]
    assert [child["queue"] for child in first["items"][0]["children"]] == [
        "studenti/carriere",
        "studenti/tasse",
    ]
    assert ([root["queue"] for root in rest["items"]], rest["next"]) == (
        ["internazionale", "aule"],
        None,
    )


async def test_a_requester_searches_own_requests_and_finds_no_note(
    browser: Browser, project: Project
) -> None:
    await project([*make_life(1), make_created(2, subject="Altro")])
    client = browser("giulia.neri")

    answers = {
        q: (await client.get("/api/my/requests", params={"q": q})).json()
        for q in ("fatto", "note", "altro", "!", "")
    }

    found = {q: [item["number"] for item in answer["items"]] for q, answer in answers.items()}
    assert found == {
        "fatto": [make_number(1)],
        "note": [],
        "altro": [make_number(2)],
        "!": [],
        "": [make_number(2), make_number(1)],
    }
    assert (await client.get("/api/my/requests?q=" + "a" * 201)).json()["errors"][0]["field"] == "q"
