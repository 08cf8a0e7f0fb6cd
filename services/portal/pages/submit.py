"""Forms that ask tickets for something: what was typed becomes a command, and a refusal becomes a
problem on the page.

A form's hidden `command_id` makes sending it twice harmless. After a refusal the page gets a new
one, because the answer to a repeated command is the answer it had; while it is unknown whether the
command was done, the old one stays. A form from a browser without scripts is known by its content
instead (see `services.portal.idempotent_forms`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from services.portal.context import portal_of
from services.portal.domain.search_words import number_in
from services.portal.idempotent_forms import act_by_content
from services.portal.quotas import count_act
from services.portal.usecases import Done, act
from shared.contracts.commands.guests import ENVELOPE
from shared.contracts.commands.payloads import holds_number
from shared.contracts.commands.tickets import TicketCommand
from shared.contracts.events.intake import Answer
from shared.core.errors import BusUnreachable, KeyReused, NoAnswer, NotThere, Refusal, TooLarge
from shared.core.ids import new_id
from shared.database.desk_copy import current_desk
from shared.policy.actions.registry import ACTIONS, actions_of
from shared.text.cleaning import clean_line, clean_text
from shared.text.sentences import N_
from shared.web.auth import Caller
from shared.web.errors import BadInput, Problem, Refused, TooManyRequests, problem_of
from shared.web.idempotency import checked_key
from shared.web.rate import client_of
from shared.web.security_log import log_unseen
from shared.web.state import translator_of
from shared.web.validation import field_problems
from shared.web.without_scripts import is_without_scripts

Typed = Mapping[str, str]
Meant = Mapping[str, str | Mapping[str, Answer]]
"""What fields stand for whose text does not say it in full: a time with its zone, answers with
their types.
"""

_AS_TYPED: Meant = {}
_SEVERAL_LINES = ("answer", "body", "extra-value", "reason")
"""Beginnings of the names of fields that may hold more than one line."""
_SENT_BEFORE = N_(
    "Something was already sent from this form. Look at what is there now before you send again."
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """An action that was refused, for the page that shows it again: what went wrong, in which form,
    and what was typed there.

    `key` is the command id to send again with, where it is unknown whether the command was done.
    """

    action: str = ""
    typed: Typed = field(default_factory=dict)
    problem: Problem | None = None
    key: str | None = None

    @classmethod
    def half_typed(cls, action: str, typed: Typed) -> "Attempt":
        """Return what stands in the form of `action` that is not sent but shown again, in the other
        language.
        """
        return cls(action, typed, key=typed.get("command_id"))

    def command_id(self, action: str) -> str:
        """Return the id for the form of `action`."""
        return self.key if self.key is not None and action == self.action else str(new_id())


async def attempt(
    request: Request,
    caller: Caller,
    action: str,
    number: str,
    typed: Typed,
    meant: Meant = _AS_TYPED,
) -> Done | Attempt:
    """Do `action` on ticket `number` with what was typed; what is `meant` stands in the place of
    its field's text.

    Raises NotThere for what is absent or unseen.
    """
    return await attempt_to(
        request, action, typed, lambda clean: _command(action, caller, number, {**clean, **meant})
    )


async def attempt_to(
    request: Request, action: str, typed: Typed, build: Callable[[Meant], TicketCommand]
) -> Done | Attempt:
    """Do what `build` makes of the clean texts of `typed`. Raises as `attempt` does."""
    translate = translator_of(request)
    clean = cleaned(typed)
    try:
        command = build(clean)
        key = (
            checked_key(typed["command_id"], field="command_id") if "command_id" in typed else None
        )
        portal, client = portal_of(request), client_of(request.scope)
        if is_without_scripts(request):
            return await act_by_content(portal, command, client=client)
        await count_act(portal, command, client=client, key=key)
        return await act(portal, command, key=key)
    except NotThere:
        raise
    except KeyReused as refusal:
        known = problem_of(refusal, translate)
        problem = Problem(known.status, known.kind, known.title, translate(_SENT_BEFORE))
        return Attempt(action, clean, problem)
    except Refusal as refusal:
        log_unseen(request, refusal)
        return Attempt(action, clean, problem_of(refusal, translate))
    except (BadInput, TooLarge, Refused) as refusal:
        return Attempt(action, clean, problem_of(refusal, translate))
    except (NoAnswer, BusUnreachable, TooManyRequests) as unknown:
        return Attempt(action, clean, problem_of(unknown, translate), key=typed.get("command_id"))


def problem_before(
    request: Request, caller: Caller, action: str, typed: Typed, meant: Meant
) -> Problem | None:
    """Return what is wrong with the form of `action` before any ticket is asked for it, None if
    nothing is.
    """
    try:
        _command(action, caller, "", {**cleaned(typed), **meant})
    except BadInput as wrong:
        return problem_of(wrong, translator_of(request))
    return None


async def meant_by(request: Request, action: str, typed: Typed) -> Meant:
    """Return the fields of the form of `action` whose text alone does not say what they mean: a
    time has the zone of the desk.

    Text that is no time is not among them, so that the command refuses it.
    """
    try:
        local = (
            datetime.fromisoformat(typed.get("until", "").strip()) if action == "postpone" else None
        )
    except ValueError:
        return _AS_TYPED
    if local is None or local.tzinfo:
        return _AS_TYPED
    async with portal_of(request).database.reading() as connection:
        timezone = (await current_desk(connection)).desk.timezone
    return {"until": local.replace(tzinfo=ZoneInfo(timezone)).isoformat()}


def cleaned(typed: Typed) -> dict[str, str]:
    """Return what was typed as it is kept."""
    return {
        name: (clean_text if name.startswith(_SEVERAL_LINES) else clean_line)(value)
        for name, value in typed.items()
    }


def _command(action: str, caller: Caller, number: str, typed: Meant) -> TicketCommand:
    """Return the command for `action`.

    Raises NotThere for an unknown action and BadInput naming what is wrong.
    """
    kind = _COMMANDS.get(action)
    if kind is None:
        raise NotThere
    return build_command(kind, typed, caller=caller.as_requester(), number=number)


def build_command(kind: type[TicketCommand], typed: Meant, **facts: Any) -> TicketCommand:
    """Return a command of `kind` with `facts` and those of its fields that were filled in.

    Raises BadInput.

    A field that is left empty is not given.
    """
    fields = {
        name: field
        for name, field in kind.model_fields.items()
        if name not in ENVELOPE and typed.get(name)
    }
    given = {name: _read_field(field, typed[name]) for name, field in fields.items()}
    try:
        return kind(**facts, **given)
    except ValidationError as error:
        raise BadInput(*field_problems(error.errors())) from None


def _read_field(field: FieldInfo, text: object) -> object:
    """Return what the text of a form means in `field`: a whole number, or the number of another
    ticket as people write it.
    """
    if not isinstance(text, str):
        return text
    if holds_number(field):
        return number_in(text)
    return int(text) if field.annotation is int and text.isascii() and text.isdigit() else text


_COMMANDS: Mapping[str, type[TicketCommand]] = {
    action.key: action.command for action in ACTIONS if action.audience != "guest"
}
"""The command of each form; those with `my-` are the requester's."""

OPERATORS_ACTIONS = tuple(actions_of("operator"))
