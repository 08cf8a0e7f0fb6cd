"""Searches on PostgreSQL give the answers that they give on SQLite."""

import secrets

import asyncpg
import pytest
from sqlalchemy import make_url, text

from services.portal.main import MIGRATIONS
from services.portal.queries import lists
from services.portal.queries.lists import TicketFilter, list_tickets
from services.portal.queries.viewers import viewer_of
from shared.contracts.events.tickets import TicketNoted
from shared.database.database import Database
from shared.database.migrate import is_up_to_date, migrate
from tests.factories.portal_desk import make_person
from tests.factories.portal_events import ANNA, make_article, make_created, make_state
from tests.factories.portal_words import ALL, SEARCHES, Searched, make_library
from tests.servers.server import PostgresServer
from tests.unit.portal.conftest import Project
from tests.unit.portal.queries.test_search import found

EXPECTED = {(each.who, each.own, each.words): each.found for each in SEARCHES}


async def test_each_search_finds_what_it_should(database: Database, project: Project) -> None:
    await project(make_library())

    assert {
        (each.who, each.own, each.words): await found(database, each) for each in SEARCHES
    } == EXPECTED


async def test_no_order_of_the_events_changes_what_is_found(
    database: Database, project: Project
) -> None:
    events = make_library()
    await project(reversed(events))
    for event in events:
        await project([event])

    assert {
        (each.who, each.own, each.words): await found(database, each) for each in SEARCHES
    } == EXPECTED


@pytest.mark.parametrize("most", [0, 3, 1000])
async def test_few_and_many_tickets_with_the_words_are_listed_alike(
    most: int, database: Database, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "MOST_FOUND", most)
    await project(
        make_created(i, subject="Borsa" if i % 3 else "Altro", queue="studenti" if i % 2 else "ict")
        for i in range(1, 31)
    )

    async with database.reading() as connection:
        viewer = await viewer_of(connection, make_person("anna.ferri"))
        wanted = TicketFilter(words="borsa", states=("new",))
        page = await list_tickets(connection, viewer, wanted, sort="created_at", limit=200)

    assert [int(item.number[10:15]) for item in page.items] == [
        i for i in range(1, 31) if i % 3 and i % 2
    ]


async def test_the_words_of_one_ticket_have_an_end(database: Database, project: Project) -> None:
    await project([make_created(1)])
    for part in range(9):
        body = " ".join(f"{part}a{n:x}" * 4 for n in range(900))
        notes = tuple(
            make_article("note", body=f"{each}{body}{each}"[:20_000]) for each in range(5)
        )
        await project(
            [TicketNoted(ticket=make_state(1, version=2 + part), actor=ANNA, articles=notes)]
        )

    async with database.reading() as connection:
        size = (
            await connection.execute(
                text("select pg_column_size(internal || ''::tsvector) from words")
            )
        ).scalar_one()

    assert 100_000 < size <= 262_144
    assert await found(database, Searched(ALL, "0a10a10a10a1 doppia", [1])) == [1]


async def test_words_are_found_by_their_index(database: Database, project: Project) -> None:
    await project(make_created(i) for i in range(1, 300))

    async with database.reading() as connection:
        query = (
            "select ticket_id from words where (facts || public || internal) @@ "
            "cast('''rata'':*' as tsquery) limit 1001"
        )
        plan = "\n".join(row[0] for row in await connection.execute(text(f"explain {query}")))

    assert "ix_words_all" in plan, plan


async def test_a_user_who_may_not_add_extensions_can_migrate(
    postgres_server: PostgresServer,
) -> None:
    name = f"sportello_portal_{secrets.token_hex(6)}"
    url = make_url(postgres_server.create_database(name))
    owner = await asyncpg.connect(url.render_as_string(hide_password=False))
    await owner.execute(f"create role {name} login password 'a password for this test'")
    await owner.execute(
        f"revoke create on database {name} from public; grant all on schema public to {name}"
    )
    limited = url.set(username=name, password="a password for this test").render_as_string(
        hide_password=False
    )
    database = Database(limited, service="portal")
    try:
        await migrate(database, MIGRATIONS)

        indexes = {
            row["indexname"]
            for row in await owner.fetch(
                "select indexname from pg_indexes where schemaname = 'public'"
            )
        }
        assert await is_up_to_date(database, MIGRATIONS)
        assert {"ix_words_all", "ix_words_merged"} <= indexes
        assert "ix_tickets_search_ended" not in indexes
    finally:
        await database.close()
        await owner.execute(f"drop owned by {name} cascade; drop role {name}")
        await owner.close()
        postgres_server.drop_database(name)
