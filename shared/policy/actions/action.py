"""What a row of the registry of actions says."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from shared.contracts.commands.payloads import Payload
from shared.contracts.commands.tickets import TicketCommand, payload_of
from shared.contracts.events.ticket_state import TicketState
from shared.contracts.events.tickets import TicketEvent
from shared.contracts.people import Requester

Audience = Literal["operator", "requester", "guest"]


def _changes_something(ticket: TicketState, caller: Requester) -> bool:
    """Return False for every ticket and caller."""
    return False


@dataclass(frozen=True, slots=True)
class Action:
    """One action on a ticket, for one audience.

    `command` is what the portal sends to tickets, `path` the last part of the address of the API's
    route and of the page's form, and `trigger` the row of the lifecycle that decides (`path` where
    it is empty). The API's route is made of `operation` (its operation id; empty where there is no
    such route) and `about` (its description).

    The other texts are sentences of the catalogue: `label` is what the form is called, `in_bulk`
    the button that does it to many tickets (empty where that is impossible), `refused` what a
    refusal calls the attempt, `done` what is said afterwards, `done_to_child` what is said where
    the text went to another office in place of the requester.

    `event` is what tickets publishes about it (None where another row has it, or where there are
    several). `in_history` is its line in the history of a ticket, and `in_notice` how the bell
    tells an operator of it, where that does not depend on what the event changed.

    `changes_nothing` says of a ticket and a caller that the action would leave everything as it is;
    then it is not offered. `writes_to` says who may read what an operator writes with the action;
    such a form carries the version that was read. `limit` names the quota that the action uses.
    """

    command: type[TicketCommand]
    path: str
    audience: Audience = "operator"
    trigger: str = ""
    operation: str = ""
    about: str = ""
    label: str = ""
    in_bulk: str = ""
    refused: str = ""
    done: str = ""
    done_to_child: str = ""
    event: type[TicketEvent] | None = None
    in_history: str = ""
    in_notice: str = ""
    changes_nothing: Callable[[TicketState, Requester], bool] = _changes_something
    writes_to: Literal["", "requester", "operators"] = ""
    limit: Literal["", "sending", "replies", "guest"] = ""

    @property
    def key(self) -> str:
        """The name of the action on the pages: a requester's begins with `my-`."""
        return self.path if self.audience == "operator" else f"my-{self.path}"

    @property
    def pulls(self) -> str:
        """The trigger of the lifecycle."""
        return self.trigger or self.path

    @property
    def payload(self) -> type[Payload]:
        """What the command says beside its envelope."""
        return payload_of(self.command)
