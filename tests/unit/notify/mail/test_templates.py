"""The words of each mail, and what happens to texts of the desk that do not work."""

from dataclasses import fields
from typing import get_args

import pytest

from services.notify.domain.mails import MailOwed
from services.notify.mail.templates.mails import BrokenText, broken_texts, mail_text, sender_name
from services.notify.mail.templates.values import MailValues, Pages
from shared.contracts.desk import MAIL_TEXT_KEYS, Desk, Policies, Text
from shared.contracts.events.notify import MailKind
from shared.contracts.events.tickets import (
    TicketAnswered,
    TicketClosed,
    TicketExpired,
    TicketForwarded,
    TicketQuestionAsked,
    TicketReminded,
    TicketTaken,
)
from shared.contracts.people import Requester
from shared.text.mail_language import MAIL_VALUES
from tests.factories.mails import NUMBER, created, make_article, make_desk, make_ticket, owed

URL = "https://help.example.edu"
PAGES = Pages(public_url=URL, secret="a secret of the tests")
LINK = f"{URL}/my/{NUMBER}"
SUBJECT = f"[Ticket#{NUMBER}] Rimborso della seconda rata"
NOT_THE_MAIL = {
    "it": "Non rispondere a questa e-mail: le risposte non vengono lette.",
    "en": "Please do not reply to this email: replies are not read.",
}


def question(text: str = "Quale anno?", **ticket: object) -> MailOwed:
    facts = {"version": 4, "state": "waiting_requester", "queue": "studenti/tasse"} | ticket
    return owed(
        TicketQuestionAsked(ticket=make_ticket(**facts), articles=(make_article("question", text),))
    )


def desk_with(key: str, text: str) -> Desk:
    return make_desk(mail_texts={key: Text(it=text, en=text)})


def test_the_receipt_in_italian() -> None:
    text = mail_text(make_desk(), owed(created()), pages=PAGES)

    assert text.subject == SUBJECT
    assert text.body == (
        "Gentile Giulia Neri,\n"
        "\n"
        "abbiamo ricevuto la tua richiesta «Rimborso della seconda rata». Ti scriveremo quando "
        "qualcuno la prenderà in carico.\n"
        "\n"
        f"Numero di ticket: {NUMBER}\n"
        "Stato: nuova\n"
        "\n"
        "Per risponderci, o per vedere a che punto è la tua richiesta, apri questa pagina:\n"
        f"{LINK}\n"
        "Non rispondere a questa e-mail: le risposte non vengono lette.\n"
        "\n"
        "-- \n"
        "Università di Esempio\n"
    )
    assert text.broken == ()


def test_the_question_in_english_has_status_first_level_office_and_the_operators_words() -> None:
    text = mail_text(make_desk(), question("Which year?\n\nThank you", language="en"), pages=PAGES)

    assert text.subject == SUBJECT
    assert text.body == (
        "Dear Giulia Neri,\n"
        "\n"
        'To continue with your request "Rimborso della seconda rata", we need an answer from you:\n'
        "\n"
        "Which year?\n\nThank you\n"
        "\n"
        "To answer, or to see how your request is going, open this page:\n"
        f"{LINK}\n"
        "Please do not reply to this email: replies are not read.\n"
        "\n"
        f"Ticket number: {NUMBER}\n"
        "Status: waiting for your answer\n"
        "Office: Student offices\n"
        "\n"
        "-- \n"
        "University of Esempio\n"
    )


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("it", "è stata presa in carico da «Segreterie studenti»"),
        ("en", 'is being handled by "Student offices"'),
    ],
)
def test_the_notice_of_taking_charge(language: str, words: str) -> None:
    ticket = make_ticket(version=3, state="open", queue="studenti", language=language)

    text = mail_text(make_desk(), owed(TicketTaken(ticket=ticket, first_time=True)), pages=PAGES)

    assert text.subject == SUBJECT
    assert words in text.body
    assert LINK in text.body


@pytest.mark.parametrize(
    ("language", "state", "words"),
    [
        ("it", "closed_successful", "Stato: chiusa con successo"),
        ("it", "closed_unsuccessful", "Stato: chiusa senza successo"),
        ("en", "closed_successful", "Status: closed successfully"),
        ("en", "closed_unsuccessful", "Status: closed unsuccessfully"),
    ],
)
def test_the_final_answer_says_how_it_was_closed(language: str, state: str, words: str) -> None:
    ticket = make_ticket(version=6, state=state, queue="studenti", language=language)
    closed = TicketClosed(
        ticket=ticket, articles=(make_article("answer", "Rimborsato il 3 ottobre."),)
    )

    body = mail_text(make_desk(), owed(closed), pages=PAGES).body

    assert words in body
    assert "\n\nRimborsato il 3 ottobre.\n\n" in body
    assert LINK in body


def test_the_final_answer_offers_to_write_again_only_where_the_desk_takes_it() -> None:
    closed = owed(
        TicketClosed(
            ticket=make_ticket(state="closed_successful"),
            articles=(make_article("answer", "Fatto."),),
        )
    )

    taking = mail_text(make_desk(), closed, pages=PAGES).body
    refusing = mail_text(make_desk(policies=Policies(reopen="reject")), closed, pages=PAGES).body

    assert (
        f"Per risponderci, o per vedere a che punto è la tua richiesta, apri questa "
        f"pagina:\n{LINK}\n"
    ) in taking
    assert "Per risponderci" not in refusing
    assert f"La trovi in questa pagina:\n{LINK}\n" in refusing
    assert f"invia una nuova richiesta:\n{URL}/forms\n" in refusing


def test_the_answer_says_that_the_request_stays_open() -> None:
    answered = owed(
        TicketAnswered(
            ticket=make_ticket(state="open"),
            articles=(make_article("answer", "Ci stiamo lavorando."),),
        )
    )

    assert "La tua richiesta resta aperta." in mail_text(make_desk(), answered, pages=PAGES).body


@pytest.mark.parametrize(
    ("language", "after_days", "words"),
    [
        ("it", 7, "Se non ci rispondi entro 7 giorni, la richiesta sarà chiusa."),
        ("it", 13, "Se non ci rispondi entro un giorno, la richiesta sarà chiusa."),
        ("en", 4, "If you do not answer within 10 days, the request will be closed."),
        ("en", 13, "If you do not answer within one day, the request will be closed."),
    ],
)
def test_the_reminder_says_how_long_the_question_is_still_waited_for(
    language: str, after_days: int, words: str
) -> None:
    desk = make_desk(
        policies=Policies(question_expires_after_days=14, question_reminder_after_days=after_days)
    )
    reminded = TicketReminded(
        ticket=make_ticket(
            version=5, state="waiting_requester", queue="studenti", language=language
        )
    )

    text = mail_text(desk, owed(reminded), pages=PAGES)

    assert text.subject == SUBJECT
    assert words in text.body
    assert f"\n{LINK}\n" in text.body


@pytest.mark.parametrize(
    ("language", "words", "offer"),
    [
        ("it", "perché non abbiamo ricevuto risposta alla nostra domanda.", "Per risponderci"),
        ("en", "because we had no answer to our question.", "To answer"),
    ],
)
def test_the_notice_of_expiry_says_why_and_offers_to_write_where_the_desk_takes_it(
    language: str, words: str, offer: str
) -> None:
    expired = owed(
        TicketExpired(
            ticket=make_ticket(
                version=6, state="closed_unsuccessful", queue="studenti", language=language
            )
        )
    )

    taking = mail_text(make_desk(), expired, pages=PAGES)
    refusing = mail_text(make_desk(policies=Policies(reopen="reject")), expired, pages=PAGES)

    assert taking.subject == SUBJECT
    assert words in taking.body
    assert [offer in text.body for text in (taking, refusing)] == [True, False]
    assert [LINK in text.body for text in (taking, refusing)] == [True, True]


@pytest.mark.parametrize(
    ("language", "frame", "where"),
    [
        (
            "it",
            (
                f"Anna Ferri (Segreterie studenti) ti inoltra questo testo a proposito del ticket "
                f"{NUMBER}, «Rimborso della seconda rata»:"
            ),
            (
                "Non rispondere a questa e-mail: le risposte non vengono lette. Per rispondere "
                "rivolgiti a Anna Ferri (Segreterie studenti)."
            ),
        ),
        (
            "en",
            (
                f"Anna Ferri (Student offices) has forwarded this text to you about ticket "
                f"{NUMBER}, "
                f'"Rimborso della seconda rata":'
            ),
            (
                "Please do not reply to this email: replies are not read. To answer, contact Anna "
                "Ferri (Student offices)."
            ),
        ),
    ],
)
def test_a_forward_is_the_operators_words_in_a_short_frame_and_opens_nothing(
    language: str, frame: str, where: str
) -> None:
    ticket = make_ticket(version=5, state="open", queue="studenti/tasse", language=language)
    forwarded = TicketForwarded(
        ticket=ticket,
        to="banca@example.org",
        articles=(make_article("forward", "È arrivato il bonifico?"),),
    )

    text = mail_text(make_desk(), owed(forwarded), pages=PAGES)

    assert text.subject == SUBJECT
    assert text.body == (
        f"{frame}\n\nÈ arrivato il bonifico?\n\n{where}\n\n-- "
        f"\n{make_desk().name.in_language(language)}\n"
    )


def test_every_mail_to_a_requester_may_have_the_desks_own_text() -> None:
    assert {f"{kind}.body" for kind in get_args(MailKind)} | {"signature"} == MAIL_TEXT_KEYS


def test_somebody_without_a_name_is_greeted_all_the_same() -> None:
    ticket = make_ticket(requester=Requester(identity="a", name=" ", email="a@example.edu"))

    assert mail_text(make_desk(), owed(created(ticket)), pages=PAGES).body.startswith(
        "Buongiorno,\n"
    )


def test_a_template_in_what_people_write_is_text_and_nothing_more() -> None:
    ticket = make_ticket(
        subject="{{ 7 * 7 }}{% raw %}",
        requester=Requester(identity="a", name="{{ link }}", email="a@example.edu"),
    )

    text = mail_text(make_desk(), owed(created(ticket)), pages=PAGES)

    assert text.subject.endswith("] {{ 7 * 7 }}{% raw %}")
    assert text.body.startswith("Gentile {{ link }},\n")


def test_a_subject_is_one_line_and_ends_somewhere() -> None:
    text = mail_text(
        make_desk(),
        owed(created(make_ticket(subject="a\r\nBcc: b\x00\u2028" + "x" * 500))),
        pages=PAGES,
    )

    assert text.subject.startswith(f"[Ticket#{NUMBER}] a Bcc: b xxx")
    assert len(text.subject) == 200
    assert text.subject.endswith("x…")


def test_joiners_and_runs_of_blanks_stay_as_they_were_written() -> None:
    written = "می\u200cخواهم 👩\u200d💻 doppio  spazio"

    text = mail_text(make_desk(), owed(created(make_ticket(subject=written))), pages=PAGES)

    assert text.subject == f"[Ticket#{NUMBER}] {written}"
    assert written in text.body


def test_what_no_database_can_hold_is_taken_out_of_the_body() -> None:
    text = mail_text(
        make_desk(), question("uno\x00\x1b\r\ndue\udc80\rtre\tquattro\x7f"), pages=PAGES
    )

    assert "\nuno\ndue?\ntre\tquattro\n" in text.body


# ---------------------------------------------------------------- texts of the desk


def test_the_desks_own_texts_take_the_place_of_the_shipped_ones() -> None:
    desk = make_desk(
        mail_texts={
            "receipt.body": Text(
                it=(
                    "Salve {{ name|upper }}{% if office %} ({{ office }}){% endif %}: {{ link "
                    "}}\n{{ where_to_answer }}"
                ),
                en="Hi",
            ),
            "signature": Text(it="Lo sportello di {{ desk }}", en="The desk"),
        }
    )

    text = mail_text(desk, owed(created()), pages=PAGES)

    assert text.subject == SUBJECT
    assert text.body == (
        f"Salve GIULIA NERI: {LINK}\n"
        f"Per risponderci, o per vedere a che punto è la tua richiesta, apri questa "
        f"pagina:\n{LINK}\n{NOT_THE_MAIL['it']}\n"
        "\n-- \nLo sportello di Università di Esempio\n"
    )
    assert text.broken == ()


def test_a_subject_of_an_earlier_desk_changes_nothing_and_is_reported_by_desk_apply() -> None:
    desk = desk_with("receipt.subject", "Re: [Ticket#{{ number }}] arrivata")

    assert mail_text(desk, owed(created()), pages=PAGES).subject == SUBJECT
    assert [(found.key, found.language) for found in broken_texts(desk, PAGES)] == [
        ("receipt.subject", "it"),
        ("receipt.subject", "en"),
    ]


def test_an_empty_signature_leaves_none() -> None:
    text = mail_text(desk_with("signature", " \n"), owed(created()), pages=PAGES)

    assert "-- " not in text.body


@pytest.mark.parametrize(
    ("key", "source", "problem"),
    [
        ("receipt.body", "{{ nome }}", "'nome' is undefined"),
        ("receipt.body", "{% if %}", "Expected an expression"),
        ("receipt.body", "{% for a in name %}{{ a }}{% endfor %}", "For is not possible"),
        ("receipt.body", "{{ name.__class__ }}", "Getattr is not possible"),
        ("receipt.body", "{{ name * 1000000000 }}", "Mul is not possible"),
        ("receipt.body", "{{ range(9) }}", "Call is not possible"),
        ("receipt.body", "{{ name|center(1000000000) }}", "No filter named 'center'"),
        ("receipt.body", "{% if number > 3 %}x{% endif %}", "not supported between"),
        ("receipt.body", "{{ " + "(" * 5000 + "name" + ")" * 5000 + " }}", "nests too deeply"),
        ("receipt.body", "x" * 60_001, "at most 60000 are sent"),
        ("signature", "{% include 'it/facts.txt' %}", "Include is not possible"),
    ],
)
def test_a_text_of_the_desk_that_does_not_work_gives_way_to_the_shipped_one_and_is_reported(
    key: str, source: str, problem: str
) -> None:
    shipped = mail_text(make_desk(), owed(created()), pages=PAGES)

    text = mail_text(desk_with(key, source), owed(created()), pages=PAGES)

    assert (text.subject, text.body) == (shipped.subject, shipped.body)
    ((broken),) = text.broken
    assert (broken.key, broken.language) == (key, "it")
    assert problem in broken.problem


def test_a_body_that_leaves_out_what_the_operator_wrote_is_passed_over() -> None:
    text = mail_text(
        desk_with("question.body", "Ha una domanda: {{ link }}"),
        question("Quale anno?"),
        pages=PAGES,
    )

    assert "\n\nQuale anno?\n\n" in text.body
    assert [broken.key for broken in text.broken] == ["question.body"]


def test_texts_that_cannot_be_read_are_found_before_any_mail() -> None:
    desk = make_desk(
        mail_texts={
            "signature": Text(it="va bene", en="{{ "),
            "receipt.body": Text(it="{{ a() }}", en="fine"),
        }
    )

    found = broken_texts(desk, PAGES)

    assert [(broken.key, broken.language) for broken in found] == [
        ("receipt.body", "it"),
        ("signature", "en"),
    ]
    assert isinstance(found[0], BrokenText)


def test_the_sender_is_the_first_level_office_and_the_desk_while_there_is_none() -> None:
    assert sender_name(make_desk(), question()) == "Segreterie studenti"
    assert sender_name(make_desk(), owed(created())) == "Università di Esempio"


def test_the_values_that_a_desk_may_use_are_those_that_there_are() -> None:
    assert {field.name for field in fields(MailValues)} == MAIL_VALUES
