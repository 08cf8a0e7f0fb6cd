"""A replay of tickets lets intake's requests know their numbers again."""

from services.intake.consumers import on_tickets_replayed
from services.intake.queries import SentRequest, find_sent
from services.intake.repository import submissions_after
from shared.contracts.events.replay import TicketReplayed
from shared.contracts.events.ticket_state import Article
from shared.contracts.people import Actor
from shared.core.cause import Cause
from shared.core.ids import new_id
from shared.database.envelope import Envelope
from tests.integration.intake.conftest import Running, id_of
from tests.integration.intake.test_intake_api import BODY, PATH
from tests.integration.intake.test_intake_hears import MORNING, created, status_of


async def test_requests_learn_the_numbers_that_they_do_not_know(intake: Running) -> None:
    known, unknown = [id_of(await intake.client.post(PATH, json=BODY)) for _ in range(2)]
    told = [(known, "2026092810000016"), (unknown, "2026092810000025"), (None, "2026092810000061")]
    states = {number: created(request_id, number).ticket for request_id, number in told}
    events = [
        TicketReplayed(ticket_id=states[n].id, request_id=request_id, ticket=states[n])
        for request_id, n in told
    ]
    events.append(TicketReplayed(ticket_id=states["2026092810000016"].id, request_id=known))

    async with intake.database.transaction() as uow:
        received = [
            Envelope(new_id(), event.NAME, event, Cause.fresh(), MORNING, is_replay=True)
            for event in events
        ]
        await on_tickets_replayed(intake.context, uow, received)

    assert [await status_of(intake, request_id) for request_id in (known, unknown)] == [
        ("ticketed", "2026092810000016"),
        ("ticketed", "2026092810000025"),
    ]


async def test_a_request_that_has_another_ticket_since_a_restore_learns_its_number(
    intake: Running,
) -> None:
    request_id = id_of(await intake.client.post(PATH, json=BODY))
    before, after = (
        created(request_id, "2026092810000016").ticket,
        created(request_id, "2026092810000025").ticket,
    )

    for state in (before, after):
        async with intake.database.transaction() as uow:
            event = TicketReplayed(ticket_id=state.id, request_id=request_id, ticket=state)
            await on_tickets_replayed(
                intake.context,
                uow,
                [Envelope(new_id(), event.NAME, event, Cause.fresh(), MORNING, is_replay=True)],
            )

    assert await status_of(intake, request_id) == ("ticketed", "2026092810000025")


async def test_a_request_that_a_restore_has_lost_is_made_again_from_its_ticket_and_is_not_published(
    intake: Running,
) -> None:
    request_id = new_id()
    state = created(request_id, "2026092810000016").ticket
    author = Actor(identity=state.requester.identity, name=state.requester.name)
    article = Article(
        id=new_id(),
        kind="request",
        author=author,
        visible_to_requester=True,
        subject="a",
        body="Le parole.",
        created_at=MORNING,
    )
    event = TicketReplayed(
        ticket_id=state.id, request_id=request_id, ticket=state, articles=(article,)
    )

    for _ in range(2):
        async with intake.database.transaction() as uow:
            await on_tickets_replayed(
                intake.context,
                uow,
                [Envelope(new_id(), event.NAME, event, Cause.fresh(), MORNING, is_replay=True)],
            )
            assert uow.emitted == []

    assert await status_of(intake, request_id) == ("ticketed", "2026092810000016")
    async with intake.database.reading() as connection:
        sent = await find_sent(connection, request_id)
        (request,) = await submissions_after(connection, None, limit=10)
    assert sent == SentRequest(
        "simple",
        state.requester,
        {"subject": state.subject, "description": article.body, **state.fields},
    )
    assert (request.filed_by, request.submitted_at, request.context) == (
        None,
        article.created_at,
        state.context,
    )
