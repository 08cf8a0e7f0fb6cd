"""Searches in what others have shared with somebody: by what its page shows them."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.portal.domain.search_words import Sought, Term, has_term, words_of_answers
from services.portal.domain.viewer import Viewer
from services.portal.projection.repository import TICKETS
from services.portal.queries.rows import shared_with
from services.portal.queries.search import OF_READERS, gathered_from, merged_with_any, targets_with

MOST_GIVEN = 2000
"""Tickets shared with one person that are looked at, the newest first."""


async def found_among_given(
    connection: AsyncConnection, sought: Sought, viewer: Viewer
) -> frozenset[UUID]:
    """Return the tickets shared with `viewer` in which all terms of `sought` are among what they
    read there.

    That is what its requester may read of the ticket (not the requester's address), the answers of
    the form, and the articles of those tickets merged into it that were shared with them as well.
    """
    query = (
        select(TICKETS.c.id, TICKETS.c.fields)
        .where(shared_with(viewer))
        .order_by(TICKETS.c.created_at.desc())
        .limit(MOST_GIVEN)
    )
    answers: Mapping[UUID, Mapping[str, object]] = {
        row.id: row.fields for row in await connection.execute(query)
    }
    if not answers:
        return frozenset()
    merged = await merged_with_any(connection, sought, OF_READERS)
    own = await targets_with(
        connection, sought, {*answers, *(into for into, _ in merged.values())}, OF_READERS
    )
    gathered = await gathered_from(connection, merged, own, viewer=viewer)

    def has(ticket_id: UUID, n: int, term: Term) -> bool:
        is_written = ticket_id in own and own[ticket_id][1][n]
        return (
            is_written
            or n in gathered.get(ticket_id, ())
            or has_term(words_of_answers(answers[ticket_id].values()), term)
        )

    return frozenset(
        ticket_id
        for ticket_id in answers
        if all(has(ticket_id, n, term) for n, term in enumerate(sought.terms))
    )
