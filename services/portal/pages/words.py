"""What things are called on the pages. Every value is an English sentence that the catalogue knows."""

from collections.abc import Mapping
from typing import Any

from babel.numbers import format_decimal

from shared.desk import Desk, Form
from shared.events.intake import Answer
from shared.web.language import Translator
from shared.web.refusals import STATES
from shared.web.sentences import N_

EVENTS: dict[str, str] = {
    "tickets.ticket.created.v1": N_("Opened"),
    "tickets.ticket.routing-requested.v1": N_("Queue asked for again"),
    "tickets.ticket.queued.v1": N_("Put into a queue"),
    "tickets.ticket.moved.v1": N_("Moved"),
    "tickets.ticket.escalated.v1": N_("Escalated"),
    "tickets.ticket.postponed.v1": N_("Postponed"),
    "tickets.ticket.due.v1": N_("Due again"),
    "tickets.ticket.priority-changed.v1": N_("Priority changed"),
    "tickets.ticket.taken.v1": N_("Taken"),
    "tickets.ticket.assigned.v1": N_("Assigned"),
    "tickets.ticket.released.v1": N_("Released"),
    "tickets.ticket.responsible-changed.v1": N_("Responsible changed"),
    "tickets.ticket.question-asked.v1": N_("Requester asked"),
    "tickets.ticket.answered.v1": N_("Requester answered"),
    "tickets.ticket.requester-replied.v1": N_("The requester replied"),
    "tickets.ticket.noted.v1": N_("Internal note added"),
    "tickets.ticket.linked.v1": N_("Linked to another ticket"),
    "tickets.ticket.notified.v1": N_("Notice sent to the requester"),
    "tickets.ticket.closed.v1": N_("Closed"),
    "tickets.ticket.reopened.v1": N_("Reopened"),
    "tickets.ticket.withdrawn.v1": N_("Withdrawn"),
    "tickets.ticket.forwarded.v1": N_("Forwarded to an outside address"),
    "tickets.ticket.watchers-changed.v1": N_("Watchers changed"),
    "tickets.ticket.reminded.v1": N_("Requester reminded of the question"),
    "tickets.ticket.expired.v1": N_("Closed because nobody answered"),
    "tickets.ticket.move-undone.v1": N_("Move taken back"),
    "tickets.ticket.child-opened.v1": N_("Child ticket opened"),
    "tickets.ticket.child-reported.v1": N_("News from a child ticket"),
    "tickets.ticket.bounced.v1": N_("Sent back"),
    "tickets.ticket.resent.v1": N_("Completed and sent again"),
    "tickets.ticket.run-decided.v1": N_("Decided how the recipe goes on"),
    "tickets.ticket.merged.v1": N_("Merged into another ticket"),
    "tickets.ticket.absorbed.v1": N_("Another ticket merged into this one"),
    "tickets.ticket.merge-undone.v1": N_("Merge taken back"),
}
"""The changes of a ticket's history; of one that is not here its own name is shown."""

FIELDS: dict[str, str] = {
    "state": N_("State"),
    "queue": N_("Queue"),
    "owner": N_("Held by"),
    "responsible": N_("Responsible"),
    "last_owner": N_("Held before by"),
    "closed_by": N_("Closed by"),
    "priority": N_("Priority"),
}
"""The facts of a ticket whose changes are shown; the others are for machines."""

ORIGINS: dict[str, str] = {
    "online-services": N_("Online services"),
    "service": N_("The service in use"),
    "website": N_("Website"),
    "faq": N_("Student FAQ"),
}

AFFILIATIONS: dict[str, str] = {
    "student": N_("Student"),
    "staff": N_("Staff"),
    "guest": N_("Guest"),
}

PRIORITIES: dict[int, str] = {
    1: N_("very low"),
    2: N_("low"),
    3: N_("normal"),
    4: N_("high"),
    5: N_("very high"),
}

DONE: dict[str, str] = {
    "take": N_("You have taken the ticket."),
    "release": N_("The ticket is back in its queue."),
    "assign": N_("The ticket is assigned."),
    "responsible": N_("The responsible has changed."),
    "move": N_("The ticket has moved to the other queue."),
    "escalate": N_("The ticket is on its way to the next level."),
    "postpone": N_("The ticket is put off; it comes back by itself."),
    "priority": N_("The priority has changed."),
    "reply": N_("The reply is on its way to the requester."),
    "ask": N_("The question is on its way to the requester."),
    "note": N_("The note is added."),
    "close": N_("The ticket is closed; the final answer is on its way to the requester."),
    "reopen": N_("The ticket is open again."),
    "my-reply": N_("Your message has reached the office."),
    "my-withdraw": N_("The request is withdrawn."),
}
"""What is said after an action."""

EXPLANATIONS: dict[str, str] = {
    "new": N_("The office has received your request; nobody has begun to work on it yet."),
    "open": N_("Somebody at the office is working on your request."),
    "waiting_requester": N_("The office has asked you something: answer below, or reply to the mail."),
    "waiting_children": N_("The office has asked another office about your request and waits for it."),
    "returned": N_("The office is looking again at who can answer your request."),
    "postponed": N_("The office has put your request off to a later date."),
    "closed_successful": N_("Your request is closed: the last message is the answer."),
    "closed_unsuccessful": N_("Your request is closed, but it could not be fulfilled: the last message says why."),
    "withdrawn": N_("You have withdrawn this request."),
    "merged": N_("This request continues together with another of yours."),
}
"""Where a request stands, said to who made it."""


def done_sentence(done: str, translate: Translator) -> str:
    """Return what to say for `done` in a page's address (`take` or `take:<ticket number>`); "" for what is unknown."""
    action, _, number = done.partition(":")
    if action not in DONE:
        return ""
    sentence = translate(DONE[action])
    return f"{number} · {sentence}" if number.isdigit() and len(number) <= 24 else sentence


def event_name(name: str, translate: Translator) -> str:
    """Return what a change of a ticket is called."""
    return translate(EVENTS.get(name, name))


def shown_changes(changes: Mapping[str, Any], desk: Desk, translate: Translator) -> list[tuple[str, str, str]]:
    """Return the changes of a history entry as (name, before, after) in words."""
    return [
        (
            translate(FIELDS[field]),
            _in_words(field, before, desk, translate),
            _in_words(field, after, desk, translate),
        )
        for field, (before, after) in changes.items()
        if field in FIELDS
    ]


def shown_answers(form: Form | None, answers: Mapping[str, Answer], translate: Translator) -> list[tuple[str, str]]:
    """Return the answers of a form as (label, words), in the form's order; without those that the request itself shows."""
    named = {field.name: field for field in form.fields} if form else {}
    order = [name for name in named if name in answers] + [name for name in answers if name not in named]
    shown = []
    for name in order:
        if name in {"subject", "description", "consent"}:
            continue
        field = named.get(name)
        label = field.label.in_language(translate.language) if field else name
        choices = {choice.value: choice.label.in_language(translate.language) for choice in field.choices} if field else {}
        shown.append((label, _answer_in_words(answers[name], choices, translate)))
    return shown


def _answer_in_words(answer: Answer, choices: Mapping[str, str], translate: Translator) -> str:
    if isinstance(answer, bool):
        return translate(N_("yes")) if answer else translate(N_("no"))
    if isinstance(answer, int | float):
        return format_decimal(answer, locale=translate.language)
    return choices.get(str(answer), str(answer))


def _in_words(field: str, value: object, desk: Desk, translate: Translator) -> str:
    if value is None:
        return ""
    if field == "state":
        return translate(STATES.get(str(value), str(value)))
    if field == "queue":
        return desk.queue_title(str(value), translate.language)
    if field == "priority" and isinstance(value, int) and value in PRIORITIES:
        return translate(PRIORITIES[value])
    return desk.person_name(str(value))
