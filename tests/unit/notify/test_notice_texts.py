"""The words of mails to operators: the same in both languages."""

from dataclasses import replace
from datetime import date
from typing import Any, get_args
from uuid import uuid4

import pytest

from services.notify.domain.notices import Notice
from services.notify.texts.notices import MAX_TICKETS, digest_text, notice_in_words, notice_text
from shared.events.notify import NoticeKind
from shared.events.people import SYSTEM, Actor
from tests.fakes.mail_events import NOON, NUMBER, TICKET_ID, make_desk

URL = "https://help.example.edu"
LINK = f"{URL}/manage/tickets/{NUMBER}"


def make_notice(**changes: Any) -> Notice:
    notice = Notice(
        id=uuid4(),
        ticket_id=TICKET_ID,
        ticket_version=5,
        number=NUMBER,
        subject="Rimborso della seconda rata",
        queue="studenti/tasse",
        operator="anna.ferri",
        kind="note",
        why="owner",
        actor=Actor(identity="bruno.galli", name="Bruno Galli"),
        rhythm="each",
        delivery_id=None,
        raised_at=NOON,
    )
    return replace(notice, **changes)


def test_a_notice_says_in_both_languages_what_happened_where_and_by_whom() -> None:
    text = notice_text(make_desk(), make_notice(), public_url=URL)

    assert text.subject == f"[Ticket#{NUMBER}] Nota interna / Internal note: Rimborso della seconda rata"
    assert text.body == (
        "Nota interna: «Rimborso della seconda rata»\n"
        f"Ticket {NUMBER}, coda «Ufficio tasse». Da: Bruno Galli\n"
        "\n"
        'Internal note: "Rimborso della seconda rata"\n'
        f'Ticket {NUMBER}, queue "Fees office". By: Bruno Galli\n'
        "\n"
        f"{LINK}\n"
        "\n"
        "-- \n"
        "Università di Esempio / University of Esempio\n"
        "Ogni operatore sceglie nel portale come essere avvisato. Every operator chooses in the portal how to be told.\n"
    )


def test_what_nobody_did_in_no_queue_is_told_without_them() -> None:
    body = notice_text(make_desk(), make_notice(actor=SYSTEM, queue=None), public_url=URL).body

    assert f"\nTicket {NUMBER}\n\n" in body


@pytest.mark.parametrize("language", ["it", "en"])
def test_every_kind_of_notice_has_its_words(language: str) -> None:
    words = [notice_in_words(kind, language) for kind in get_args(NoticeKind)]

    assert all(words)
    assert len(set(words)) == len(words)


def test_a_subject_that_somebody_typed_stays_one_line_of_text() -> None:
    text = notice_text(make_desk(), make_notice(subject="a\r\nBcc: b{{ 7 * 7 }}\x00"), public_url=URL)

    assert text.subject == f"[Ticket#{NUMBER}] Nota interna / Internal note: a Bcc: b{{{{ 7 * 7 }}}}"


def test_a_digest_names_each_ticket_once_with_all_that_happened_to_it() -> None:
    notices = [
        make_notice(kind="created", ticket_version=2),
        make_notice(kind="note", ticket_version=5),
        make_notice(kind="note", ticket_version=6, subject="Rimborso"),
        make_notice(kind="closed", number="2026092810000025", ticket_id=uuid4(), subject="Certificato"),
    ]

    text = digest_text(make_desk(), notices, day=date(2026, 9, 28), public_url=URL)

    assert text.subject == "Riepilogo del 28/09/2026 / Digest of 28/09/2026: Università di Esempio"
    assert text.body == (
        "Novità: 4. Ticket: 2.\n"
        "News: 4. Tickets: 2.\n"
        "\n"
        f"{NUMBER}: Rimborso\n"
        "Nuovo ticket, Nota interna\n"
        "New ticket, Internal note\n"
        f"{LINK}\n"
        "\n"
        "2026092810000025: Certificato\n"
        "Chiuso\n"
        "Closed\n"
        f"{URL}/manage/tickets/2026092810000025\n"
        "\n"
        "-- \n"
        "Università di Esempio / University of Esempio\n"
        "Ogni operatore sceglie nel portale come essere avvisato. Every operator chooses in the portal how to be told.\n"
    )


def test_a_very_long_digest_says_how_many_tickets_it_leaves_out() -> None:
    notices = [make_notice(number=f"{number:016}", ticket_id=uuid4()) for number in range(MAX_TICKETS + 7)]

    body = digest_text(make_desk(), notices, day=date(2026, 9, 28), public_url=URL).body

    assert f"Novità: {MAX_TICKETS + 7}. Ticket: {MAX_TICKETS + 7}." in body
    assert "\nAltri ticket: 7. Other tickets: 7.\n" in body
    assert f"{MAX_TICKETS - 1:016}: " in body
    assert f"{MAX_TICKETS:016}: " not in body
