"""The sentence of each refusal: said once, here, in words that a person understands."""

from collections.abc import Callable
from dataclasses import dataclass

from shared.core.errors import (
    UNKNOWN_TICKET,
    AlreadyMerged,
    CannotUndo,
    ChangedSince,
    ChildrenOpen,
    DeskMissing,
    HeldByNobody,
    HeldBySomebodyElse,
    ImpossibleValue,
    IsAChild,
    KeyReused,
    MailNotFailed,
    MissingRight,
    NotAChild,
    NotThere,
    OtherTicketForbids,
    ParentEnded,
    Refusal,
    ReplyRejected,
    StateForbids,
)
from shared.policy.actions.registry import OF_TRIGGERS
from shared.text.sentences import N_
from shared.web.language import Translator

STATES: dict[str, str] = {
    "new": N_("new"),
    "open": N_("open"),
    "waiting_requester": N_("waiting for the requester"),
    "waiting_children": N_("waiting for other offices"),
    "returned": N_("returned"),
    "postponed": N_("postponed"),
    "closed_successful": N_("closed successfully"),
    "closed_unsuccessful": N_("closed unsuccessfully"),
    "withdrawn": N_("withdrawn"),
    "merged": N_("merged"),
}
"""What the states of a ticket are called."""

REQUEST_STATES: dict[str, str] = {
    **STATES,
    "new": N_("New"),
    "open": N_("Open"),
    "returned": N_("Open"),
    "postponed": N_("Postponed by the office"),
    "closed_successful": N_("Closed successfully"),
    "closed_unsuccessful": N_("Closed unsuccessfully"),
    "withdrawn": N_("Withdrawn"),
    "merged": N_("Merged with another request"),
}
"""What the same states are called to the person who made the request: in Italian a request is
feminine, a ticket masculine.
"""

TRIGGERS: dict[str, str] = {
    trigger: action.refused for trigger, action in OF_TRIGGERS.items() if action.refused
}
"""What one was about to do."""

PROBLEMS: dict[str, str] = {
    "unknown_operator": N_("There is no operator “%(value)s”."),
    "unknown_queue": N_("There is no queue “%(value)s”."),
    "unknown_identity": N_("The identity “%(value)s” does not exist."),
    "may_not_work": N_("“%(value)s” may not work on this queue."),
    "may_not_see": N_("“%(value)s” may not see this queue."),
    "empty": N_("Write something here."),
    "too_long": N_("This text is too long."),
    "too_far": N_("This time is more than five years away."),
    "no_such_version": N_("The ticket has no version %(value)s yet."),
    "past": N_("This time has already passed."),
    "same_queue": N_("The ticket is already in the queue “%(value)s”."),
    "queue_closed": N_("The queue “%(value)s” takes no more tickets."),
    "no_next_level": N_(
        "No rule leads from “%(value)s” to another level. Move the ticket or ask another office."
    ),
    "taken_over": N_("Say why: the ticket belongs to %(value)s."),
    "no_queue": N_("The ticket has no queue yet; wait a moment."),
    "needs_data": N_("This queue needs data that the ticket does not have: %(value)s."),
    "itself": N_("This is the ticket itself: name another one."),
    "asks_itself": N_(
        "“%(value)s” is the queue of this ticket or of one above it: the office would wait for "
        "itself."
    ),
    "merged_here": N_("%(value)s was already merged into this ticket."),
    UNKNOWN_TICKET: N_("There is no ticket “%(value)s”, or you may not see it."),
    "unknown_request_type": N_("There is no form “%(value)s”."),
    "exactly_one": N_("Give either a queue or a request type."),
    "other_requester": N_(
        "%(value)s cannot be merged with this ticket: only two requests of one person who signed "
        "in or confirmed the "
        "address can, or two child tickets of one parent. Link the two tickets, or close several "
        "at once from a list."
    ),
    "not_an_address": N_("“%(value)s” is not an email address."),
    "not_undoable": N_("Version %(value)s is neither a merge nor a move."),
    "unknown_step": N_("The workflow has no step “%(value)s”."),
    "not_confirmed_yet": N_(
        "“%(value)s” is the requester's own address: they can open the request by the link in "
        "its "
        "emails."
    ),
    "requester_not_confirmed": N_(
        "Nobody has confirmed the requester's address yet: you can share the request once its "
        "link has been opened."
    ),
    "its_requester": N_("“%(value)s” is the requester and can already read it."),
    "too_many_people": N_("A ticket can be shared with at most %(value)s people."),
    "not_asking": N_("There is nothing to decide about the step “%(value)s”."),
}
"""Why a value cannot be, by the `problem` of ImpossibleValue."""


RIGHTS: dict[str, str] = {
    "ro": N_("see the tickets"),
    "note": N_("add internal notes"),
    "move_into": N_("move tickets into the queue"),
    "create": N_("make requests on behalf of someone"),
    "owner": N_("change the owner and the person responsible"),
    "priority": N_("change the priority"),
    "rw": N_("work on the tickets"),
}
"""What the permissions are called."""


@dataclass(frozen=True, slots=True)
class Names:
    """What people call the queues, persons, data and forms that a refusal names; one that is not
    given is called as in the API.
    """

    queue: Callable[[str], str] = str
    person: Callable[[str], str] = str
    data: Callable[[str], str] = str
    form: Callable[[str], str] = str

    def of(self, refusal: ImpossibleValue) -> str:
        """Return the value that `refusal` names."""
        value = refusal.value
        match refusal.problem:
            case "unknown_queue" | "same_queue" | "queue_closed" | "no_next_level" | "asks_itself":
                return self.queue(value)
            case "unknown_operator" | "may_not_work" | "may_not_see" | "taken_over":
                return self.person(value)
            case "needs_data":
                return ", ".join(self.data(each) for each in value.split(", "))
            case "unknown_request_type":
                return self.form(value)
            case _:
                return value


def refusal_sentence(refusal: Refusal, translate: Translator, names: Names | None = None) -> str:
    """Return what to tell about a call that was refused.

    With `names` it is told to a person, who knows no names of states, rights, queues and
    identities; else to a program.
    """
    match refusal:
        case NotThere():
            return translate(N_("There is nothing here, or you may not see it."))
        case MissingRight(right="parent_owner"):
            return translate(N_("Only the owner of the parent ticket may do this."))
        case MissingRight(right="requester"):
            return translate(N_("Only the requester may do this."))
        case MissingRight(right=right, number=number) if number:
            return translate(
                N_("You need the permission “%(right)s” on ticket %(number)s, too."),
                right=_right(right, translate, names),
                number=number,
            )
        case MissingRight(right=right):
            return translate(
                N_("You need the permission “%(right)s” to do this."),
                right=_right(right, translate, names),
            )
        case HeldBySomebodyElse(owner=owner):
            return translate(
                N_("The ticket is already owned by %(owner)s."),
                owner=names.person(owner) if names else owner,
            )
        case HeldByNobody(trigger="release", state=state) if state in STATES:
            return translate(
                N_("The ticket is %(state)s and has no owner."),
                state=_shown(state, translate, names),
            )
        case HeldByNobody(state=state) if state in STATES:
            return translate(
                N_("The ticket is %(state)s and has no owner: take it first."),
                state=_shown(state, translate, names),
            )
        case HeldByNobody():
            return translate(N_("The ticket has no owner: take it first."))
        case ChildrenOpen(state=state, trigger=trigger):
            return " ".join(
                [
                    _state_sentence(state, trigger, translate, names),
                    translate(N_("One of its child tickets is still open.")),
                ]
            )
        case ParentEnded(state=state, trigger=trigger):
            return " ".join(
                [
                    _state_sentence(state, trigger, translate, names),
                    translate(N_("The ticket that it was opened for has ended.")),
                ]
            )
        case NotAChild(state=state, trigger=trigger):
            return " ".join(
                [
                    _state_sentence(state, trigger, translate, names),
                    translate(N_("It is not a child ticket.")),
                ]
            )
        case IsAChild(state=state, trigger=trigger):
            return " ".join(
                [
                    _state_sentence(state, trigger, translate, names),
                    translate(N_("It is a child ticket.")),
                ]
            )
        case OtherTicketForbids(number=number, state=state) if state in STATES:
            return translate(
                N_("The other ticket, %(number)s, is %(state)s."),
                number=number,
                state=_shown(state, translate, names),
            )
        case AlreadyMerged(into=into):
            return translate(
                N_("The ticket was already merged: it goes on as %(into)s."), into=into
            )
        case ReplyRejected(state=state, form=form) if state in STATES:
            return _reply_rejected(state, form, translate, names)
        case CannotUndo(why="too_late"):
            return translate(N_("This was too long ago to be undone."))
        case CannotUndo(why="queue_closed"):
            return translate(
                N_("This can no longer be undone: the queue it came from takes no more tickets.")
            )
        case CannotUndo(why="parent_ended"):
            return translate(
                N_("This can no longer be undone: the ticket that it was opened for has ended.")
            )
        case CannotUndo(why="undone"):
            return translate(N_("This has already been undone."))
        case CannotUndo(why="not_last"):
            return translate(
                N_(
                    "Only the last merge or move of a ticket can be undone, and another one "
                    "came "
                    "after this."
                )
            )
        case CannotUndo():
            return translate(N_("This can no longer be undone: the ticket has changed since."))
        case ChangedSince():
            return translate(
                N_(
                    "Somebody has added something to the ticket since you read it. Nothing was "
                    "done yet."
                )
            )
        case MailNotFailed():
            return translate(N_("This email has already been sent again."))
        case KeyReused():
            return translate(N_("This Idempotency-Key was already used for something else."))
        case DeskMissing():
            return translate(N_("The help desk has not been set up yet. Try again in a moment."))
        case ImpossibleValue():
            return problem_sentence(refusal, translate, names)
        case StateForbids(state=state, trigger=trigger):
            return _state_sentence(state, trigger, translate, names)
        case _:
            return translate(N_("This is not possible now."))


def problem_sentence(
    refusal: ImpossibleValue, translate: Translator, names: Names | None = None
) -> str:
    """Return why the value of one field cannot be; `names` as for `refusal_sentence`."""
    sentence = PROBLEMS.get(refusal.problem, N_("This value cannot be used here."))
    return translate(sentence, value=(names or Names()).of(refusal))


def _reply_rejected(
    state: str, form: str | None, translate: Translator, names: Names | None
) -> str:
    called = translate(REQUEST_STATES[state]).lower()
    if names is None:
        called = f"{called} ({state})"
    elif form is None:
        return translate(
            N_("The request is %(state)s and takes no more replies: send a new one."), state=called
        )
    path = (
        names.form(form) if names is not None and form else f"/forms/{form}" if form else "/forms"
    )
    sentence = N_(
        "The request is %(state)s and takes no more replies. Send a new request with the form: "
        "%(path)s"
    )
    return translate(sentence, state=called, path=path)


def _right(right: str, translate: Translator, names: Names | None) -> str:
    return translate(RIGHTS[right]) if names is not None and right in RIGHTS else right


def _shown(state: str, translate: Translator, names: Names | None) -> str:
    """Return what a state is called; a program also gets the name that it has in the API."""
    called = translate(STATES[state])
    return called if names is not None else f"{called} ({state})"


def _state_sentence(state: str, trigger: str, translate: Translator, names: Names | None) -> str:
    if state not in STATES:
        return translate(N_("This is not possible now."))
    shown = _shown(state, translate, names)
    if trigger not in TRIGGERS:
        return translate(N_("The ticket is %(state)s: this is not possible now."), state=shown)
    return translate(
        N_("The ticket is %(state)s: %(trigger)s is not possible now."),
        state=shown,
        trigger=translate(TRIGGERS[trigger]),
    )
