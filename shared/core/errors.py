"""Errors that the program raises on purpose: verdicts on messages, and refusals.

A verdict is raised by the handler of a message and decides what happens to the message
(`shared.messaging`). A refusal answers a caller. It crosses the bus as `{"kind", "facts"}`, and
only the web edge turns it into a sentence (`shared.web.errors`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar


class SportelloError(Exception):
    """Base class of all errors that this program raises on purpose."""


class Transient(SportelloError):
    """Another transaction used the same rows at the same time. The transaction can be repeated."""


# ---------------------------------------------------------------- verdicts on messages


class TryAgain(SportelloError):
    """The message is valid but cannot be handled now. It is retried later."""


class NotYet(SportelloError):
    """A message that this one depends on has not arrived. It waits, which is not a failure."""


class Invalid(SportelloError):
    """The message can never be handled. It becomes a dead letter without a retry."""


class Conflict(SportelloError):
    """The message contradicts stored facts. It becomes a dead letter without a retry."""


class TooLarge(Invalid):
    """The event is larger than the bus allows."""


class BusUnreachable(SportelloError):
    """The broker cannot be reached, and no message is confirmed as sent."""


class NoAnswer(SportelloError):
    """A command got no reply before its deadline.

    The command may or may not have been executed. It is safe to send it again with the same id.
    """


# ---------------------------------------------------------------- refusals


@dataclass(unsafe_hash=True)
class Refusal(SportelloError):
    """Base class of the answers that refuse what a caller asked for; the fields hold the facts.

    Each subclass sets the HTTP status of its answer. Checks are made in the order of INTERFACES:
    shape 422, visibility 404, permission 403, value 422, state 409.

    The dataclass is not frozen because Python sets `__traceback__` on an exception that leaves a
    context manager. The facts are never changed.
    """

    status: ClassVar[int] = 409
    names_somebody: ClassVar[bool] = False
    """Whether the facts name a person.

    Such facts are sent only to callers who may see the ticket.
    """

    def __post_init__(self) -> None:
        Exception.__init__(self, self.kind, asdict(self))

    @property
    def kind(self) -> str:
        return type(self).__name__

    def to_wire(self) -> dict[str, Any]:
        """Return the refusal as JSON-ready `{"kind", "facts"}`."""
        return {"kind": self.kind, "facts": asdict(self)}

    @staticmethod
    def from_wire(data: dict[str, Any]) -> "Refusal":
        """Return the refusal that `to_wire` wrote.

        A newer sender may use unknown kinds and facts: an unknown kind becomes `StateForbids`, and
        unknown facts are ignored.
        """
        known = {cls.__name__: cls for cls in _all_subclasses(Refusal)}
        cls = known.get(data["kind"])
        if cls is None:
            return StateForbids(state=str(data["kind"]), trigger="")
        names = {f.name for f in fields(cls)}
        return cls(**{k: v for k, v in data["facts"].items() if k in names})


def _all_subclasses(cls: type[Refusal]) -> list[type[Refusal]]:
    return [x for sub in cls.__subclasses__() for x in (sub, *_all_subclasses(sub))]


@dataclass(unsafe_hash=True)
class NotThere(Refusal):
    """The thing does not exist, or the caller may not see it. The answer is the same for both."""

    status: ClassVar[int] = 404


@dataclass(unsafe_hash=True)
class MissingRight(Refusal):
    """The caller may see the thing but lacks the permission `right` on it (DOMAIN section 4).

    `number` is set when the permission is missing on a ticket other than the requested one.
    """

    status: ClassVar[int] = 403
    right: str
    number: str = ""


UNKNOWN_TICKET = "unknown_ticket"
"""The problem of a ticket number that does not exist or that the caller may not see."""


@dataclass(unsafe_hash=True)
class ImpossibleValue(Refusal):
    """A value has the right shape but is not possible.

    `field` is the name of the field, `problem` the key of the sentence, and `value` the given
    value.
    """

    status: ClassVar[int] = 422
    field: str
    problem: str
    value: str = ""


@dataclass(unsafe_hash=True)
class StateForbids(Refusal):
    """The lifecycle has no row for this state and trigger, or the guard of the row refuses."""

    state: str
    trigger: str


@dataclass(unsafe_hash=True)
class ChildrenOpen(StateForbids):
    """`trigger` would end the ticket, but the ticket, in `state`, has a child that is not ended."""


@dataclass(unsafe_hash=True)
class ParentEnded(StateForbids):
    """`trigger` would continue the ticket, in `state`, but its parent has ended."""


@dataclass(unsafe_hash=True)
class NotAChild(StateForbids):
    """`trigger` is possible only for child tickets, and the ticket, in `state`, has no parent."""


@dataclass(unsafe_hash=True)
class IsAChild(StateForbids):
    """`trigger` is not possible for child tickets, and the ticket, in `state`, is one."""


@dataclass(unsafe_hash=True)
class OtherTicketForbids(StateForbids):
    """Another ticket of the action, `number` in `state`, does not allow `trigger`."""

    number: str


@dataclass(unsafe_hash=True)
class ReplyRejected(StateForbids):
    """The desk accepts no replies to closed tickets.

    `form` is the form for a new request. None allows any form.
    """

    form: str | None


@dataclass(unsafe_hash=True)
class AlreadyMerged(StateForbids):
    """The ticket has already been merged into the ticket `into`."""

    into: str


@dataclass(unsafe_hash=True)
class HeldBySomebodyElse(Refusal):
    """Another operator owns the ticket. `owner` is their identity."""

    names_somebody: ClassVar[bool] = True
    owner: str


@dataclass(unsafe_hash=True)
class HeldByNobody(Refusal):
    """Only the owner may pull `trigger`, and the ticket, in `state`, has no owner."""

    trigger: str
    state: str = ""


@dataclass(unsafe_hash=True)
class CannotUndo(Refusal):
    """The change that made `version` can no longer be undone.

    `why` is one of: `too_late`; `queue_closed` (the previous queue is closed); `parent_ended`;
    `undone` (the change was already undone); `not_last` (another merge or move came later);
    `overtaken` (another later change prevents it).
    """

    version: int
    why: str


@dataclass(unsafe_hash=True)
class ChangedSince(Refusal):
    """Another person changed the ticket, now at `version`, after the version the caller expected.

    `news` has one entry for each change: `{"version", "event", "actor": {"identity", "name"},
    "at"}`. It never contains the text of an article.
    """

    names_somebody: ClassVar[bool] = True
    version: int
    news: Sequence[Mapping[str, Any]] = field(default=(), hash=False)


@dataclass(unsafe_hash=True)
class PreconditionFailed(ChangedSince):
    """The same as `ChangedSince`, when the header If-Match gave the expected version."""

    status: ClassVar[int] = 412


@dataclass(unsafe_hash=True)
class MailNotFailed(Refusal):
    """The mail cannot be sent again because a new attempt has already been started."""


@dataclass(unsafe_hash=True)
class KeyReused(Refusal):
    """The Idempotency-Key was already used for a different request."""


@dataclass(unsafe_hash=True)
class DeskMissing(Refusal):
    """No desk has been applied yet, and no decision is possible without one."""

    status: ClassVar[int] = 503
