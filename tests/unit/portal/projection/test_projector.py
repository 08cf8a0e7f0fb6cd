"""What an event becomes in the read model."""

from services.portal.projection import projector
from shared.contracts.events.tickets import TicketEvent, TicketNotified, TicketQueued
from shared.contracts.people import SYSTEM, Requester
from tests.factories.portal_desk import make_example_desk
from tests.factories.portal_events import MORNING, make_article, make_created, make_life, make_state


def test_a_ticket_row_has_every_field_of_the_state() -> None:
    state = make_state(
        1,
        parent="2026092810000020",
        children=("2026092810000030",),
        links=({"to": "2026092810000040", "kind": "related"},),
    )

    row = projector.ticket_row(state)

    flat = set(type(state).model_fields) - {"requester"}
    assert flat <= row.keys()
    assert row["number"] == "2026092810000010"
    assert row["links"] == [{"to": "2026092810000040", "kind": "related"}]
    assert row["context"] == {
        "origin": "website",
        "page": "https://www.example.edu/tasse",
        "reference": None,
    }
    assert (row["requester_identity"], row["requester_name"]) == ("giulia.neri", "Giulia Neri")


def test_only_tickets_that_have_not_ended_are_active() -> None:
    active = {
        state: projector.ticket_row(make_state(1, state=state))["is_active"]
        for state in ("new", "returned", "postponed", "merged")
    }

    assert active == {"new": True, "returned": True, "postponed": True, "merged": False}


def test_the_address_is_kept_as_written_and_folded_for_finding() -> None:
    guest = Requester(name="Guest", email="Some.One@Example.EDU")

    row = projector.ticket_row(make_state(1, requester=guest))

    assert row["requester_email"] == "Some.One@Example.EDU"
    assert row["requester_email_key"] == "some.one@example.edu"


def test_the_words_of_a_ticket_are_kept_by_who_may_know_them() -> None:
    fields = {"subject": "Borsa di STUDIO", "corso": "Ingegneria", "consent": True, "anno": 2026}
    created = make_created(1, subject="Borsa di STUDIO", fields=fields)
    note = make_article("note", body="Da verificare")

    articles = [(created.ticket.id, each) for each in (*created.articles, note)]

    (row,) = projector.words_rows(
        {created.ticket.id: created.ticket}, articles, desk=make_example_desk()
    )

    assert row == {
        "ticket_id": created.ticket.id,
        "version": 1,
        "merged_into_id": None,
        "facts": "2026 edu example giulia giulianeri giulianeristudentiexampleedu ingegneria neri "
        "studenti studentiexampleedu "
        "\u00a7studenti",
        "public": "2026092810000010 borsa di request sbagliata studio tassa testo",
        "internal": "da sbagliata tassa verificare",
    }


def test_a_tickets_own_words_come_with_its_first_event_with_articles_and_with_changes() -> None:
    told = [projector.tells_facts(event) for event in make_life() if isinstance(event, TicketEvent)]

    assert told == [True, False, False, False, True, True, True]
    moved = TicketQueued(
        ticket=make_state(1, version=8), changes={"queue": ("ict", "studenti")}, reason=None
    )
    assert projector.tells_facts(moved)


def test_the_texts_of_the_desk_that_were_mailed_are_not_searched() -> None:
    created = make_created(1)
    receipt = make_article("notice", body="La richiesta ci è arrivata")
    notified = TicketNotified(ticket=make_state(1, version=2), actor=SYSTEM, articles=(receipt,))

    assert projector.words_rows({}, [(created.ticket.id, receipt)], desk=None) == []
    assert not projector.tells_facts(notified)


def test_a_history_row_is_the_change_at_its_own_moment() -> None:
    taken = make_life()[2]

    row = projector.history_row(taken)  # type: ignore[arg-type]

    assert row["version"] == 3
    assert row["event"] == "tickets.ticket.taken.v1"
    assert row["actor_identity"] == "anna.ferri"
    assert row["changes"] == {"owner": (None, "anna.ferri"), "state": ("new", "open")}
    assert row["at"].isoformat() == "2026-09-28T08:01:20+00:00"


def test_an_article_belongs_to_its_ticket() -> None:
    created = make_created(4)

    row = projector.article_row(created.ticket.id, created.articles[0])

    assert row["ticket_id"] == created.ticket.id
    assert row["kind"] == "request"
    assert row["created_at"] > MORNING


def test_a_ticket_that_is_moved_leaves_its_queue() -> None:
    queued = make_life()[1]
    moved = queued.model_copy(update={"changes": {"queue": ("ict", "studenti")}})

    assert projector.queue_left(moved) == "ict"  # type: ignore[arg-type]
    assert projector.queue_left(queued) is None  # type: ignore[arg-type]
