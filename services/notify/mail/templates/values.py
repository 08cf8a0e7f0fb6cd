"""The shipped templates of mails, the values that they may print, and the subject of the mails
about a ticket.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from services.notify.domain.mails import MailOwed, carries_senders_words, shows_senders_words
from services.notify.domain.text import numbered, one_line, storable
from shared.contracts.desk import Desk, FormField
from shared.contracts.events.intake import Answer
from shared.contracts.events.ticket_state import ENDED, TicketState
from shared.contracts.guest_links import guest_page, guest_token, link_to
from shared.text.numbers import shown_answer

_NOT_ANSWERS = frozenset({"subject", "description", "consent"})


@dataclass(frozen=True, slots=True)
class Pages:
    """How mails lead to Sportello.

    `public_url` is where people find the pages, without a slash at its end; `secret` signs the
    links of requesters without an account. `mail_is_read`: what people answer to a mail reaches the
    ticket.
    """

    public_url: str
    secret: str
    mail_is_read: bool = False


@dataclass(frozen=True, slots=True)
class MailValues:
    """What a text may print.

    `name`, `subject` and `answers` are the requester's words; where nobody has confirmed the
    address, and in the link sent anew, `name` is "", `subject` is the title of the form, and
    `answers` is empty. `unconfirmed`: nobody has. `greeting` is the first line and
    `where_to_answer` says how an answer reaches the office; it has the `link` to the page of the
    request in it, and for an `unconfirmed` address says what opening that page does. `state` is in
    words, `office` is "" while the ticket has no queue, and `text` is what the operator `author`
    wrote. `can_reply`: the requester may still write on this ticket, closed or not. `days` is how
    long an answer is awaited after the reminder.
    """

    name: str
    number: str
    subject: str
    state: str
    office: str
    link: str
    text: str
    author: str
    desk: str
    can_reply: bool
    days: int
    unconfirmed: bool
    answers: tuple[tuple[str, str | bool], ...]
    greeting: str = ""
    where_to_answer: str = ""

    def as_facts(self) -> dict[str, Any]:
        """Return the values by name, for a template."""
        return {name: getattr(self, name) for name in _NAMES}


_NAMES = tuple(field.name for field in fields(MailValues))


def mail_values(desk: Desk, owed: MailOwed, pages: Pages) -> dict[str, Any]:
    """Return what the text of `owed` may print, by name."""
    ticket, language = owed.ticket, owed.ticket.language
    shows_words = shows_senders_words(ticket, owed.kind)
    policies = desk.policies
    facts = MailValues(
        name=one_line(ticket.requester.name) if shows_words else "",
        number=ticket.number,
        subject=one_line(ticket.subject)
        if shows_words
        else form_title(desk, ticket.request_type, language),
        state=_in_words("state", language, ticket.state),
        office=desk.queue_title(desk.first_level(ticket.queue), language),
        link=page_of_request(owed, pages),
        text=owed.text,
        author=owed.author,
        desk=desk.name.in_language(language),
        can_reply=ticket.state not in ENDED or policies.reopen != "reject",
        days=max(policies.question_expires_after_days - policies.question_reminder_after_days, 1),
        unconfirmed=not carries_senders_words(ticket),
        answers=shown_answers(desk, owed) if shows_words and owed.kind == "receipt" else (),
    ).as_facts()
    facts["greeting"] = _greeting(language, facts["name"])
    outside = {
        "kind": owed.kind,
        "mail_is_read": pages.mail_is_read,
        "forms": f"{pages.public_url}/forms",
    }
    facts["where_to_answer"] = _shipped(f"{language}/where_to_answer.txt", facts | outside)
    return facts


def without_confirming(body: str, language: str) -> str:
    """Return the `body` of a mail without the sentence that opening the page of the request
    confirms an address.
    """
    return body.replace("\n\n" + _shipped(f"{language}/confirming.txt", {}), "")


def page_of_request(owed: MailOwed, pages: Pages) -> str:
    """Return the address of the request's page: behind the login, or signed where its requester has
    no account.
    """
    if owed.ticket.requester.identity is not None:
        return f"{pages.public_url}/my/{owed.ticket.number}"
    link = link_to(pages.secret, owed.ticket.id, owed.recipient)
    return guest_page(pages.public_url, guest_token(pages.secret, link))


def form_title(desk: Desk, request_type: str | None, language: str) -> str:
    """Return the title of the form `request_type`, or a plain word where the desk does not have
    it.
    """
    form = desk.forms.get(request_type) if request_type is not None else None
    if form is None:
        return _in_words("unknown_form", language, "")
    return one_line(form.title.in_language(language))


def shown_answers(desk: Desk, owed: MailOwed) -> tuple[tuple[str, str | bool], ...]:
    """Return the answers of the form with their labels, in the order of its questions."""
    ticket = owed.ticket
    form = desk.forms.get(ticket.request_type) if ticket.request_type is not None else None
    questions = {field.name: field for field in form.fields} if form is not None else {}
    order = [
        *(name for name in questions if name in ticket.fields),
        *(name for name in ticket.fields if name not in questions),
    ]
    return tuple(
        (
            _label(questions, name, ticket.language),
            _answer(questions.get(name), ticket.fields[name], ticket.language),
        )
        for name in order
        if name not in _NOT_ANSWERS
    )


def _label(questions: Mapping[str, FormField], name: str, language: str) -> str:
    return one_line(questions[name].label.in_language(language)) if name in questions else name


def _answer(question: FormField | None, answer: Answer, language: str) -> str | bool:
    if isinstance(answer, bool):
        return answer
    if isinstance(answer, int | float):
        return shown_answer(
            answer, question.label.in_language(language) if question is not None else "", language
        )
    choices = (
        {choice.value: choice.label.in_language(language) for choice in question.choices}
        if question is not None
        else {}
    )
    return storable(choices.get(answer, answer)).strip()


def _shipped(name: str, facts: Mapping[str, Any]) -> str:
    return shipped_text(name).render(facts).strip()


@lru_cache(maxsize=1024)
def _greeting(language: str, name: str) -> str:
    return _shipped(f"{language}/greeting.txt", {"name": name})


@lru_cache(maxsize=64)
def _in_words(template: str, language: str, state: str) -> str:
    return shipped_text(f"{language}/{template}.txt").render(state=state).strip()


@lru_cache(maxsize=1)
def shipped_texts() -> Environment:
    """Return the templates, read once."""
    folder = Path(__file__).parents[2] / "templates" / "mail"
    # Plain text has no markup to escape, and these templates change only with the program.
    environment = Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        autoescape=False,
        auto_reload=False,
    )
    # They use none of jinja's functions, which are copied for every mail.
    environment.globals.clear()
    return environment


@lru_cache(maxsize=256)
def shipped_text(name: str) -> Template:
    """Return the template `name`, ready to be printed often."""
    template = shipped_texts().get_template(name)
    # A chain of empty mappings otherwise, which is walked through for every mail.
    template.globals = {}
    return template


def thread_subject(desk: Desk, ticket: TicketState) -> str:
    """Return the subject of every mail about `ticket`, to whomever: mail programs group mails by
    it.

    It never changes, so a request that came without signing in keeps the title of its form also
    once the address has been confirmed. A child is worded by an operator and has its own subject.
    """
    if ticket.parent_id is not None or ticket.requester.assurance == "signed_in":
        return numbered(ticket.number, one_line(ticket.subject))
    return numbered(ticket.number, form_title(desk, ticket.request_type, ticket.language))
