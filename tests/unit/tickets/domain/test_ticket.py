"""What each verb does to a ticket: one version, one event, and facts that do not erase each
other.
"""

from uuid import uuid4

import pytest

from services.tickets.domain import correspondence, placement
from services.tickets.domain.hops import Hop
from services.tickets.domain.merging import linked
from shared.contracts.desk import Right
from shared.contracts.events.ticket_state import Link, Routing
from shared.contracts.events.tickets import (
    TicketAnswered,
    TicketAssigned,
    TicketClosed,
    TicketCreated,
    TicketLinked,
    TicketNoted,
    TicketNotified,
    TicketQueued,
    TicketReleased,
    TicketReopened,
    TicketRequesterReplied,
    TicketResponsibleChanged,
    TicketRoutingRequested,
    TicketTaken,
    TicketWithdrawn,
)
from shared.contracts.people import SYSTEM
from tests.factories.tickets import (
    ANNA,
    BRUNO,
    DESK,
    REQUESTER,
    T0,
    make_queued_ticket,
    make_ticket,
    minutes,
)
from tests.factories.tickets_desk import make_desk


def test_a_new_ticket_is_nobodys_and_waits_for_its_queue() -> None:
    ticket = make_ticket()

    change = ticket.created(body="Aiuto", written_at=T0)

    event = change.event
    assert isinstance(event, TicketCreated)
    assert (event.ticket.state, event.ticket.queue, event.ticket.owner, event.ticket.version) == (
        "new",
        None,
        None,
        1,
    )
    assert ticket.hop is not None
    assert event.ticket.hop_id == ticket.hop.id
    assert event.request_id == ticket.request_id
    assert event.changes == {"state": (None, "new")}
    assert event.actor == REQUESTER
    (article,) = event.articles
    assert (
        article.kind,
        article.subject,
        article.body,
        article.author,
        article.visible_to_requester,
    ) == (
        "request",
        "Seconda rata",
        "Aiuto",
        REQUESTER,
        True,
    )
    assert change.hops == ()
    assert ticket.routing_asked_at == T0


def test_reaching_a_queue_begins_the_stay() -> None:
    ticket = make_ticket()
    hop = ticket.hop
    assert hop is not None

    change = placement.routed(
        ticket,
        queue="studenti",
        routing=Routing(rule="tasse", reason="request type tasse"),
        desk=DESK,
        at=minutes(1),
    )

    assert isinstance(change.event, TicketQueued)
    assert change.event.ticket.version == 2
    assert change.event.ticket.queue == "studenti"
    assert change.event.ticket.routing == Routing(rule="tasse", reason="request type tasse")
    assert change.event.actor == SYSTEM
    assert change.event.changes == {"queue": (None, "studenti")}
    assert change.hops == (
        Hop(hop.id, queue="studenti", started=minutes(1), reason="request type tasse"),
    )
    assert ticket.routing_asked_at is None


def test_taking_makes_owner_and_responsible_and_tells_the_requester_once() -> None:
    ticket = make_queued_ticket()

    first = ticket.taken(actor=ANNA, desk=DESK, at=minutes(2))
    ticket.released(actor=ANNA, desk=DESK, at=minutes(3))
    second = ticket.taken(actor=BRUNO, desk=DESK, at=minutes(4))

    assert isinstance(first.event, TicketTaken)
    assert isinstance(second.event, TicketTaken)
    assert (first.event.first_time, second.event.first_time) == (True, False)
    assert first.event.changes == {
        "state": ("new", "open"),
        "owner": (None, "anna.ferri"),
        "responsible": (None, "anna.ferri"),
    }
    assert second.event.changes == {"owner": (None, "bruno.galli")}
    assert (ticket.owner, ticket.responsible, ticket.last_owner) == (
        "bruno.galli",
        "anna.ferri",
        "anna.ferri",
    )


def test_the_stay_keeps_when_it_was_first_taken() -> None:
    ticket = make_queued_ticket()

    ticket.taken(actor=ANNA, desk=DESK, at=minutes(2))
    ticket.released(actor=ANNA, desk=DESK, at=minutes(3))
    change = ticket.taken(actor=BRUNO, desk=DESK, at=minutes(4))

    (hop,) = change.hops
    assert (hop.started, hop.taken, hop.ended) == (minutes(1), minutes(2), None)


def test_assigning_to_another_keeps_who_had_it() -> None:
    ticket = make_queued_ticket(owner=ANNA)

    change = ticket.assigned(
        operator="bruno.galli", actor=ANNA, reason="ferie", desk=DESK, at=minutes(3)
    )

    assert isinstance(change.event, TicketAssigned)
    assert change.event.first_time is False
    assert change.event.reason == "ferie"
    assert change.event.changes == {
        "owner": ("anna.ferri", "bruno.galli"),
        "last_owner": (None, "anna.ferri"),
    }


def test_releasing_keeps_the_last_owner_and_the_responsible() -> None:
    ticket = make_queued_ticket(owner=ANNA)

    change = ticket.released(actor=ANNA, desk=DESK, at=minutes(3))

    assert isinstance(change.event, TicketReleased)
    assert (ticket.owner, ticket.last_owner, ticket.responsible, ticket.state) == (
        None,
        "anna.ferri",
        "anna.ferri",
        "open",
    )


def test_the_responsible_changes_alone() -> None:
    ticket = make_queued_ticket(owner=ANNA)

    change = ticket.responsible_changed(
        operator="bruno.galli", actor=ANNA, reason=None, desk=DESK, at=minutes(3)
    )

    assert isinstance(change.event, TicketResponsibleChanged)
    assert change.event.changes == {"responsible": ("anna.ferri", "bruno.galli")}
    assert ticket.owner == "anna.ferri"


def test_closing_keeps_owner_and_closer_apart_and_ends_the_stay() -> None:
    ticket = make_queued_ticket(owner=ANNA)

    change = ticket.closed(answer="Pagata.", actor=BRUNO, desk=DESK, at=minutes(5))

    assert isinstance(change.event, TicketClosed)
    state = change.event.ticket
    assert (state.owner, state.closed_by, state.closed_at, state.hop_id) == (
        "anna.ferri",
        "bruno.galli",
        minutes(5),
        None,
    )
    assert [(article.kind, article.body) for article in change.event.articles] == [
        ("answer", "Pagata.")
    ]
    (hop,) = change.hops
    assert (hop.queue, hop.ended) == ("studenti", minutes(5))


@pytest.mark.parametrize(
    ("right", "owner", "last_owner"), [("rw", "anna.ferri", None), ("ro", None, "anna.ferri")]
)
def test_reopening_keeps_the_owner_who_can_still_work(
    right: Right, owner: str | None, last_owner: str | None
) -> None:
    ticket = make_queued_ticket(owner=ANNA)
    first_hop = ticket.hop
    ticket.closed(answer="Pagata.", actor=ANNA, desk=DESK, at=minutes(5))

    desk = make_desk(rights={"anna.ferri": {"urp": (right,)}})

    change = ticket.reopened(reason="non risulta", actor=BRUNO, desk=desk, at=minutes(6))

    assert isinstance(change.event, TicketReopened)
    assert (ticket.state, ticket.owner, ticket.last_owner, ticket.closed_by, ticket.closed_at) == (
        "open",
        owner,
        last_owner,
        "anna.ferri",
        None,
    )
    (hop,) = change.hops
    assert first_hop is not None
    assert hop.id != first_hop.id
    assert (hop.queue, hop.started, hop.taken) == (
        "studenti",
        minutes(6),
        minutes(6) if owner else None,
    )


def test_reopening_a_ticket_that_never_had_a_queue_asks_for_one() -> None:
    ticket = make_ticket()
    ticket.taken(actor=ANNA, desk=DESK, at=minutes(1))
    ticket.closed(answer="Fatto", actor=ANNA, desk=DESK, at=minutes(1))
    assert ticket.routing_asked_at is None

    change = ticket.reopened(reason="ancora utile", actor=ANNA, desk=DESK, at=minutes(2))

    assert change.hops == ()
    assert ticket.hop is not None
    assert ticket.routing_asked_at == minutes(2)


def test_a_reply_to_an_open_ticket_leaves_its_stay_alone() -> None:
    ticket = make_queued_ticket(owner=ANNA)

    change = correspondence.requester_replied(
        ticket, body="Grazie", actor=REQUESTER, desk=DESK, at=minutes(3)
    )

    assert isinstance(change.event, TicketRequesterReplied)
    assert change.hops == ()
    assert change.event.changes == {}
    assert [(article.kind, article.author) for article in change.event.articles] == [
        ("reply", REQUESTER)
    ]


def test_a_reply_that_reopens_begins_a_new_stay() -> None:
    ticket = make_queued_ticket(owner=ANNA)
    ticket.closed(answer="Pagata.", actor=ANNA, desk=DESK, at=minutes(5))

    change = correspondence.requester_replied(
        ticket, body="Non ancora", actor=REQUESTER, desk=DESK, at=minutes(6)
    )

    assert change.event.changes == {"state": ("closed_successful", "open")}
    assert [hop.started for hop in change.hops] == [minutes(6)]
    assert ticket.owner == "anna.ferri"


def test_withdrawing_before_a_queue_leaves_no_stay_and_nothing_to_ask() -> None:
    ticket = make_ticket()

    change = ticket.withdrawn(actor=REQUESTER, desk=DESK, at=minutes(1))

    assert isinstance(change.event, TicketWithdrawn)
    assert change.hops == ()
    assert (ticket.hop, ticket.routing_asked_at, ticket.closed_at) == (None, None, minutes(1))


def test_a_note_is_never_for_the_requester() -> None:
    change = correspondence.noted(
        make_queued_ticket(owner=ANNA), body="attenzione", actor=BRUNO, desk=DESK, at=minutes(3)
    )

    assert isinstance(change.event, TicketNoted)
    assert [(article.kind, article.visible_to_requester) for article in change.event.articles] == [
        ("note", False)
    ]


def test_a_notice_becomes_the_article_that_the_mail_was() -> None:
    article_id = uuid4()

    change = correspondence.notified(
        make_queued_ticket(),
        article_id=article_id,
        subject="Ricevuta",
        body="Il numero è ...",
        written_at=T0,
        at=minutes(2),
    )

    assert isinstance(change.event, TicketNotified)
    (article,) = change.event.articles
    assert (article.id, article.kind, article.author, article.visible_to_requester) == (
        article_id,
        "notice",
        SYSTEM,
        True,
    )


def test_an_answer_changes_nothing_but_the_version() -> None:
    ticket = make_queued_ticket(owner=ANNA)
    before = ticket.version

    change = correspondence.answered(
        ticket, body="Stiamo guardando", actor=ANNA, desk=DESK, at=minutes(3)
    )

    assert isinstance(change.event, TicketAnswered)
    assert change.event.changes == {}
    assert (change.event.ticket.version, change.event.ticket.updated_at) == (before + 1, minutes(3))


def test_a_link_shows_in_history_as_before_and_after() -> None:
    change = linked(
        make_queued_ticket(),
        to=Link(to="2026092810000025", kind="related"),
        actor=REQUESTER,
        desk=DESK,
        at=minutes(3),
    )

    assert isinstance(change.event, TicketLinked)
    assert change.event.changes == {"links": ([], [{"to": "2026092810000025", "kind": "related"}])}


def test_asking_again_names_the_same_stay() -> None:
    ticket = make_ticket()
    hop = ticket.hop
    assert hop is not None

    change = placement.routing_asked_again(ticket, at=minutes(2))

    assert isinstance(change.event, TicketRoutingRequested)
    assert change.event.ticket.hop_id == hop.id
    assert ticket.routing_asked_at == minutes(2)


def test_each_change_is_told_with_the_state_at_its_own_version() -> None:
    ticket = make_queued_ticket()

    first = ticket.taken(actor=ANNA, desk=DESK, at=minutes(2))
    second = correspondence.question_asked(
        ticket, body="Quale?", actor=ANNA, desk=DESK, at=minutes(3)
    )

    assert (first.event.ticket.version, first.event.ticket.state) == (3, "open")
    assert (second.event.ticket.version, second.event.ticket.state) == (4, "waiting_requester")
