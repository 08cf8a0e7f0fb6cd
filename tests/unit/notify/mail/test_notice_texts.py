"""The words of mails to operators: the same in both languages."""

from dataclasses import replace
from datetime import date
from typing import Any, get_args
from uuid import uuid4

import pytest

from services.notify.domain.notices import Notice
from services.notify.mail.templates.notices import (
    MAX_TICKETS,
    digest_text,
    happening_in_words,
    notice_in_words,
    notice_text,
)
from services.notify.mail.templates.values import Pages
from shared.contracts.events.notify import NoticeKind
from shared.contracts.people import SYSTEM, Actor
from shared.contracts.reasons import (
    OWNER_AND_RESPONSIBLE,
    OWNER_IS_NO_OPERATOR,
    OWNER_MAY_NOT_WORK,
    RELEASE_REASONS,
    RESPONSIBLE_MAY_NOT_SEE,
)
from shared.policy.happenings import KEYS, Happening
from tests.factories.mails import NOON, NUMBER, TICKET_ID, make_desk

URL = "https://help.example.edu"
PAGES = Pages(public_url=URL, secret="a secret of the tests")
SUBJECT = f"[Ticket#{NUMBER}] Rimborso della seconda rata"
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
    given = Happening(
        "given_to_you", "Bruno Galli", "anna.ferri", "studenti/tasse", "Conosci il caso"
    )

    text = notice_text(
        make_desk(), make_notice(kind="owner_changed"), given, subject=SUBJECT, pages=PAGES
    )

    assert text.subject == SUBJECT
    assert text.body == (
        "Bruno Galli ti ha assegnato questo ticket: «Conosci il caso»\n"
        f"Ticket {NUMBER}: Rimborso della seconda rata\n"
        "Coda: Ufficio tasse\n"
        "\n"
        'Bruno Galli gave you this ticket: "Conosci il caso"\n'
        f"Ticket {NUMBER}: Rimborso della seconda rata\n"
        "Queue: Fees office\n"
        "\n"
        f"{LINK}\n"
        "Per rispondere apri il ticket. Non rispondere a questa e-mail: le risposte non vengono "
        "lette.\n"
        "To answer, open the ticket. Please do not reply to this email: replies are not read.\n"
        "\n"
        "-- \n"
        "Università di Esempio / University of Esempio\n"
        "Nel portale puoi scegliere come ricevere gli avvisi. You can choose in the portal how to "
        "be notified.\n"
    )


def test_what_the_system_did_in_no_queue_names_neither_a_person_nor_a_queue() -> None:
    text = notice_text(
        make_desk(),
        make_notice(actor=SYSTEM, queue=None),
        Happening("released", ""),
        subject=SUBJECT,
        pages=PAGES,
    )

    assert text.body.startswith(
        f"Il sistema ha rilasciato questo ticket\nTicket {NUMBER}: Rimborso della seconda "
        f"rata\n\nThe system gave"
    )


IN_ENGLISH = {
    OWNER_IS_NO_OPERATOR: "The owner is no longer an operator of this desk.",
    OWNER_MAY_NOT_WORK: "The owner may no longer work on this queue.",
    RESPONSIBLE_MAY_NOT_SEE: "The person responsible may no longer see this queue.",
    OWNER_AND_RESPONSIBLE: (
        "The owner may no longer work on this queue, and the person "
        "responsible may no longer see it."
    ),
}


@pytest.mark.parametrize("reason", sorted(RELEASE_REASONS))
def test_a_reason_of_the_system_is_in_both_languages(reason: str) -> None:
    released = Happening("released_from_you", "", "anna.ferri", "studenti/tasse", reason)

    italian, english = notice_text(
        make_desk(), make_notice(), released, subject=SUBJECT, pages=PAGES
    ).body.split("\n\n")[:2]

    assert f'The system gave your ticket back to its queue: "{IN_ENGLISH[reason]}"' in english
    assert italian.startswith("Il sistema ha rilasciato il tuo ticket: «")
    assert IN_ENGLISH[reason] not in italian


@pytest.mark.parametrize("language", ["it", "en"])
def test_every_happening_has_its_own_words(language: str) -> None:
    happenings = [Happening(key, "Bruno Galli", "anna.ferri", "studenti/tasse") for key in KEYS]

    words = [happening_in_words(make_desk(), each, language) for each in happenings]

    assert all(words)
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("language", ["it", "en"])
def test_every_kind_of_notice_has_its_words(language: str) -> None:
    words = [notice_in_words(kind, language) for kind in get_args(NoticeKind)]

    assert all(words)
    assert len(set(words)) == len(words)


def test_what_somebody_typed_stays_one_line_of_text() -> None:
    noted = Happening("note", "Bruno\nGalli", reason="perché\r\nsì{{ 7 * 7 }}")

    text = notice_text(
        make_desk(),
        make_notice(subject="a\r\nBcc: b{{ 7 * 7 }}\x00"),
        noted,
        subject=SUBJECT,
        pages=PAGES,
    )

    assert text.body.startswith(
        f"Bruno Galli ha aggiunto una nota interna: «perché sì{{{{ 7 * 7 }}}}»\nTicket "
        f"{NUMBER}: "
        f"a Bcc: b{{{{ 7 * 7 }}}}\n"
    )


def test_a_digest_names_each_ticket_once_with_all_that_happened_to_it_to_whom_and_why() -> None:
    notices = [
        make_notice(kind="created", ticket_version=2, happened="created"),
        make_notice(
            kind="owner_changed",
            ticket_version=4,
            happened="given_to_you",
            other="anna.ferri",
            reason="Conosci\nil caso",
        ),
        make_notice(kind="note", ticket_version=5, happened="note"),
        make_notice(kind="note", ticket_version=6, happened="note", subject="Rimborso"),
        make_notice(
            kind="closed", number="2026092810000025", ticket_id=uuid4(), subject="Certificato"
        ),
    ]

    text = digest_text(make_desk(), notices, day=date(2026, 9, 28), pages=PAGES)

    assert text.subject == "Riepilogo del 28/09/2026 / Digest of 28/09/2026: Università di Esempio"
    assert text.body == (
        "Novità: 5. Ticket: 2.\n"
        "News: 5. Tickets: 2.\n"
        "\n"
        f"{NUMBER}: Rimborso\n"
        "- Nuovo ticket nella coda «Ufficio tasse»\n"
        "- Bruno Galli ti ha assegnato questo ticket: «Conosci il caso»\n"
        "- Bruno Galli ha aggiunto una nota interna (2 volte)\n"
        '- New ticket in "Fees office"\n'
        '- Bruno Galli gave you this ticket: "Conosci il caso"\n'
        "- Bruno Galli added an internal note (2 times)\n"
        f"{LINK}\n"
        "\n"
        "2026092810000025: Certificato\n"
        "- Chiuso\n"
        "- Closed\n"
        f"{URL}/manage/tickets/2026092810000025\n"
        "\n"
        "Per rispondere apri il ticket. Non rispondere a questa e-mail: le risposte non vengono "
        "lette.\n"
        "To answer, open the ticket. Please do not reply to this email: replies are not read.\n"
        "\n"
        "-- \n"
        "Università di Esempio / University of Esempio\n"
        "Nel portale puoi scegliere come ricevere gli avvisi. You can choose in the portal how to "
        "be notified.\n"
    )


def test_a_digest_tells_the_newest_of_what_happened_to_one_ticket_and_cuts_long_reasons() -> None:
    notices = [
        make_notice(happened="closed", reason=f"{number} " + "r" * 300, ticket_version=number)
        for number in range(2, 17)
    ]

    body = digest_text(make_desk(), notices, day=date(2026, 9, 28), pages=PAGES).body

    told = [line for line in body.splitlines() if line.startswith("- Bruno Galli ha chiuso")]
    assert [line.split("«")[1].split()[0] for line in told] == [
        str(number) for number in range(7, 17)
    ]
    assert all(line.endswith("r…»") for line in told)
    assert "Altre novità: 5. More news: 5.\n" in body


def test_a_very_long_digest_says_how_many_tickets_it_leaves_out() -> None:
    notices = [
        make_notice(number=f"{number:016}", ticket_id=uuid4()) for number in range(MAX_TICKETS + 7)
    ]

    body = digest_text(make_desk(), notices, day=date(2026, 9, 28), pages=PAGES).body

    assert f"Novità: {MAX_TICKETS + 7}. Ticket: {MAX_TICKETS + 7}." in body
    assert "\nAltri ticket: 7. Other tickets: 7.\n" in body
    assert f"{MAX_TICKETS - 1:016}: " in body
    assert f"{MAX_TICKETS:016}: " not in body
