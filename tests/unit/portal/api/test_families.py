"""Families, links and merged tickets over the API: who gets what of them."""

from typing import Any

import pytest

from shared.contracts.events.merging import TicketAbsorbed, TicketMerged
from shared.contracts.events.notify import NoticesRaised
from shared.contracts.events.ticket_state import Run
from shared.contracts.events.tickets import TicketLinked, TicketRequesterReplied
from shared.contracts.people import Actor
from shared.core.ids import derived_id
from tests.factories.portal_desk import make_example_desk, make_person
from tests.factories.portal_events import (
    ANNA,
    OPEN_ACTIONS,
    make_article,
    make_created,
    make_number,
    make_state,
)
from tests.factories.portal_families import (
    CHILD,
    GRANDCHILD,
    PARENT,
    make_child,
    make_family,
    make_returned,
)
from tests.factories.portal_notices import make_notice
from tests.unit.portal.conftest import Browser, Project

EVERYBODY = [*make_example_desk().operators, *make_example_desk().people]


@pytest.mark.parametrize("identity", EVERYBODY)
async def test_a_child_is_got_by_who_sees_its_queue_and_by_the_owner_of_its_parent_alone(
    identity: str, browser: Browser, project: Project
) -> None:
    await project([*make_family(), make_returned()])

    answer = await browser(identity).get(f"/api/tickets/{CHILD}")
    absent = await browser(identity).get(f"/api/tickets/{make_number(99)}")

    if identity in ("dario.riva", "luisa.villa"):
        assert (answer.status_code, answer.json()["requester"]["name"]) == (200, "Giulia Neri")
    elif identity == "anna.ferri":
        assert (answer.status_code, "requester" in answer.json()) == (200, False)
    else:
        assert (answer.status_code, answer.json()) == (404, absent.json())


async def test_the_owner_of_the_parent_gets_what_passes_up_and_what_to_do(
    browser: Browser, project: Project
) -> None:
    await project([*make_family(), make_returned()])

    child: dict[str, Any] = (await browser("anna.ferri").get(f"/api/tickets/{CHILD}")).json()

    articles = child.pop("articles")
    assert [(article["kind"], article["author"]["name"]) for article in articles] == [
        ("request", "Giulia Neri"),
        ("question", "Anna Ferri"),
    ]
    assert child == {
        "view": "child",
        "number": CHILD,
        "subject": "Tassa sbagliata",
        "state": "returned",
        "queue": "studenti/tasse",
        "parent": PARENT,
        "request_type": "tasse",
        "fields": {
            "subject": "Tassa sbagliata",
            "description": "La seconda rata è doppia",
            "matricola": "123456",
        },
        "language": "it",
        "created_at": "2026-09-28T08:02:00Z",
        "updated_at": "2026-09-28T08:02:01Z",
        "closed_at": None,
        "version": 2,
        "actions": ["resend", "withdraw"],
    }


async def test_who_sees_the_queue_and_owns_the_parent_gets_all_of_it_with_both_kinds_of_actions(
    browser: Browser, project: Project
) -> None:
    await project(
        [
            make_created(1, owner="luisa.villa", children=(CHILD,)),
            make_child(2, parent=1),
            make_returned(),
        ]
    )

    child = (await browser("luisa.villa").get(f"/api/tickets/{CHILD}")).json()

    assert child["actions"] == ["note", "resend", "withdraw"]
    assert {article["kind"] for article in child["articles"]} == {"request", "question", "note"}
    listed = (await browser("luisa.villa").get(f"/api/tickets?q={CHILD}")).json()["items"]
    assert [ticket["actions"] for ticket in listed] == [["note", "resend", "withdraw"]]


async def test_the_history_of_a_child_is_not_for_the_owner_of_its_parent(
    browser: Browser, project: Project
) -> None:
    await project(make_family())

    answers = {
        identity: await browser(identity).get(f"/api/tickets/{CHILD}/history")
        for identity in ("anna.ferri", "bruno.galli")
    }

    assert {identity: answer.status_code for identity, answer in answers.items()} == {
        "anna.ferri": 403,
        "bruno.galli": 404,
    }


async def test_a_child_is_in_nobodys_lists_but_those_of_its_queue(
    browser: Browser, project: Project
) -> None:
    await project([*make_family(), make_returned()])

    listed = {}
    for identity in ("anna.ferri", "dario.riva"):
        answer = await browser(identity).get("/api/tickets?sort=created_at")
        listed[identity] = [ticket["number"] for ticket in answer.json()["items"]]
    assert listed == {"anna.ferri": [PARENT], "dario.riva": [PARENT, CHILD]}
    assert [
        request["number"]
        for request in (await browser("giulia.neri").get("/api/my/requests")).json()["items"]
    ] == [PARENT]


@pytest.mark.parametrize("state", ["open", "waiting_requester", "postponed"])
async def test_what_ends_a_ticket_is_not_offered_while_a_child_is_open_whatever_its_state(
    state: str, browser: Browser, project: Project
) -> None:
    actions = {**OPEN_ACTIONS, "merge": "right:rw"}
    parent = make_created(1, state=state, owner="anna.ferri", children=(CHILD,), actions=actions)
    children = (
        make_child(2, parent=1, queue="studenti/tasse"),
        make_child(2, parent=1, queue="studenti/tasse", state="closed_successful"),
    )
    offered = []

    for version, child in enumerate(children, start=1):
        await project(
            [
                parent,
                child.model_copy(
                    update={"ticket": child.ticket.model_copy(update={"version": version})}
                ),
            ]
        )
        alone = (await browser("anna.ferri").get(f"/api/tickets/{PARENT}")).json()["actions"]
        (listed,) = (await browser("anna.ferri").get("/api/tickets")).json()["items"]
        offered.append(
            [{"close", "merge"} <= set(alone), {"close", "merge"} <= set(listed["actions"])]
        )
        assert set(alone) == set(listed["actions"])

    assert offered == [[False, False], [True, True]]


async def test_a_move_is_offered_only_to_who_may_send_tickets_somewhere(
    browser: Browser, project: Project
) -> None:
    await project(
        [
            make_created(
                1, queue="studenti/tasse", state="open", owner="dario.riva", actions=OPEN_ACTIONS
            )
        ]
    )

    offered = {
        identity: "move"
        in (await browser(identity).get(f"/api/tickets/{PARENT}")).json()["actions"]
        for identity in ("dario.riva", "luisa.villa")
    }

    assert offered == {"dario.riva": False, "luisa.villa": True}


async def test_the_owner_of_the_parent_replies_to_a_child_in_the_requesters_place(
    browser: Browser, project: Project
) -> None:
    await project(make_family())

    of_anna = (await browser("anna.ferri").get(f"/api/tickets/{CHILD}")).json()["actions"]
    of_dario = (await browser("dario.riva").get(f"/api/tickets/{CHILD}")).json()["actions"]

    assert ("reply" in of_anna, "requester_replies" in of_anna) == (True, True)
    assert ("reply" in of_dario, "requester_replies" in of_dario) == (False, False)


async def test_the_ticket_shows_its_family(browser: Browser, project: Project) -> None:
    await project(make_family())

    ticket = (await browser("anna.ferri").get(f"/api/tickets/{PARENT}")).json()

    assert (ticket["parent"], ticket["children"]) == (None, [CHILD])
    (child,) = ticket["family"].pop("children")
    assert (ticket["family"]["number"], child["number"], child["title"], child["seen"]) == (
        PARENT,
        CHILD,
        "Ufficio tasse e borse",
        True,
    )
    assert [(node["number"], node["seen"]) for node in child["children"]] == [(GRANDCHILD, False)]


def linked(*targets: int) -> TicketLinked:
    links = [{"to": make_number(target), "kind": "related"} for target in targets]
    changes: dict[str, Any] = {"links": ([], links)}
    return TicketLinked(ticket=make_state(1, version=2, links=links), actor=ANNA, changes=changes)


async def test_a_link_to_what_the_reader_may_not_see_is_not_there(
    browser: Browser, project: Project
) -> None:
    await project([make_created(1), make_created(2), make_created(3, queue="ict"), linked(2, 3, 4)])

    for identity, shown in {
        "anna.ferri": [make_number(2)],
        "luisa.villa": [make_number(2), make_number(3)],
    }.items():
        client = browser(identity)
        ticket = (await client.get(f"/api/tickets/{make_number(1)}")).json()
        (listed,) = (await client.get(f"/api/tickets?q={make_number(1)}")).json()["items"]
        history = (await client.get(f"/api/tickets/{make_number(1)}/history")).json()["items"]
        assert (
            [link["to"] for link in ticket["links"]]
            == [link["to"] for link in listed["links"]]
            == shown
        )
        assert [link["to"] for link in history[1]["changes"]["links"][1]] == shown


async def test_a_notice_names_no_ticket_that_its_reader_may_not_see(
    browser: Browser, project: Project
) -> None:
    others = [make_created(2), make_created(3, queue="ict")]
    absorbed = [
        TicketAbsorbed(
            ticket=make_state(1, version=version),
            actor=ANNA,
            absorbed_id=derived_id("ticket", other),
            absorbed=make_number(other),
            changes={"absorbed": (None, make_number(other))},
        )
        for version, other in ((3, 2), (4, 3))
    ]
    notices = [
        make_notice(NoticesRaised, 10 * i + version, operator=operator, ticket_version=version)
        for i, operator in enumerate(SHOWN)
        for version in (2, 3, 4)
    ]
    await project([make_created(1), *others, linked(2, 3, 4), *absorbed, *notices])

    for identity, shown in SHOWN.items():
        third, second, first = (await browser(identity).get("/api/notices")).json()["items"]
        assert [link["to"] for link in first["changes"]["links"][1]] == shown
        assert second["changes"]["absorbed"] == [None, make_number(2)]
        assert third["changes"]["absorbed"] == [
            None,
            make_number(3) if make_number(3) in shown else None,
        ]


SHOWN = {"anna.ferri": [make_number(2)], "luisa.villa": [make_number(2), make_number(3)]}
"""By identity, the tickets beside ticket 1 that they see."""


def merged(counter: int, into: int, **changes: Any) -> TicketMerged:
    target: dict[str, Any] = {
        "merged_into_id": derived_id("ticket", into),
        "merged_into": make_number(into),
    }
    state = make_state(counter, version=2, state="merged", actions={}, **target, **changes)
    return TicketMerged(
        ticket=state, actor=ANNA, into_id=derived_id("ticket", into), into=make_number(into)
    )


async def test_articles_of_merged_tickets_are_read_where_they_went_in_time_order(
    browser: Browser, project: Project
) -> None:
    await project([make_created(1), make_created(2), make_created(3), merged(1, 2), merged(2, 3)])
    client = browser("anna.ferri")

    numbers = {}
    for counter in (1, 2, 3):
        ticket = (await client.get(f"/api/tickets/{make_number(counter)}")).json()
        numbers[counter] = (
            ticket["merged_into"],
            [article["created_at"] for article in ticket["articles"]],
        )

    assert numbers == {
        1: (make_number(2), ["2026-09-28T08:01:00Z"]),
        2: (make_number(3), ["2026-09-28T08:01:00Z", "2026-09-28T08:02:00Z"]),
        3: (None, ["2026-09-28T08:01:00Z", "2026-09-28T08:02:00Z", "2026-09-28T08:03:00Z"]),
    }


async def test_where_a_ticket_went_is_told_only_to_who_may_see_it_there(
    browser: Browser, project: Project
) -> None:
    await project([make_created(1), make_created(2, queue="ict"), merged(1, 2)])

    told = [
        (await browser(who).get(f"/api/tickets/{make_number(1)}")).json()["merged_into"]
        for who in ("anna.ferri", "luisa.villa")
    ]

    assert told == [None, make_number(2)]


async def test_a_requester_reads_no_words_of_another_whose_ticket_was_merged_into_hers(
    browser: Browser, project: Project
) -> None:
    hugo = make_person("hugo.marchi")
    await project(
        [
            make_created(1),
            make_created(2, requester=hugo),
            make_created(3),
            merged(1, 3),
            merged(2, 3, requester=hugo),
        ]
    )

    request = (await browser("giulia.neri").get(f"/api/my/requests/{make_number(3)}")).json()

    assert [article["created_at"] for article in request["articles"]] == [
        "2026-09-28T08:01:00Z",
        "2026-09-28T08:03:00Z",
    ]


async def test_a_requester_whose_ticket_goes_on_as_anothers_reads_his_own_words_and_no_others(
    browser: Browser, project: Project
) -> None:
    hugo = make_person("hugo.marchi")
    his = make_article(
        "reply", counter=3, body="Di Hugo", author=Actor(identity="hugo.marchi", name="Hugo Marchi")
    ).model_copy(update={"visible_to_requester": False})
    hers = make_article(
        "reply",
        counter=3,
        body="Di Giulia",
        author=Actor(identity="giulia.neri", name="Giulia Neri"),
    )
    later = make_state(3, version=4, state="open")
    replies = [
        TicketRequesterReplied(
            ticket=later.model_copy(update={"version": version}),
            actor=reply.author,
            articles=(reply,),
        )
        for version, reply in ((4, his), (5, hers))
    ]
    await project(
        [
            make_created(1, requester=hugo),
            make_created(2),
            make_created(3),
            merged(1, 2, requester=hugo),
            merged(2, 3),
            *replies,
        ]
    )

    at_first = (await browser("hugo.marchi").get(f"/api/my/requests/{make_number(1)}")).json()
    at_last = (await browser("giulia.neri").get(f"/api/my/requests/{make_number(3)}")).json()

    assert [(article["kind"], article["body"]) for article in at_first["articles"]][1:] == [
        ("reply", "Di Hugo")
    ]
    assert at_first["articles"][1]["author"] == {"identity": "hugo.marchi", "name": "Hugo Marchi"}
    assert [article["body"] for article in at_last["articles"] if article["kind"] == "reply"] == [
        "Di Giulia"
    ]


async def test_the_run_of_a_recipe_is_shown_as_steps(browser: Browser, project: Project) -> None:
    both = {"it": "Verifica", "en": "Check"}
    steps = [
        {"name": name, "title": both, "queue": "studenti/tasse", "text": both}
        for name in ("first", "second", "third")
    ]
    run = Run.model_validate(
        {
            "id": derived_id("run", 1),
            "recipe": {"title": {"it": "Ricetta", "en": "Recipe"}, "steps": steps},
            "state": "asking",
            "steps": [
                {"name": "first", "state": "unsuccessful", "child": CHILD},
                {"name": "second", "state": "unsuccessful", "accepted": True},
                {"name": "third"},
            ],
        }
    )
    await project([make_created(1, run=run)])

    shown = (
        await browser("anna.ferri").get(f"/api/tickets/{PARENT}", headers={"Accept-Language": "en"})
    ).json()["run"]

    step = {"title": "Check", "queue": "studenti/tasse", "child": None, "asks": False}
    assert shown == {
        "state": "asking",
        "title": "Recipe",
        "steps": [
            step | {"name": "first", "state": "unsuccessful", "child": CHILD, "asks": True},
            step | {"name": "second", "state": "unsuccessful"},
            step | {"name": "third", "state": "waiting"},
        ],
    }


async def test_watchers_are_shown(browser: Browser, project: Project) -> None:
    await project([make_created(1, watchers=("bruno.galli", "ivo.santi"))])

    assert (await browser("anna.ferri").get(f"/api/tickets/{PARENT}")).json()["watchers"] == [
        "bruno.galli",
        "ivo.santi",
    ]
