"""The words of a mail: the texts shipped in `templates/mail`, or those that the desk put in their place.

The desk's texts come from outside the program. They may print the values below and decide by `if`, and that is all: no loops, no
calls, no arithmetic, so that none can run for long or reach anything. One that does not work is reported, and the shipped text goes
out in its place: a mistake in a text never keeps a mail back.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import lru_cache

from jinja2 import Environment, StrictUndefined, Template, TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from services.notify.domain.mails import CARRIES, MailOwed
from services.notify.domain.words import numbered, one_line, storable
from services.notify.texts.shipped import shipped_texts
from shared.desk import Desk

MAX_BODY = 60_000
"""Characters. Four bytes each still fit into the event that tells of the mail (256 KiB)."""

_PLAIN_FILTERS = ("upper", "lower", "capitalize", "title", "trim", "default")
_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.If,
    nodes.CondExpr,
    nodes.Name,
    nodes.Const,
    nodes.Filter,
    nodes.Concat,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
)


@dataclass(frozen=True, slots=True)
class MailValues:
    """What a text may print. `state` is in words; `office` is "" while the ticket has no queue; `text` is what the operator `author` wrote.

    `can_reply`: the requester may still write on this ticket, closed or not. `days` is how long a question is still waited for after
    its reminder.
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


_VALUE_NAMES = tuple(field.name for field in fields(MailValues))


@dataclass(frozen=True, slots=True)
class BrokenText:
    """A text of the desk that does not work: its key in `mail_texts`, its language, and what is wrong."""

    key: str
    language: str
    problem: str


@dataclass(frozen=True, slots=True)
class MailText:
    """Subject (one line) and body (lines end with a line feed) of a mail, and the desk's texts that had to be passed over."""

    subject: str
    body: str
    broken: tuple[BrokenText, ...]


class _Unusable(Exception):
    """A text of the desk asks for what is not possible, or makes something that cannot be sent."""


_BROKEN = (TemplateError, _Unusable, TypeError, RecursionError)
"""What a text can raise: TypeError where it compares a text with a number, RecursionError where it nests without end."""


def mail_text(desk: Desk, owed: MailOwed, *, public_url: str) -> MailText:
    """Return the words of `owed` in its ticket's language. `public_url` is where requesters find the portal, without a slash at its end."""
    language = owed.ticket.language
    values = _values(desk, owed, public_url)
    facts = {name: getattr(values, name) for name in _VALUE_NAMES}
    broken: list[BrokenText] = []

    def text(key: str, check: Callable[[str, MailOwed], None]) -> str:
        override = desk.mail_texts.get(key)
        if override is not None:
            try:
                rendered = _desk_template(override.in_language(language)).render(facts)
                check(rendered, owed)
                return rendered
            except _BROKEN as error:
                broken.append(BrokenText(key, language, f"{type(error).__name__}: {error}"))
        return shipped_texts().get_template(f"{language}/{key}.txt").render(facts)

    subject = one_line(text(f"{owed.kind}.subject", _check_line))
    body = text(f"{owed.kind}.body", _check_body).strip("\n")
    # Who gets a forward has no page of the request to be sent to.
    signature = text("signature", _check_length).strip() if owed.kind != "forward" else ""
    return MailText(
        subject=numbered(owed.ticket.number, subject),
        body=storable(f"{body}\n\n-- \n{signature}\n" if signature else f"{body}\n"),
        broken=tuple(broken),
    )


def broken_texts(desk: Desk) -> tuple[BrokenText, ...]:
    """Return the desk's texts that cannot even be read, found without sending anything."""
    found = []
    for key, text in sorted(desk.mail_texts.items()):
        for language, source in (("it", text.it), ("en", text.en)):
            try:
                _desk_template(source)
            except _BROKEN as error:
                found.append(BrokenText(key, language, f"{type(error).__name__}: {error}"))
    return tuple(found)


def sender_name(desk: Desk, owed: MailOwed) -> str:
    """Return who the mail is from: the office that the requester deals with, or the desk while there is none."""
    language = owed.ticket.language
    return one_line(desk.queue_title(desk.first_level(owed.ticket.queue), language) or desk.name.in_language(language))


def _check_line(rendered: str, _owed: MailOwed) -> None:
    if not one_line(rendered):
        raise _Unusable("it is empty")


def _check_length(rendered: str, _owed: MailOwed) -> None:
    if len(rendered) > MAX_BODY:
        raise _Unusable(f"it makes {len(rendered)} characters; at most {MAX_BODY} are sent")


def _check_body(rendered: str, owed: MailOwed) -> None:
    _check_length(rendered, owed)
    if owed.kind in CARRIES and owed.text not in rendered:
        raise _Unusable("it leaves out {{ text }}, which is what the operator wrote")


def _values(desk: Desk, owed: MailOwed, public_url: str) -> MailValues:
    ticket = owed.ticket
    return MailValues(
        name=one_line(ticket.requester.name),
        number=ticket.number,
        subject=one_line(ticket.subject),
        state=_state_in_words(ticket.language, ticket.state),
        office=desk.queue_title(desk.first_level(ticket.queue), ticket.language),
        link=f"{public_url}/my/{ticket.number}",
        text=owed.text,
        author=owed.author,
        desk=desk.name.in_language(ticket.language),
        can_reply=desk.policies.reopen != "reject",
        days=max(desk.policies.question_expires_after_days - desk.policies.question_reminder_after_days, 1),
    )


@lru_cache(maxsize=64)
def _state_in_words(language: str, state: str) -> str:
    return shipped_texts().get_template(f"{language}/state.txt").render(state=state).strip()


@lru_cache(maxsize=1)
def _sandbox() -> Environment:
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    environment.globals.clear()
    environment.filters = {name: environment.filters[name] for name in _PLAIN_FILTERS}
    return environment


@lru_cache(maxsize=256)
def _desk_template(source: str) -> Template:
    parsed = _sandbox().parse(source)
    for node in (parsed, *parsed.find_all(nodes.Node)):
        if not isinstance(node, _ALLOWED):
            raise _Unusable(f"line {node.lineno}: {type(node).__name__} is not possible in a mail text")
    return _sandbox().from_string(source)
