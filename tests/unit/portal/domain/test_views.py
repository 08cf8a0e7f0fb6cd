"""How a ticket looks to its requester and to operators."""

from typing import Any

import pytest

from services.portal.domain.for_operators import ticket_view, ticket_with_articles
from services.portal.domain.for_requesters import request_with_articles
from services.portal.domain.viewer import Viewer
from services.portal.domain.views import ArticleView
from shared.contracts.people import Actor, Requester
from tests.factories.portal_desk import make_example_desk, make_person
from tests.factories.portal_events import ANNA, make_article, make_state

DESK = make_example_desk()
GIULIA = Viewer(DESK, make_person("giulia.neri"))
LUISA = Viewer(DESK, make_person("luisa.villa"))
HERSELF = Actor(identity="giulia.neri", name="Giulia Neri")


def make_view(kind: str, author: Actor = ANNA) -> ArticleView:
    return ArticleView(**make_article(kind, author=author).model_dump(), delivery=None)


def test_an_operator_appears_as_the_first_level_office() -> None:
    ticket = make_state(1, queue="studenti/tasse", state="open")

    request = request_with_articles(ticket, [make_view("answer")], GIULIA, "it")

    assert request.office == "Segreterie studenti"
    assert request.articles[0].author == Actor(identity=None, name="Segreterie studenti")


def test_the_requesters_own_words_stay_her_own() -> None:
    request = request_with_articles(
        make_state(1), [make_view("request", HERSELF), make_view("reply", HERSELF)], GIULIA, "it"
    )

    assert [article.author for article in request.articles] == [HERSELF, HERSELF]


def test_what_she_writes_signed_in_is_her_own_also_when_she_asked_without_signing_in() -> None:
    asked_as_guest = make_state(
        1,
        requester=Requester(
            name="Giulia Neri", email="Giulia.Neri@studenti.example.edu", affiliation="guest"
        ),
    )
    guest = Actor(identity=None, name="Giulia Neri")

    request = request_with_articles(
        asked_as_guest, [make_view("request", guest), make_view("reply", HERSELF)], GIULIA, "it"
    )

    assert [article.author for article in request.articles] == [guest, HERSELF]


@pytest.mark.parametrize(
    ("queue", "language", "name"),
    [
        ("studenti/tasse", "it", "Segreterie studenti"),
        ("studenti", "en", "Student offices"),
        (None, "it", "Università di Esempio"),
    ],
)
def test_a_notice_comes_from_the_office_and_before_there_is_one_from_the_desk(
    queue: str | None, language: str, name: str
) -> None:
    ticket, notice = make_state(1, queue=queue), make_view("notice", Actor())

    request = request_with_articles(ticket, [notice], GIULIA, language)
    for_operators = ticket_with_articles(ticket, [notice], LUISA, language)

    assert (request.articles[0].author, for_operators.articles[0].author) == (
        Actor(name=name),
        Actor(name=name),
    )


def test_operators_see_who_wrote_what() -> None:
    ticket = ticket_with_articles(
        make_state(1), [make_view("answer"), make_view("request", HERSELF)], LUISA, "it"
    )

    assert [article.author for article in ticket.articles] == [ANNA, HERSELF]


def test_a_request_that_an_operator_wrote_for_her_shows_the_office() -> None:
    request = request_with_articles(make_state(1), [make_view("request", ANNA)], GIULIA, "en")

    assert request.articles[0].author == Actor(identity=None, name="Student offices")


def test_notes_are_not_in_the_request() -> None:
    request = request_with_articles(
        make_state(1), [make_view("note"), make_view("question")], GIULIA, "it"
    )

    assert [article.kind for article in request.articles] == ["question"]


def test_a_requester_gets_only_what_is_promised() -> None:
    request: dict[str, Any] = request_with_articles(make_state(1), [], GIULIA, "it").model_dump()

    assert set(request) == {
        "number",
        "subject",
        "state",
        "office",
        "request_type",
        "language",
        "created_at",
        "updated_at",
        "closed_at",
        "version",
        "articles",
    }


def test_pages_know_whether_she_may_reply_or_withdraw() -> None:
    fresh = request_with_articles(make_state(1), [], GIULIA, "it")
    ended = request_with_articles(make_state(1, state="withdrawn", actions={}), [], GIULIA, "it")

    assert (fresh.may_reply, fresh.may_withdraw) == (True, True)
    assert (ended.may_reply, ended.may_withdraw) == (False, False)


def test_before_it_is_routed_a_request_has_no_office() -> None:
    assert request_with_articles(make_state(1, queue=None), [], GIULIA, "it").office is None


def test_actions_are_those_of_the_caller() -> None:
    ticket = make_state(1)

    by_identity = {
        identity: ticket_view(ticket, Viewer(DESK, make_person(identity))).actions
        for identity in ("anna.ferri", "ivo.santi", "dario.riva")
    }

    assert by_identity == {
        "anna.ferri": ["assign", "note", "responsible", "take"],
        "ivo.santi": ["note"],
        "dario.riva": [],
    }
