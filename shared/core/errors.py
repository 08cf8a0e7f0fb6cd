"""What can go wrong, as facts.

Two families. *Refusals* are answers to somebody who asked for something; they travel over the bus as
`{"kind", "facts"}` and get their sentence once, at the web edge (`shared.web.errors`). *Verdicts* are what a
message handler says about a message (`shared.messaging`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar


class SportelloError(Exception):
    """Root of every error this program raises on purpose."""


class Transient(SportelloError):
    """Somebody else was at the same rows at the same moment: the same transaction succeeds when it is done again."""


# ---------------------------------------------------------------- verdicts on messages


class TryAgain(SportelloError):
    """The message is good but cannot be handled now; try later."""


class NotYet(SportelloError):
    """Something this message builds on has not arrived; keep it waiting (not a failure)."""


class Invalid(SportelloError):
    """The message can never be handled: a dead letter at once."""


class Conflict(SportelloError):
    """The message contradicts what is already true: a dead letter at once."""


class TooLarge(Invalid):
    """An event is larger than the bus carries."""


class BusUnreachable(SportelloError):
    """The broker cannot be reached now; nothing is known to have been sent."""


class NoAnswer(SportelloError):
    """A command got no reply within its deadline: whether it was done is unknown, asking again with its id is safe."""


# ---------------------------------------------------------------- refusals


@dataclass(unsafe_hash=True)
class Refusal(SportelloError):
    """An asked-for change is refused, with the facts that explain it.

    Not frozen, although nobody changes one: Python sets `__traceback__` where an exception leaves a context manager.

    Subclasses name the HTTP status that the web edge gives them; the order of the checks is that of INTERFACES:
    shape 422, unseen 404, right 403, value 422, state 409.
    """

    status: ClassVar[int] = 409
    names_somebody: ClassVar[bool] = False
    """Whether the facts name a person: then they are told only to those who may see the ticket."""

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
        """Rebuild a refusal that came over the bus; unknown kinds and facts of a newer sender are tolerated."""
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
    """Absent or unseen: the two are told apart by nobody."""

    status: ClassVar[int] = 404


@dataclass(unsafe_hash=True)
class MissingRight(Refusal):
    """The caller may see the thing but lacks the right `right` (DOMAIN section 4) on it.

    `number` names another ticket than the one that was asked about, where the right is missing there.
    """

    status: ClassVar[int] = 403
    right: str
    number: str = ""


UNKNOWN_TICKET = "unknown_ticket"
"""The problem of a number that names no ticket which the caller may see."""


@dataclass(unsafe_hash=True)
class ImpossibleValue(Refusal):
    """A value of the right shape that cannot be: `field` names it, `problem` is a key of the sentence, `value` what was given."""

    status: ClassVar[int] = 422
    field: str
    problem: str
    value: str = ""


@dataclass(unsafe_hash=True)
class StateForbids(Refusal):
    """The lifecycle has no row for this state and trigger, or its guard says no; names both."""

    state: str
    trigger: str


@dataclass(unsafe_hash=True)
class ChildrenOpen(StateForbids):
    """The ticket, in `state`, has a child that has not ended, and `trigger` would end the ticket."""


@dataclass(unsafe_hash=True)
class ParentEnded(StateForbids):
    """The ticket, in `state`, is a child whose parent has ended: `trigger` would let it go on for nobody."""


@dataclass(unsafe_hash=True)
class NotAChild(StateForbids):
    """Only child tickets have what `trigger` does, and the ticket, in `state`, is none."""


@dataclass(unsafe_hash=True)
class IsAChild(StateForbids):
    """A child ticket, as this one in `state`, has nothing that `trigger` does."""


@dataclass(unsafe_hash=True)
class OtherTicketForbids(StateForbids):
    """The other ticket `number`, in `state`, stands in the way of `trigger`, not the one that was named."""

    number: str


@dataclass(unsafe_hash=True)
class ReplyRejected(StateForbids):
    """The desk takes no replies to closed tickets; a new request is sent by the form `form` (None: by any form)."""

    form: str | None


@dataclass(unsafe_hash=True)
class AlreadyMerged(StateForbids):
    """The ticket goes on in the ticket `into` already."""

    into: str


@dataclass(unsafe_hash=True)
class HeldBySomebodyElse(Refusal):
    """Somebody else is the owner; `owner` is the winner's identity."""

    names_somebody: ClassVar[bool] = True
    owner: str


@dataclass(unsafe_hash=True)
class HeldByNobody(Refusal):
    """The action is the owner's and the ticket, in `state`, has none; take it first."""

    trigger: str
    state: str = ""


@dataclass(unsafe_hash=True)
class CannotUndo(Refusal):
    """The change of `version` cannot be taken back any more.

    `why` is `too_late`, `queue_closed` (the queue it came from), `parent_ended`, `undone` (before), `not_last` (another merge or move
    came after it), or `overtaken` by what else happened since.
    """

    version: int
    why: str


@dataclass(unsafe_hash=True)
class ChangedSince(Refusal):
    """Somebody else has added something to the ticket, now at `version`, since the version that the caller expected.

    `news` says what, one for each change: `{"version", "event", "actor": {"identity", "name"}, "at"}`, without any text.
    """

    names_somebody: ClassVar[bool] = True
    version: int
    news: Sequence[Mapping[str, Any]] = field(default=(), hash=False)


@dataclass(unsafe_hash=True)
class PreconditionFailed(ChangedSince):
    """The same, of a call whose If-Match named the expected version."""

    status: ClassVar[int] = 412


@dataclass(unsafe_hash=True)
class MailNotFailed(Refusal):
    """The mail is being sent again already, so there is nothing to send again."""


@dataclass(unsafe_hash=True)
class KeyReused(Refusal):
    """The Idempotency-Key was used before for something else."""


@dataclass(unsafe_hash=True)
class DeskMissing(Refusal):
    """No desk description has been applied yet, so nothing can be decided."""

    status: ClassVar[int] = 503
