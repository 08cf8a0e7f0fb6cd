"""What the command line asks tickets, on both databases."""

from services.tickets.queries import count_not_ended_by_queue
from shared.contracts.commands import tickets as commands
from tests.factories.tickets import make_request
from tests.integration.tickets.conftest import Process
from tests.integration.tickets.test_families_on_databases import (
    ANNA,
    CAREERS,
    CARLA,
    done,
    open_child,
)
from tests.integration.tickets.test_journey import queued


async def test_queues_count_what_has_not_ended_but_for_children_that_wait_as_returned(
    process: Process,
) -> None:
    assert await count_not_ended_by_queue(process.database) == {}
    first, second = await queued(process, make_request()), await queued(process, make_request())
    await done(process, commands.Take(caller=ANNA, number=first.number))
    child = await done(process, open_child(first))
    with_child = await count_not_ended_by_queue(process.database)

    await done(process, commands.Bounce(caller=CARLA, number=child.number, reason="Manca l'anno"))
    await done(process, commands.Take(caller=ANNA, number=second.number))
    await done(
        process,
        commands.Close(caller=ANNA, number=second.number, outcome="successful", answer="Fatto"),
    )

    assert with_child == {"studenti": 2, CAREERS: 1}
    assert await count_not_ended_by_queue(process.database) == {"studenti": 1}
