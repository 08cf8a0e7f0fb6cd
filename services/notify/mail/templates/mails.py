"""The words of a mail: the texts shipped in `templates/mail`, or those that the desk put in their
place.

What a desk's text may say is in `shared.text.mail_language`. One that does not work is reported,
and the shipped text goes out in its place: a mistake in a text never keeps a mail back.
"""

from collections.abc import Callable
from dataclasses import dataclass

from jinja2 import TemplateError

from services.notify.domain.mails import CARRIES, MailOwed
from services.notify.domain.text import one_line, storable
from services.notify.mail.templates.values import Pages, mail_values, shipped_text, thread_subject
from shared.contracts.desk import OLD_MAIL_TEXT_KEYS, Desk
from shared.text.mail_language import NotAMailText, mail_template
from shared.text.mail_promises import promised_answer

MAX_BODY = 60_000
"""Characters. Four bytes each still fit into the event that tells of the mail (256 KiB)."""


@dataclass(frozen=True, slots=True)
class BrokenText:
    """A text of the desk that does not work: its key in `mail_texts`, its language, and what is
    wrong.
    """

    key: str
    language: str
    problem: str


@dataclass(frozen=True, slots=True)
class MailText:
    """Subject (one line) and body (lines end with a line feed) of a mail, and the desk's texts that
    had to be passed over.
    """

    subject: str
    body: str
    broken: tuple[BrokenText, ...]


class _Unusable(Exception):
    """A text of the desk asks for what is not possible, or makes something that cannot be sent."""


_BROKEN = (TemplateError, NotAMailText, _Unusable, TypeError, RecursionError)
"""Errors of a text of the desk: TypeError if it compares a text with a number, RecursionError if
it nests without end.
"""


def mail_text(desk: Desk, owed: MailOwed, *, pages: Pages) -> MailText:
    """Return the words of `owed` in its ticket's language.

    The subject is that of every mail of the ticket. However the desk words it, each mail says where
    to answer, and none invites to answer a mail that nobody reads.
    """
    language = owed.ticket.language
    facts = mail_values(desk, owed, pages)
    broken: list[BrokenText] = []

    def text(key: str, check: Callable[[str, MailOwed], None]) -> str:
        override = desk.mail_texts.get(key)
        if override is not None:
            try:
                source = override.in_language(language)
                _refuse_promise(source, language, pages)
                rendered = mail_template(source).render(facts)
                check(rendered, owed)
                return rendered
            except _BROKEN as error:
                broken.append(BrokenText(key, language, f"{type(error).__name__}: {error}"))
        return shipped_text(f"{language}/{key}.txt").render(facts)

    body = text(f"{owed.kind}.body", _check_body).strip("\n")
    # A forward ends with the desk's name, and its recipient has no requests here that a desk's
    # signature could name.
    signature = text("signature", _check_length).strip() if owed.kind != "forward" else ""
    where = str(facts["where_to_answer"])
    if where not in body and where not in signature:
        body = f"{body}\n\n{where}"
    return MailText(
        subject=thread_subject(desk, owed.ticket),
        body=storable(f"{body}\n\n-- \n{signature}\n" if signature else f"{body}\n"),
        broken=tuple(broken),
    )


def broken_texts(desk: Desk, pages: Pages) -> tuple[BrokenText, ...]:
    """Return the desk's texts that cannot be used, found without sending anything."""
    found = []
    for key, text in sorted(desk.mail_texts.items()):
        for language, source in (("it", text.it), ("en", text.en)):
            try:
                if key in OLD_MAIL_TEXT_KEYS:
                    raise _Unusable("it is not used: all mails of a ticket have the same subject")
                _refuse_promise(source, language, pages)
                mail_template(source)
            except _BROKEN as error:
                found.append(BrokenText(key, language, f"{type(error).__name__}: {error}"))
    return tuple(found)


def sender_name(desk: Desk, owed: MailOwed) -> str:
    """Return who the mail is from: the office that the requester deals with, or the desk while
    there is none.
    """
    language = owed.ticket.language
    return one_line(
        desk.queue_title(desk.first_level(owed.ticket.queue), language)
        or desk.name.in_language(language)
    )


def _refuse_promise(source: str, language: str, pages: Pages) -> None:
    promise = None if pages.mail_is_read else promised_answer(source, language)
    if promise is not None:
        raise _Unusable(f'it says "{promise}", and nobody reads what is answered to a mail')


def _check_length(rendered: str, _owed: MailOwed) -> None:
    if len(rendered) > MAX_BODY:
        raise _Unusable(f"it makes {len(rendered)} characters; at most {MAX_BODY} are sent")


def _check_body(rendered: str, owed: MailOwed) -> None:
    _check_length(rendered, owed)
    if owed.kind in CARRIES and owed.text not in rendered:
        raise _Unusable("it leaves out {{ text }}, which is what the operator wrote")
