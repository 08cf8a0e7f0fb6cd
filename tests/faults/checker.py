"""Says what is wrong with an installation, from its databases alone: it shares no code with what it
checks.

Every service tells its own truth; here they are laid beside each other. What is checked stands in
DOMAIN's and ARCHITECTURE's words: nothing accepted is lost and nothing happens twice, versions have
no gaps, a ticket's history replays to its state, the portal equals tickets row by row, families and
merges are whole, and every mail and notice that is due was sent once.

facts.py              what is read
requests_checked.py   requests, numbers, notes
history_checked.py    replay, stays in queues, routing
portal_checked.py     the read model
families_checked.py   families, recipes, merges, links
commands_checked.py   commands and their effects
mails_checked.py      mails and the mail server
notices_checked.py    what operators are told
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Sequence
from email.message import EmailMessage

from tests.faults import (
    commands_checked,
    families_checked,
    history_checked,
    mails_checked,
    notices_checked,
    portal_checked,
    requests_checked,
)
from tests.faults.facts import Facts, Promised, read_facts
from tests.fixtures.system import Town
from tests.installation.databases import Databases
from tests.installation.installation import SERVICES

PATIENCE_SECONDS = 90.0
UNDER_WAY = (
    *((service, "select count(*) from outbox") for service in SERVICES),
    *(
        (service, "select count(*) from failed_messages where state <> 'dead'")
        for service in SERVICES
    ),
    (
        "notify",
        (
            "select count(*) from deliveries where next_attempt_at is not null or lease_until is "
            "not "
            "null"
        ),
    ),
)
"""What is empty once all is quiet."""


async def complaints_about(
    town: Town,
    promised: Promised,
    *,
    seconds: float = PATIENCE_SECONDS,
    expected: Callable[[str], bool] = lambda _: False,
) -> list[str]:
    """Return what is wrong once all that is under way has arrived; empty when all is well within
    `seconds`.

    `expected` says which complaints are no surprise after what was done to the town: these do not
    count.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    refused = town.mail_server.refused if town.mail_server else ()
    while True:
        if await is_quiet(town.installation.databases) or loop.time() > end:
            facts = await read_facts(town.installation.databases)
            complaints = find_complaints(
                facts, promised, town.installation.mails(), refused=refused
            )
            found = [complaint for complaint in complaints if not expected(complaint)]
            if not found or loop.time() > end:
                return found
        await asyncio.sleep(0.5)


async def is_quiet(databases: Databases) -> bool:
    """Return whether nothing waits to be told, tried again or sent.

    What the broker still carries is not known here.
    """
    for service, query in UNDER_WAY:
        if await databases.value(service, query) > 0:
            return False
    return True


def find_complaints(
    facts: Facts,
    promised: Promised,
    mails: Sequence[EmailMessage],
    *,
    refused: Collection[str] = (),
) -> Iterator[str]:
    """Yield a sentence for each thing that is wrong.

    `refused` are recipients to whom the mail server takes nothing, for good.
    """
    yield from nothing_is_left_over(facts)
    yield from requests_checked.each_request_is_one_ticket(facts, promised.requests)
    yield from requests_checked.each_number_is_sound(facts)
    yield from requests_checked.each_note_is_there_once(facts, promised.notes)
    yield from history_checked.each_history_replays(facts)
    yield from history_checked.each_stay_is_sound(facts)
    yield from history_checked.each_routed_stay_was_decided_once(facts)
    yield from portal_checked.the_portal_equals_tickets(facts)
    yield from portal_checked.what_is_shared_is_found(facts)
    yield from families_checked.each_family_is_sound(facts)
    yield from families_checked.each_end_is_told_to_the_parent(facts)
    yield from families_checked.each_recipe_is_done_in_order(facts)
    yield from families_checked.each_merge_is_whole(facts)
    yield from families_checked.each_link_goes_both_ways(facts)
    yield from families_checked.each_ended_ticket_says_when(facts)
    if promised.calls is not None:
        yield from commands_checked.each_answer_is_the_one_given(facts, promised.calls)
        yield from commands_checked.each_done_command_has_one_effect(facts, promised.calls)
        yield from commands_checked.no_refused_command_has_an_effect(facts, promised.calls)
        yield from commands_checked.each_word_is_there_once(facts, promised.calls)
    yield from mails_checked.each_due_mail_is_there_once(facts, refused)
    yield from mails_checked.each_mail_left_once(facts, mails)
    yield from notices_checked.nobody_is_told_twice(facts)
    yield from notices_checked.only_who_may_know_is_told(facts)
    yield from notices_checked.nobody_is_left_out(facts)
    yield from notices_checked.the_bell_rings_as_told(facts)
    yield from notices_checked.each_notice_by_mail_left(facts)


def nothing_is_left_over(facts: Facts) -> Iterator[str]:
    for service, count in facts.outboxes.items():
        if count:
            yield f"{service}: {count} events in the outbox"
    for service, kept in facts.failed.items():
        for row in kept:
            yield f"{service}: a kept message {row['type']} is {row['state']}: {row['error']}"
