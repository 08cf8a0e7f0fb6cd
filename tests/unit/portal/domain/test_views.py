"""How a ticket looks to its requester."""

from typing import Any

from services.portal.domain.viewer import Viewer
from services.portal.domain.views import ArticleView, request_with_articles, ticket_view
from shared.events.people import Actor
from tests.fakes.portal_desk import make_example_desk, make_person
from tests.fakes.portal_events import ANNA, make_article, make_state

DESK = make_example_desk()
GIULIA = Viewer(DESK, make_person("giulia.neri"))
HERSELF = Actor(identity="giulia.neri", name="Giulia Neri")


def make_view(kind: str, author: Actor = ANNA) -> ArticleView:
    return ArticleView(**make_article(kind, author=author).model_dump(), delivery=None)


def test_an_operator_appears_as_the_first_level_office() -> None:
    ticket = make_state(1, queue="studenti/tasse", state="open")

    request = request_with_articles(ticket, [make_view("answer")], GIULIA, "it")

    assert request.office == "Segreterie studenti"
    assert request.articles[0].author == Actor(identity=None, name="Segreterie studenti")


def test_the_requesters_own_words_stay_her_own() -> None:
    request = request_with_articles(make_state(1), [make_view("request", HERSELF), make_view("reply", HERSELF)], GIULIA, "it")

    assert [article.author for article in request.articles] == [HERSELF, HERSELF]


def test_a_request_that_an_operator_wrote_for_her_shows_the_office() -> None:
    request = request_with_articles(make_state(1), [make_view("request", ANNA)], GIULIA, "en")

    assert request.articles[0].author == Actor(identity=None, name="Student offices")


def test_notes_are_not_in_the_request() -> None:
    request = request_with_articles(make_state(1), [make_view("note"), make_view("question")], GIULIA, "it")

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
        identity: ticket_view(ticket, Viewer(DESK, make_person(identity))).actions for identity in ("anna.ferri", "ivo.santi", "dario.riva")
    }

    assert by_identity == {"anna.ferri": ["take", "assign", "note", "responsible"], "ivo.santi": ["note"], "dario.riva": []}
