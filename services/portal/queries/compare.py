"""What the portal's copy of the tickets is compared by, on the command line."""

from services.portal.queries.rows import ticket_state
from services.portal.repository import ARTICLES, HISTORY, TICKETS
from shared.database.database import Database
from shared.database.walking import walk
from shared.fingerprints import Compared, article_fact, change_fact, ticket_fact


async def fingerprints_of_copies(database: Database) -> Compared:
    """Return what is compared with the tickets themselves: all tickets, articles and changes that are shown here."""
    found = Compared()
    async for rows in walk(database, TICKETS):
        for row in rows:
            found.tickets.add(row.id, ticket_fact(ticket_state(row._mapping)))
    async for rows in walk(database, ARTICLES):
        for row in rows:
            found.articles.add(row.ticket_id, article_fact(row, identity=row.author_identity, name=row.author_name))
    async for rows in walk(database, HISTORY):
        for row in rows:
            found.history.add(row.ticket_id, change_fact(row, identity=row.actor_identity, name=row.actor_name))
    return found
