"""Which event owes whom which mail."""

from typing import Any

import pytest

from services.notify.domain.mails import mail_owed
from shared.contracts.events.tickets import (
    TicketAnswered,
    TicketAssigned,
    TicketClosed,
    TicketCreated,
    TicketEvent,
    TicketExpired,
    TicketForwarded,
    TicketNoted,
    TicketNotified,
    TicketQuestionAsked,
    TicketQueued,
    TicketReleased,
    TicketReminded,
    TicketReopened,
    TicketRequesterReplied,
    TicketTaken,
)
from shared.core.errors import Invalid
from shared.core.ids import derived_id, new_id
from tests.factories.mails import TICKET_ID, created, make_article, make_ticket, owed


def test_a_new_ticket_owes_its_requester_the_receipt() -> None:
    mail = owed(created())

    assert mail.kind == "receipt"
    assert mail.recipient == "giulia.neri@studenti.example.edu"
    assert mail.text == ""
    assert mail.article_id == derived_id("notice", mail.id)


def test_the_first_taking_owes_the_notice_of_taking_charge() -> None:
    mail = owed(TicketTaken(ticket=make_ticket(version=3, state="open"), first_time=True))

    assert (mail.kind, mail.sequence) == ("taking_charge", 3)


def test_the_first_assignment_owes_the_notice_of_taking_charge_too() -> None:
    assert (
        owed(TicketAssigned(ticket=make_ticket(version=3, state="open"), first_time=True)).kind
        == "taking_charge"
    )


@pytest.mark.parametrize("event", [TicketTaken, TicketAssigned])
def test_a_later_taking_owes_nothing(event: type[TicketTaken] | type[TicketAssigned]) -> None:
    assert mail_owed(event(ticket=make_ticket(version=9, state="open"), first_time=False)) is None


@pytest.mark.parametrize(
    ("event", "article_kind", "mail_kind"),
    [
        (TicketQuestionAsked, "question", "question"),
        (TicketAnswered, "answer", "answer"),
        (TicketClosed, "answer", "final_answer"),
    ],
)
def test_what_the_operator_writes_is_carried_by_a_mail_that_is_this_article(
    event: type[TicketEvent], article_kind: str, mail_kind: str
) -> None:
    note, article = make_article("note", "solo per noi"), make_article(article_kind, "Quale anno?")

    mail = owed(event(ticket=make_ticket(version=4, state="open"), articles=(note, article)))

    assert (mail.kind, mail.text, mail.article_id) == (mail_kind, "Quale anno?", article.id)


@pytest.mark.parametrize(
    ("event", "kind"), [(TicketReminded, "reminder"), (TicketExpired, "expired")]
)
def test_what_the_clock_does_to_an_unanswered_question_owes_a_notice(
    event: type[TicketEvent], kind: str
) -> None:
    mail = owed(event(ticket=make_ticket(version=6, state="waiting_requester")))

    assert (mail.kind, mail.recipient, mail.sequence, mail.text) == (
        kind,
        "giulia.neri@studenti.example.edu",
        6,
        "",
    )
    assert mail.article_id == derived_id("notice", mail.id)


@pytest.mark.parametrize("parent_id", [None, new_id()])
def test_a_forward_goes_to_its_outside_address_also_from_a_child(parent_id: Any) -> None:
    article = make_article("forward", "Potete controllare?")
    ticket = make_ticket(version=6, state="open", parent_id=parent_id)

    mail = owed(TicketForwarded(ticket=ticket, to=" banca@example.org ", articles=(article,)))

    assert (mail.kind, mail.recipient, mail.recipient_name) == ("forward", "banca@example.org", "")
    assert (mail.text, mail.author, mail.article_id) == (
        "Potete controllare?",
        "Anna Ferri",
        article.id,
    )


@pytest.mark.parametrize("event", [TicketQuestionAsked, TicketAnswered, TicketClosed])
def test_an_event_that_lacks_the_article_it_announces_is_invalid(event: type[TicketEvent]) -> None:
    with pytest.raises(Invalid, match="carries no article"):
        mail_owed(
            event(ticket=make_ticket(version=4), articles=(make_article("note", "solo per noi"),))
        )


@pytest.mark.parametrize(
    "event",
    [
        TicketQueued,
        TicketReleased,
        TicketRequesterReplied,
        TicketNoted,
        TicketNotified,
        TicketReopened,
    ],
)
def test_other_events_owe_the_requester_nothing(event: type[TicketEvent]) -> None:
    articles = tuple(make_article(kind, "testo") for kind in ("note", "notice", "system", "reply"))

    assert mail_owed(event(ticket=make_ticket(version=5), articles=articles)) is None


def test_a_child_owes_the_requester_nothing_whatever_happens_to_it() -> None:
    child: dict[str, Any] = {
        "ticket": make_ticket(
            parent_id=new_id(), parent="2026092810000025", version=2, state="open"
        )
    }
    article = make_article("answer", "Esito")

    events = (
        TicketCreated(**child, request_id=None),
        TicketTaken(**child, first_time=True),
        TicketQuestionAsked(**child, articles=(make_article("question", "?"),)),
        TicketAnswered(**child, articles=(article,)),
        TicketReminded(**child),
        TicketExpired(**child),
        TicketClosed(**child, articles=(article,)),
    )

    assert [mail_owed(event) for event in events] == [None] * 7


def test_the_same_event_gives_the_same_delivery_and_another_version_another() -> None:
    once, again, later = owed(created()), owed(created()), owed(created(make_ticket(version=2)))

    assert (
        once.id
        == again.id
        == derived_id("delivery", TICKET_ID, 1, "receipt", "giulia.neri@studenti.example.edu")
    )
    assert later.id != once.id
