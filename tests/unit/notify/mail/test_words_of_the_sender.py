"""What mails to an address that nobody has confirmed may say, and what all mails of a ticket have
in common.
"""

from typing import Any, get_args

import pytest

from services.notify.domain.mails import MailOwed
from services.notify.mail.mime import outgoing_mail
from services.notify.mail.templates.mails import broken_texts, mail_text
from services.notify.mail.templates.values import Pages, thread_subject
from shared.contracts.desk import Choice, Desk, Form, FormField, Text
from shared.contracts.events.guests import GuestLinkAsked
from shared.contracts.events.notify import MailKind
from shared.contracts.events.ticket_state import TicketState
from shared.contracts.events.tickets import (
    TicketAnswered,
    TicketClosed,
    TicketExpired,
    TicketForwarded,
    TicketQuestionAsked,
    TicketReminded,
    TicketTaken,
)
from shared.contracts.guest_links import guest_token, link_to
from shared.contracts.people import Assurance, Context, Requester
from tests.factories.mails import (
    NUMBER,
    created,
    make_article,
    make_claimed,
    make_desk,
    make_ticket,
    owed,
)

PAGES = Pages(public_url="https://help.example.edu", secret="a secret of the tests")
READ = Pages(
    public_url="https://help.example.edu", secret="a secret of the tests", mail_is_read=True
)
SENDERS = ("Clicca", "evil", "Mallory", "polo-nord", "Polo Nord", "123456", "rif-9")


def guest_page(ticket: TicketState) -> str:
    link = link_to(PAGES.secret, ticket.id, ticket.requester.email)
    return f"/requests/{guest_token(PAGES.secret, link)}"


def both(it: str, en: str) -> Text:
    return Text(it=it, en=en)


def desk_with_form(**changes: Any) -> Desk:
    fields = (
        FormField(name="subject", type="text", label=both("Oggetto", "Subject")),
        FormField(name="description", type="textarea", label=both("Descrizione", "Description")),
        FormField(name="matricola", type="text", label=both("Matricola", "Student number")),
        FormField(
            name="sede",
            type="choice",
            label=both("Sede", "Site"),
            choices=(Choice(value="polo-nord", label=both("Polo Nord", "North campus")),),
        ),
        FormField(name="importo", type="number", label=both("Importo", "Amount")),
        FormField(name="urgente", type="boolean", label=both("Urgente", "Urgent")),
    )
    form = Form(
        title=both("Tasse e contributi", "Fees"),
        description=both("", ""),
        consent=both("Sì", "Yes"),
        fields=fields,
    )
    return make_desk(forms={"tasse": form}, **changes)


def ticket_of(assurance: Assurance, *, identity: str | None = None, **facts: Any) -> TicketState:
    asked = Requester(
        identity=identity,
        name="Mallory http://evil.example",
        email="vittima@example.org",
        assurance=assurance,
    )
    answers: dict[str, Any] = {
        "subject": "Clicca qui",
        "importo": 1250.5125,
        "matricola": "123456",
        "sede": "polo-nord",
        "urgente": True,
    }
    given = {
        "requester": asked,
        "subject": "Clicca http://evil.example",
        "fields": answers | {"consent": True},
        "context": Context(origin="website", page="http://evil.example", reference="rif-9"),
    }
    return make_ticket(**(given | facts))


def all_mails(ticket: TicketState) -> dict[str, MailOwed]:
    """Every mail that the life of `ticket` owes, by kind."""
    at = {
        name: ticket.model_copy(update={"version": version})
        for version, name in enumerate(get_args(MailKind), start=2)
    }
    said = (make_article("answer", "Un operatore risponde."),)
    events = {
        "receipt": created(ticket),
        "taking_charge": TicketTaken(ticket=at["taking_charge"], first_time=True),
        "question": TicketQuestionAsked(
            ticket=at["question"], articles=(make_article("question", "Quale anno?"),)
        ),
        "answer": TicketAnswered(ticket=at["answer"], articles=said),
        "final_answer": TicketClosed(ticket=at["final_answer"], articles=said),
        "reminder": TicketReminded(ticket=at["reminder"]),
        "expired": TicketExpired(ticket=at["expired"]),
        "link": GuestLinkAsked(ticket=at["link"]),
        "forward": TicketForwarded(
            ticket=at["forward"],
            to="ente@example.org",
            articles=(make_article("forward", "Leggete."),),
        ),
    }
    return {kind: owed(event) for kind, event in events.items()}


@pytest.mark.parametrize("language", ["it", "en"])
@pytest.mark.parametrize("kind", get_args(MailKind))
def test_a_mail_to_a_typed_address_has_no_word_of_the_sender(kind: str, language: str) -> None:
    mail = all_mails(ticket_of("typed", language=language))[kind]

    text = mail_text(desk_with_form(), mail, pages=PAGES)
    claimed = make_claimed(
        recipient=mail.recipient,
        recipient_name=mail.recipient_name,
        subject=text.subject,
        body=text.body,
    )
    sent = outgoing_mail(claimed, mail_from="sportello@example.edu").content.decode()

    assert [
        word for word in SENDERS if word in text.body or word in text.subject or word in sent
    ] == []
    title = "Tasse e contributi" if language == "it" else "Fees"
    assert text.subject == f"[Ticket#{NUMBER}] {title}"
    assert title in text.body
    assert text.broken == ()


@pytest.mark.parametrize("language", ["it", "en"])
def test_a_link_sent_anew_has_no_word_of_the_sender_whoever_confirmed_the_address(
    language: str,
) -> None:
    mail = all_mails(ticket_of("confirmed", language=language))["link"]

    text = mail_text(desk_with_form(), mail, pages=PAGES)

    # Its subject is that of the ticket's other mails.
    assert [word for word in SENDERS if word in text.body or word in mail.recipient_name] == []
    assert ("Tasse e contributi" if language == "it" else "Fees") in text.body


def test_a_desks_own_text_cannot_bring_the_senders_words_back() -> None:
    own = both("{{ name }}|{{ subject }}|{{ answers }}|{{ where_to_answer }}", "")
    mail = all_mails(ticket_of("typed"))["receipt"]

    text = mail_text(desk_with_form(mail_texts={"receipt.body": own}), mail, pages=PAGES)

    assert text.body.startswith("|Tasse e contributi|()|Per risponderci")


def test_the_receipt_to_a_typed_address_gives_number_form_and_link() -> None:
    ticket = ticket_of("typed")

    body = mail_text(desk_with_form(), owed(created(ticket)), pages=PAGES).body

    assert body.startswith("Buongiorno,\n\nabbiamo ricevuto la tua richiesta «Tasse e contributi».")
    assert f"\nNumero di ticket: {NUMBER}\n" in body
    assert f"\nhttps://help.example.edu{guest_page(ticket)}\n" in body


CONFIRMING = {
    "it": (
        "Aprendo la pagina confermi che questo indirizzo e-mail è tuo. Se non hai inviato tu "
        "questa richiesta, ignora questa e-mail."
    ),
    "en": (
        "By opening the page you confirm that this email address is yours. If you did not send "
        "this request, please ignore this email."
    ),
}


@pytest.mark.parametrize("language", ["it", "en"])
@pytest.mark.parametrize("kind", get_args(MailKind))
def test_every_mail_with_a_link_that_confirms_the_address_says_so(kind: str, language: str) -> None:
    bodies = {
        assurance: mail_text(
            desk_with_form(), all_mails(ticket_of(assurance, language=language))[kind], pages=PAGES
        ).body
        for assurance in ("typed", "confirmed")
    }

    says = {assurance: body.count(CONFIRMING[language]) for assurance, body in bodies.items()}
    assert says == {"typed": 0 if kind == "forward" else 1, "confirmed": 0}


@pytest.mark.parametrize("kind", [kind for kind in get_args(MailKind) if kind != "forward"])
def test_an_english_mail_begins_with_a_capital_letter_after_its_greeting(kind: str) -> None:
    body = mail_text(
        desk_with_form(), all_mails(ticket_of("confirmed", language="en"))[kind], pages=PAGES
    ).body

    greeting, _, rest = body.partition(",\n\n")
    assert greeting == ("Hello" if kind == "link" else "Dear Mallory http://evil.example")
    assert rest[0].isupper()


@pytest.mark.parametrize("kind", [kind for kind in get_args(MailKind) if kind != "forward"])
@pytest.mark.parametrize(
    ("assurance", "identity", "is_signed"),
    [("typed", None, True), ("confirmed", None, True), ("signed_in", "hugo.marchi", False)],
)
def test_whoever_has_no_account_gets_the_signed_link_in_every_mail(
    kind: str, assurance: Assurance, identity: str | None, is_signed: bool
) -> None:
    ticket = ticket_of(assurance, identity=identity)

    body = mail_text(desk_with_form(), all_mails(ticket)[kind], pages=PAGES).body

    assert (f"{guest_page(ticket)}\n" in body) is is_signed
    assert (f"/my/{NUMBER}\n" in body) is not is_signed


@pytest.mark.parametrize(
    ("assurance", "identity"), [("confirmed", None), ("signed_in", "hugo.marchi")]
)
def test_a_person_who_is_known_reads_the_answers_with_their_labels(
    assurance: Assurance, identity: str | None
) -> None:
    ticket = ticket_of(assurance, identity=identity)

    italian = mail_text(desk_with_form(), owed(created(ticket)), pages=PAGES).body
    english = mail_text(
        desk_with_form(), owed(created(ticket.model_copy(update={"language": "en"}))), pages=PAGES
    ).body

    assert (
        "\n\nLe tue risposte:\nMatricola: 123456\nSede: Polo Nord\nImporto: 1.250,5125\nUrgente: "
        "sì\n\n"
    ) in italian
    assert (
        "\n\nYour answers:\nStudent number: 123456\nSite: North campus\nAmount: "
        "1,250.5125\nUrgent: yes\n\n"
    ) in english
    assert "Clicca http://evil.example" in italian


@pytest.mark.parametrize(
    ("assurance", "identity"), [("typed", None), ("confirmed", None), ("signed_in", "hugo.marchi")]
)
def test_all_mails_of_a_ticket_have_one_subject(assurance: Assurance, identity: str | None) -> None:
    ticket = ticket_of(assurance, identity=identity)
    desk = desk_with_form(mail_texts={"question.subject": both("Domanda", "Question")})

    subjects = {mail_text(desk, mail, pages=PAGES).subject for mail in all_mails(ticket).values()}

    shown = "Clicca http://evil.example" if assurance == "signed_in" else "Tasse e contributi"
    assert subjects == {f"[Ticket#{NUMBER}] {shown}"} == {thread_subject(desk, ticket)}


def test_the_subject_stays_when_the_address_is_confirmed() -> None:
    assert thread_subject(desk_with_form(), ticket_of("typed")) == thread_subject(
        desk_with_form(), ticket_of("confirmed")
    )


def test_a_form_that_the_desk_no_longer_has_is_called_a_request() -> None:
    assert thread_subject(make_desk(), ticket_of("typed")) == f"[Ticket#{NUMBER}] Richiesta"


@pytest.mark.parametrize("language", ["it", "en"])
@pytest.mark.parametrize("kind", get_args(MailKind))
def test_every_mail_says_where_to_answer_and_invites_to_answer_it_only_where_mail_is_read(
    kind: str, language: str
) -> None:
    mail = all_mails(
        ticket_of("signed_in", identity="hugo.marchi", language=language, state="open")
    )[kind]

    unread, read = (mail_text(desk_with_form(), mail, pages=pages).body for pages in (PAGES, READ))

    denial = (
        "Non rispondere a questa e-mail: le risposte non vengono lette."
        if language == "it"
        else "Please do not reply to this email: replies are not read."
    )
    invitation = "rispondere a questa e-mail" if language == "it" else "reply to this email"
    assert (denial in unread, denial in read) == (True, False)
    assert invitation in read.replace(denial, "")
    assert invitation not in unread.replace(denial, "")


def test_a_text_that_leaves_out_where_to_answer_gets_it_all_the_same() -> None:
    desk = desk_with_form(
        mail_texts={
            "question.body": both("{{ text }}", "{{ text }}"),
            "signature": both("Ciao", "Bye"),
        }
    )
    mail = all_mails(ticket_of("signed_in", identity="hugo.marchi"))["question"]

    body = mail_text(desk, mail, pages=PAGES).body

    assert body == (
        "Quale anno?\n\nPer risponderci, o per vedere a che punto è la tua richiesta, apri questa "
        "pagina:\n"
        f"https://help.example.edu/my/{NUMBER}\nNon rispondere a questa e-mail: le risposte non "
        f"vengono lette.\n\n-- \nCiao\n"
    )


def test_a_desks_text_that_invites_to_answer_an_unread_mail_is_passed_over_and_reported() -> None:
    signature = both("Rispondi a questa mail", "Reply to this mail")
    desk = desk_with_form(mail_texts={"signature": signature})
    mail = all_mails(ticket_of("signed_in", identity="hugo.marchi"))["receipt"]

    unread, read = (mail_text(desk, mail, pages=pages) for pages in (PAGES, READ))

    assert "Rispondi a questa mail" not in unread.body
    assert [broken.key for broken in unread.broken] == ["signature"]
    assert read.body.endswith("\n-- \nRispondi a questa mail\n")
    assert len(broken_texts(desk, PAGES)) == 2
    assert broken_texts(desk, READ) == ()
