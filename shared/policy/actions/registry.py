"""All actions on a ticket, and how to find one."""

from collections.abc import Mapping
from types import MappingProxyType

from shared.contracts.commands.base import Command
from shared.policy.actions.action import Action, Audience
from shared.policy.actions.between import BETWEEN
from shared.policy.actions.one_ticket import TO_ONE_TICKET
from shared.policy.actions.requesters import GUESTS, REQUESTERS

ACTIONS: tuple[Action, ...] = (*TO_ONE_TICKET, *REQUESTERS, *BETWEEN, *GUESTS)

_ORDER: tuple[Audience, ...] = ("guest", "requester", "operator")

OF_TRIGGERS: Mapping[str, Action] = MappingProxyType(
    {
        action.pulls: action
        for action in sorted(ACTIONS, key=lambda each: _ORDER.index(each.audience))
    }
)
"""One action for each trigger: the operators' where there is one, else the requesters'."""

_BY_COMMAND: Mapping[type[Command], Action] = MappingProxyType(
    {action.command: action for action in ACTIONS}
)


def actions_of(audience: Audience) -> Mapping[str, Action]:
    """Return the actions of `audience` by their paths."""
    return MappingProxyType(
        {action.path: action for action in ACTIONS if action.audience == audience}
    )


def find_action(command: type[Command]) -> Action | None:
    """Return the action that sends `command`, None for a command that is no action on a ticket."""
    return _BY_COMMAND.get(command)


def get_action(command: type[Command]) -> Action:
    """Return the action that sends `command`. Raises KeyError."""
    return _BY_COMMAND[command]
