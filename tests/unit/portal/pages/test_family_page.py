"""What a ticket's page tells of other tickets: its family, its recipe, links, watchers, merging,
and what can be taken back.
"""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.contracts.commands.merging import Undo, Unlink
from shared.contracts.commands.tickets import DecideStep
from shared.contracts.events.merging import TicketAbsorbed, TicketMerged
from shared.contracts.events.notify import NoticeFacts, NoticesRaised
from shared.contracts.events.ticket_state import Link, RunState, Step, Undoable
from shared.contracts.events.tickets import TicketForwarded, TicketMoved
from shared.contracts.people import Actor
from shared.core.ids import derived_id
from tests.factories.family_pages import (
    CHILD,
    DARIO,
    PARENT,
    make_child,
    make_parent,
    make_report,
    make_run,
)
from tests.factories.owned_ticket import form_for, make_open, offered
from tests.factories.portal_desk import make_person
from tests.factories.portal_events import (
    ANNA,
    MORNING,
    OPEN_ACTIONS,
    make_article,
    make_created,
    make_delivery,
    make_number,
    make_state,
)
from tests.fakes.portal_tickets import FakeTickets
from tests.fakes.seen_page import Element, see
from tests.unit.portal.conftest import Project
from tests.unit.portal.pages.conftest import Reader

PAGE = f"/manage/tickets/{PARENT}"
OTHER = make_number(3)


def relatives(page: Element) -> list[tuple[str, bool]]:
    """Return what the tree says of each ticket, and whether it can be followed."""
    nodes = [
        node
        for node in page.one("div", id="family").all("div")
        if node.attributes["class"].startswith("sp-relative")
    ]
    return [(node.text, bool(node.all("a"))) for node in nodes]


async def test_the_family_is_a_tree_with_states_and_links_to_what_may_be_followed(
    reader: Reader, project: Project
) -> None:
    grandchild = make_child(4, parent_id=derived_id("ticket", 2), parent=CHILD, queue="ict")
    await project([make_parent(), make_child(children=(make_number(4),)), grandchild])

    anna, bruno, dario = [
        see((await reader(who).get(PAGE)).text)
        for who in ("anna.ferri", "bruno.galli", "dario.riva")
    ]

    here = (f"{PARENT} in attesa di altri uffici Segreterie studenti (questo)", False)
    child = f"{CHILD} nuovo Ufficio tasse e borse"
    assert relatives(anna) == [here, (child, True), (make_number(4), False)]
    assert relatives(bruno) == [here, (CHILD, False)]
    assert relatives(dario) == [here, (child, True), (make_number(4), False)]


async def test_a_ticket_without_relatives_shows_no_family(reader: Reader, project: Project) -> None:
    await project([make_open()])

    page = see((await reader("anna.ferri").get(PAGE)).text)

    assert page.one("div", id="family").text == ""


@pytest.mark.parametrize(
    ("news", "state", "title", "shown"),
    [
        ("returned", "returned", "Restituita dall'altro ufficio", "restituito"),
        (
            "question",
            "waiting_requester",
            "Domanda dell'altro ufficio",
            "in attesa del richiedente",
        ),
        ("outcome", "closed_successful", "Esito dell'altro ufficio", "chiuso con successo"),
    ],
)
async def test_news_of_a_child_are_told_in_words_with_the_way_to_it(
    reader: Reader, project: Project, news: Any, state: Any, title: str, shown: str
) -> None:
    await project([make_parent(), make_child(), make_report(news, state, "Così è")])

    page = see((await reader("anna.ferri").get(PAGE)).text)

    opened, told = page.one("section", id="articles").all("article")
    assert opened.one("h3").text == "Richiesta a un altro ufficio"
    assert told.one("h3").text == title
    assert told.one("p", class_="sp-article-of").text == f"Ticket figlio {CHILD} · {shown}"
    assert told.one("a").attributes["href"] == f"/manage/tickets/{CHILD}"
    assert "Così è" in told.text


async def test_a_recipe_is_a_list_of_steps_with_states_in_words(
    reader: Reader, project: Project
) -> None:
    run = make_run(
        "running",
        Step(name="carriera", state="successful", child=OTHER),
        Step(name="tasse", state="open", child=CHILD),
    )
    await project([make_parent(run=run), make_child()])

    page = see((await reader("anna.ferri").get(PAGE)).text)

    steps = [step.text for step in page.one("ol", class_="sp-run").all("li")]
    assert steps == [
        f"Controllo carriera concluso con successo Ufficio carriere {OTHER}",
        f"Controllo tasse in corso Ufficio tasse e borse {CHILD}",
    ]
    assert [link.text for link in page.one("ol", class_="sp-run").all("a")] == [CHILD]


@pytest.mark.parametrize(
    ("identity", "state", "asks"),
    [("anna.ferri", "asking", 1), ("bruno.galli", "asking", 0), ("anna.ferri", "stopped", 0)],
)
async def test_the_owner_decides_about_a_step_that_asks(
    reader: Reader,
    project: Project,
    tickets: FakeTickets,
    identity: str,
    state: RunState,
    asks: int,
) -> None:
    run = make_run(
        state, Step(name="carriera", state="unsuccessful", child=CHILD), Step(name="tasse")
    )
    await project([make_parent(run=run), make_child()])

    page = see((await reader(identity).get(PAGE)).text)

    forms = page.one("main").all("form", action=f"{PAGE}/decide")
    assert [[button.attributes["value"] for button in form.all("button")] for form in forms] == [
        ["continue", "stop"]
    ] * asks
    assert tickets.asked == []


async def test_a_decision_asks_tickets(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_parent()])
    tickets.answers = lambda _: make_parent(version=4)

    answer = await reader("anna.ferri").post(
        f"{PAGE}/decide", data={"command_id": "a", "step": "carriera", "decision": "stop"}
    )

    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}?done=decide")
    assert tickets.commands == [
        DecideStep(
            caller=make_person("anna.ferri"), number=PARENT, step="carriera", decision="stop"
        )
    ]


async def test_links_and_watchers_are_among_the_facts(reader: Reader, project: Project) -> None:
    links = (Link(to=OTHER, kind="duplicate"), Link(to=make_number(5), kind="related"))
    watched = {"watch": "right:ro", "unwatch": "right:ro"}
    await project(
        [
            make_created(3),
            make_created(5, queue="ict"),
            make_open(links=links, watchers=("ivo.santi", "anna.ferri"), actions=watched),
        ]
    )

    anna, bruno = [see((await reader(who).get(PAGE)).text) for who in ("anna.ferri", "bruno.galli")]

    shown = {
        term.text: meaning.text
        for term, meaning in zip(
            anna.one("main").all("dt"), anna.one("main").all("dd"), strict=True
        )
    }
    assert shown["Ticket collegati"] == f"{OTHER} duplicato"
    assert shown["Seguito da"] == "Ivo Santi, Anna Ferri"
    assert (offered(anna), offered(bruno)) == (["unwatch"], ["watch"])


async def test_a_link_is_taken_away_beside_it_only_where_both_tickets_may_be_worked(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    unseen, unworked = make_number(5), make_number(4)
    links = tuple(Link(to=number, kind="related") for number in (OTHER, unworked, unseen))
    both_ways = {"links": "right:rw", "unlink": "right:rw"}
    await project(
        [
            make_created(3),
            make_created(4, queue="studenti/tasse"),
            make_created(5, queue="ict"),
            make_open(queue="studenti", links=links, actions=both_ways),
        ]
    )
    tickets.answers = lambda _: make_open(3)
    luisa, anna = [(await reader(who).get(PAGE)).text for who in ("luisa.villa", "anna.ferri")]

    def offered_for(page: str) -> list[str]:
        return [
            form.one("input", name="to").attributes["value"]
            for form in see(page).all("form")
            if form.attributes.get("action") == f"{PAGE}/unlink"
        ]

    answer = await reader("anna.ferri").post(
        f"{PAGE}/unlink", data={"command_id": "a", "to": OTHER}
    )

    assert (offered_for(luisa), offered_for(anna)) == ([OTHER, unworked, unseen], [OTHER])
    assert unseen not in see(anna).one("section", id="facts").text
    assert answer.headers["location"] == f"{PAGE}?done=unlink"
    assert tickets.commands == [Unlink(caller=make_person("anna.ferri"), number=PARENT, to=OTHER)]


@pytest.mark.parametrize(
    ("into", "told"),
    [
        (OTHER, f"Prosegue come {OTHER} ."),
        (make_number(5), "Prosegue in un ticket che non puoi vedere."),
    ],
)
async def test_a_merged_ticket_says_where_it_goes_on(
    reader: Reader, project: Project, into: str, told: str
) -> None:
    merged = make_open(
        3, state="merged", merged_into=into, merged_into_id=derived_id("ticket", 3), actions={}
    ).ticket
    event = TicketMerged(ticket=merged, actor=ANNA, into=into, into_id=derived_id("ticket", 3))
    await project([make_created(3), make_created(5, queue="ict"), make_open(), event])

    page = see((await reader("anna.ferri").get(PAGE)).text)

    assert page.one("div", id="merged").text == f"Questo ticket è stato unito a un altro {told}"


async def test_what_was_written_in_a_merged_ticket_is_read_where_it_goes_on(
    reader: Reader, project: Project
) -> None:
    merged = make_state(
        3,
        version=2,
        state="merged",
        merged_into=PARENT,
        merged_into_id=derived_id("ticket", 1),
        actions={},
    )
    absorbed = TicketAbsorbed(
        ticket=make_open(3).ticket, actor=ANNA, absorbed=OTHER, absorbed_id=derived_id("ticket", 3)
    )
    into = TicketMerged(ticket=merged, actor=ANNA, into=PARENT, into_id=derived_id("ticket", 1))
    await project([make_created(1), make_created(3), make_open(), absorbed, into])

    page = see((await reader("anna.ferri").get(PAGE)).text)

    first, second = page.one("section", id="articles").all("article")
    assert first.all("p", class_="sp-article-of") == []
    assert second.one("p", class_="sp-article-of").text == f"Dal ticket unito {OTHER}"
    assert (
        second.one("p", class_="sp-article-of").one("a").attributes["href"]
        == f"/manage/tickets/{OTHER}"
    )


async def test_a_forward_says_to_whom_it_went(reader: Reader, project: Project) -> None:
    forward = make_article("forward")
    forwarded = TicketForwarded(
        ticket=make_open().ticket, actor=ANNA, articles=(forward,), to="ente@example.org"
    )
    sent = make_delivery(1, article_id=forward.id).model_copy(
        update={"recipient": "ente@example.org", "kind": "forward"}
    )
    await project([forwarded, sent])

    page = see((await reader("anna.ferri").get(PAGE)).text)

    assert (
        page.one("section", id="articles").one("p", class_="sp-article-of").text
        == "A: ente@example.org"
    )


def make_moved(by: Actor, version: int = 3, **changes: Any) -> TicketMoved:
    """A move just now, while a merge or a move can still be undone."""
    undoable = Undoable(
        version=version, kind="move", at=datetime.now(UTC), by=by.identity, other="ict"
    )
    facts = {
        "actions": OPEN_ACTIONS | {"undo": "doer|right:owner"},
        "undoable": undoable,
        "owner": None,
    } | changes
    return TicketMoved(
        ticket=make_open(version, queue="studenti", **facts).ticket,
        actor=by,
        changes={"queue": ("ict", "studenti")},
    )


@pytest.mark.parametrize(
    ("identity", "by", "changes", "versions"),
    [
        ("anna.ferri", ANNA, {}, ["3"]),
        ("ivo.santi", Actor(identity="ivo.santi", name="Ivo Santi"), {}, ["3"]),
        ("ivo.santi", ANNA, {}, []),
        ("anna.ferri", DARIO, {}, ["3"]),
        ("anna.ferri", ANNA, {"state": "closed_successful", "actions": {"note": "right:note"}}, []),
        (
            "anna.ferri",
            ANNA,
            {
                "undoable": Undoable(
                    version=3, kind="move", at=MORNING, by="anna.ferri", other="ict"
                )
            },
            [],
        ),
        (
            "anna.ferri",
            ANNA,
            {
                "undoable": Undoable(
                    version=3, kind="move", at=datetime.now(UTC), by="anna.ferri", other=None
                )
            },
            [],
        ),
    ],
)
async def test_the_last_move_can_be_undone_by_its_doer_or_with_the_right_within_the_desks_hours(
    reader: Reader,
    project: Project,
    identity: str,
    by: Actor,
    changes: dict[str, Any],
    versions: list[str],
) -> None:
    await project([make_open(), make_moved(by, **changes)])

    page = see((await reader(identity).get(PAGE)).text)

    forms = page.one("details", id="history").all("form")
    assert [form.one("input", name="version").attributes["value"] for form in forms] == versions


async def test_only_the_last_of_several_moves_can_be_taken_back(
    reader: Reader, project: Project, tickets: FakeTickets
) -> None:
    await project([make_open(), make_moved(ANNA), make_moved(ANNA, 4)])
    tickets.answers = lambda _: make_open(5)
    anna = reader("anna.ferri")

    shown = (await anna.get(f"/api/tickets/{PARENT}")).json()
    form = form_for(see((await anna.get(PAGE)).text), "undo")
    answer = await anna.post(form.attributes["action"], data={"command_id": "a", "version": "4"})

    assert (shown["undoable_version"], "undo" in shown["actions"]) == (4, True)
    assert form.one("input", name="version").attributes["value"] == "4"
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}?done=undo")
    assert tickets.commands == [Undo(caller=make_person("anna.ferri"), number=PARENT, version=4)]


async def test_the_history_says_who_was_told_of_each_change_and_how(
    reader: Reader, project: Project
) -> None:
    ticket = make_open().ticket
    notices = [
        NoticeFacts(
            notice_id=derived_id("notice", operator),
            version=1,
            ticket_id=ticket.id,
            ticket_version=2,
            number=ticket.number,
            operator=operator,
            kind="taken",
            actor=ANNA,
            state=state,
            at=MORNING,
        )
        for operator, state in (("bruno.galli", "told"), ("luisa.villa", "queued"))
    ]
    await project([make_created(1), make_open(), NoticesRaised(notices=tuple(notices))])

    page = see((await reader("anna.ferri").get(PAGE)).text)

    created, taken = page.one("ol", class_="sp-history-list").children
    assert created.all("details") == []
    assert taken.one("summary").text == "2 operatori avvisati"
    told = sorted(item.text for item in taken.one("details").all("li"))
    assert told == ["Bruno Galli: con la campanella", "Luisa Villa: e-mail in attesa di invio"]


async def test_changes_of_relatives_are_told_in_words(reader: Reader, project: Project) -> None:
    changed = make_parent().model_copy(
        update={
            "changes": {
                "children": ([], [CHILD]),
                "watchers": (["ivo.santi"], []),
                "links": ([], [{"to": CHILD, "kind": "related"}]),
                "postponed_until": (None, "2026-10-01T07:00:00Z"),
            }
        }
    )
    await project([changed, make_child()])

    page = see((await reader("dario.riva").get(PAGE)).text)

    assert [item.text for item in page.one("ol", class_="sp-history-list").one("ul").all("li")] == [
        f"Ticket figli: — → diventa {CHILD}",
        "Seguito da: Ivo Santi → diventa —",
        f"Ticket collegati: — → diventa {CHILD} (stessa questione)",
        "Posticipato al: — → diventa 1 ott 2026, 09:00 ora di Roma",
    ]


async def test_a_requester_sees_of_a_family_the_own_ticket_only(
    reader: Reader, project: Project
) -> None:
    await project(
        [
            make_created(1),
            make_parent(),
            make_child(),
            make_report("outcome", "closed_successful", "Nota interna"),
        ]
    )
    giulia = reader("giulia.neri")

    mine, child, requests = (
        await giulia.get(f"/my/{PARENT}"),
        await giulia.get(f"/my/{CHILD}"),
        await giulia.get("/my"),
    )

    assert (mine.status_code, child.status_code) == (200, 404)
    assert CHILD not in mine.text
    assert CHILD not in requests.text
    assert "Nota interna" not in mine.text


async def test_a_merged_request_leads_to_the_own_one_that_goes_on(
    reader: Reader, project: Project
) -> None:
    facts: dict[str, Any] = {
        "state": "merged",
        "merged_into": OTHER,
        "merged_into_id": derived_id("ticket", 3),
        "actions": {},
    }
    event = TicketMerged(
        ticket=make_state(1, version=2, **facts),
        actor=ANNA,
        into=OTHER,
        into_id=derived_id("ticket", 3),
    )
    await project([make_created(1), make_created(3), event])

    own = see((await reader("giulia.neri").get(f"/my/{PARENT}")).text)
    await project([make_created(3, version=2, requester=make_person("hugo.marchi"))])
    others = see((await reader("giulia.neri").get(f"/my/{PARENT}")).text)

    assert own.one("section", id="where").one("a").attributes["href"] == f"/my/{OTHER}"
    assert others.one("section", id="where").all("a") == []
