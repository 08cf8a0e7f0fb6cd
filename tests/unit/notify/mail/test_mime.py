"""The mail as it goes over the wire, read back by the standard library's parser."""

from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.domain.delivery import Claimed
from services.notify.mail.mime import encoded_words, message_id, outgoing_mail
from shared.core.ids import DeliveryId
from tests.factories.mails import MAIL_FROM, NUMBER, TICKET_ID, make_claimed

ROOT = f"<ticket-{TICKET_ID}@example.edu>"
HEADERS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "Content-Language",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
]


def parsed(claimed: Claimed) -> EmailMessage:
    message = message_from_bytes(
        outgoing_mail(claimed, mail_from=MAIL_FROM).content, policy=policy.default
    )
    assert isinstance(message, EmailMessage)
    assert message.defects == []
    return message


def text_of(message: EmailMessage) -> str:
    text = message.get_content()
    assert isinstance(text, str)
    return text.replace("\r\n", "\n")


def test_a_receipt_has_all_its_headers() -> None:
    delivery_id = DeliveryId(UUID("0198f000-0000-7000-8000-00000000000d"))
    claimed = make_claimed(id=delivery_id, message_id=message_id(delivery_id, mail_from=MAIL_FROM))

    message = parsed(claimed)

    assert message.keys() == HEADERS
    assert message["From"] == "Segreterie studenti <sportello@example.edu>"
    assert message["To"] == "Giulia Neri <giulia.neri@studenti.example.edu>"
    assert message["Subject"] == f"[Ticket#{NUMBER}] Abbiamo ricevuto la tua richiesta"
    assert message["Date"] == "Mon, 28 Sep 2026 12:00:00 +0000"
    assert message["Message-ID"] == "<0198f000-0000-7000-8000-00000000000d@example.edu>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "it"
    assert message.get_content_type() == "text/plain"
    assert text_of(message) == "Gentile Giulia Neri,\n\nabbiamo ricevuto la tua richiesta.\n"


def test_the_envelope_is_the_desk_and_the_recipient() -> None:
    mail = outgoing_mail(make_claimed(), mail_from=MAIL_FROM)

    assert (mail.sender, mail.recipient, mail.needs_smtputf8) == (
        MAIL_FROM,
        "giulia.neri@studenti.example.edu",
        False,
    )


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("receipt", "auto-generated"),
        ("taking_charge", "auto-generated"),
        ("question", "no"),
        ("answer", "no"),
        ("final_answer", "no"),
    ],
)
def test_notices_are_generated_and_what_operators_write_is_not(kind: str, value: str) -> None:
    message = parsed(make_claimed(kind=kind))

    assert message["Auto-Submitted"] == value
    assert message["X-Auto-Response-Suppress"] == "OOF, AutoReply"


def test_the_first_mail_of_a_ticket_refers_to_the_tickets_own_id() -> None:
    message = parsed(make_claimed())

    assert (message["In-Reply-To"], message["References"]) == (ROOT, ROOT)


def test_a_later_mail_refers_to_all_before_it_and_answers_the_last() -> None:
    message = parsed(make_claimed(claim={"earlier": ("<a@example.edu>", "<b@example.edu>")}))

    assert message["In-Reply-To"] == "<b@example.edu>"
    assert message["References"].split() == [ROOT, "<a@example.edu>", "<b@example.edu>"]


def test_a_long_conversation_keeps_the_root_and_the_last_twenty() -> None:
    earlier = tuple(f"<{uuid4()}@example.edu>" for _ in range(50))

    message = parsed(make_claimed(claim={"earlier": earlier}))

    assert message["References"].split() == [ROOT, *earlier[-20:]]


def test_the_mark_in_the_subject_is_readable_on_the_wire_even_beside_encoded_words() -> None:
    subject = f"[Ticket#{NUMBER}] La tua richiesta è chiusa: perché così"

    content = outgoing_mail(make_claimed(subject=subject), mail_from=MAIL_FROM).content

    assert f"\r\nSubject: [Ticket#{NUMBER}] =?utf-8?".encode() in content
    assert parsed(make_claimed(subject=subject))["Subject"] == subject


def test_joiners_and_runs_of_blanks_arrive_in_headers_and_text() -> None:
    written = "می\u200cخواهم 👩\u200d💻 doppio  spazio"

    message = parsed(make_claimed(subject=f"[Ticket#{NUMBER}] {written}", body=f"{written}\n"))

    assert str(make_header(decode_header(message["Subject"]))) == f"[Ticket#{NUMBER}] {written}"
    assert text_of(message) == f"{written}\n"


def test_a_subject_that_looks_like_an_encoded_word_is_not_decoded_into_another() -> None:
    subject = f"[Ticket#{NUMBER}] =?utf-8?q?Bcc?= prova"

    assert parsed(make_claimed(subject=subject))["Subject"] == subject


def test_a_body_outside_ascii_is_quoted_printable_and_comes_back_whole() -> None:
    body = "Perché è così.\n.\nFrom qui\n trailing \n" + "parola " * 300 + "\n"

    message = parsed(make_claimed(body=body))

    assert message["Content-Transfer-Encoding"] == "quoted-printable"
    assert text_of(message) == body


def test_a_body_in_ascii_goes_as_it_is_unless_its_lines_are_too_long() -> None:
    short, long = parsed(make_claimed(body="Hello\n")), parsed(make_claimed(body="x" * 2000 + "\n"))

    assert (short["Content-Transfer-Encoding"], text_of(short)) == ("7bit", "Hello\n")
    assert (long["Content-Transfer-Encoding"], text_of(long)) == (
        "quoted-printable",
        "x" * 2000 + "\n",
    )


@pytest.mark.parametrize("field", ["recipient_name", "sender_name", "subject"])
@pytest.mark.parametrize(
    "attack",
    [
        "\r\nBcc: evil@example.com",
        "\nBcc: evil@example.com",
        "\r\n\r\nbody",
        "\x00",
        "\u2028Bcc: x",
        "\x0bBcc: x",
    ],
)
def test_no_header_can_be_smuggled_in(field: str, attack: str) -> None:
    named: dict[str, Any] = {field: f"Anna{attack}"}

    message = parsed(make_claimed(**named))

    assert message.keys() == HEADERS
    assert text_of(message) == "Gentile Giulia Neri,\n\nabbiamo ricevuto la tua richiesta.\n"


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=2000))
def test_whatever_people_type_the_mail_has_these_headers_this_recipient_and_short_ascii_lines(
    name: str, subject: str, body: str
) -> None:
    claimed = make_claimed(recipient_name=name, subject=f"[Ticket#{NUMBER}] {subject}", body=body)

    content = outgoing_mail(claimed, mail_from=MAIL_FROM).content

    message = message_from_bytes(content, policy=policy.default)
    assert message.keys() == HEADERS
    assert parseaddr(str(message["To"]))[1] == "giulia.neri@studenti.example.edu"
    assert content.isascii()
    assert b"\x00" not in content
    assert all(len(line) <= 998 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert b"\r" not in content.replace(b"\r\n", b"")


@given(st.text(min_size=1, max_size=300), st.integers(min_value=0, max_value=56))
def test_encoded_words_come_back_and_keep_their_lines_short(text: str, used: int) -> None:
    encoded = encoded_words(text, used=used)

    assert str(make_header(decode_header(encoded))) == text.encode("utf-8", "replace").decode()
    first, *others = encoded.split("\r\n ")
    assert used + len(first) <= 76
    assert all(1 + len(line) <= 76 for line in others)


def test_names_with_special_characters_are_quoted() -> None:
    message = parsed(make_claimed(recipient_name='Neri, Giulia "G." <capo@example.com>'))

    (address,) = message["To"].addresses
    assert (address.display_name, address.addr_spec) == (
        'Neri, Giulia "G." <capo@example.com>',
        "giulia.neri@studenti.example.edu",
    )


def test_a_name_outside_ascii_comes_back() -> None:
    (address,) = parsed(make_claimed(recipient_name="Nicolò D'Èze"))["To"].addresses

    assert address.display_name == "Nicolò D'Èze"


def test_a_very_long_name_is_cut() -> None:
    (address,) = parsed(make_claimed(recipient_name="x" * 5000))["To"].addresses

    assert address.display_name == "x" * 100


def test_a_domain_outside_ascii_is_written_in_ascii() -> None:
    mail = outgoing_mail(make_claimed(recipient="giulia@università.example"), mail_from=MAIL_FROM)

    assert (mail.recipient, mail.needs_smtputf8) == ("giulia@xn--universit-y1a.example", False)


def test_a_mailbox_outside_ascii_needs_the_servers_consent() -> None:
    mail = outgoing_mail(make_claimed(recipient="nicolò@example.edu"), mail_from=MAIL_FROM)

    assert (mail.recipient, mail.needs_smtputf8) == ("nicolò@example.edu", True)
    assert "\r\nTo: Giulia Neri <nicolò@example.edu>\r\n".encode() in b"\r\n" + mail.content
