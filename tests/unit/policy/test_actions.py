"""The registry of actions has a row for each thing that people can do, and all the words of it."""

from collections import Counter

import orjson
import pytest

from services.tickets.commands import USE_CASES
from services.tickets.domain.lifecycle import TABLE
from shared.contracts.commands.guests import ENVELOPE, GuestConfirm
from shared.contracts.commands.tickets import ResendGiven, TicketCommand
from shared.policy.actions.action import Action
from shared.policy.actions.registry import ACTIONS, OF_TRIGGERS

NO_TRIGGER = {"resend-mail"}
"""Sending a mail again changes no state."""


def test_every_trigger_that_is_offered_to_people_has_a_row() -> None:
    offered = {row.trigger for row in TABLE if row.is_offered}

    assert set(OF_TRIGGERS) - NO_TRIGGER == offered


def test_every_command_about_a_ticket_has_a_row_but_for_opening_a_link() -> None:
    assert set(USE_CASES) - {action.command for action in ACTIONS} == {GuestConfirm}


def test_no_two_rows_have_the_same_address_or_command() -> None:
    addresses = Counter((action.audience, action.path) for action in ACTIONS)
    commands = Counter(action.command for action in ACTIONS)

    assert {*addresses.values(), *commands.values()} == {1}


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.command.NAME)
def test_a_command_is_its_envelope_and_its_payload(action: Action) -> None:
    own = {"delivery"} if action.path in NO_TRIGGER else set()

    assert (
        set(action.command.model_fields) - set(TicketCommand.model_fields) - ENVELOPE
        == set(action.payload.model_fields) | own
    )


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.command.NAME)
def test_an_action_has_the_words_that_are_shown(action: Action) -> None:
    is_guests = action.audience == "guest"
    has_route = bool(action.operation)

    assert bool(action.done) is not is_guests
    assert bool(action.about) is has_route
    assert bool(action.event) is bool(action.in_history)
    assert bool(action.in_notice) <= bool(action.event)


def test_a_number_that_no_writer_of_json_takes_is_kept_as_the_nearest_float() -> None:
    given = ResendGiven(
        body="Ecco", fields={"large": 10**30, "whole": 2**63 - 1, "part": 0.5, "yes": True}
    )

    assert orjson.loads(orjson.dumps(given.fields)) == {
        "large": 1e30,
        "whole": 2**63 - 1,
        "part": 0.5,
        "yes": True,
    }
