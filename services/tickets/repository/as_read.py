"""Tickets for a command that expects a version: the ticket must still be as the caller has read
it.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import and_, func, select

from services.tickets.domain.news import PastVersion, news_of
from services.tickets.domain.ticket import Ticket
from services.tickets.models import ArticleRow, HistoryRow
from services.tickets.ports import Done
from services.tickets.repository.tickets import SqlTickets
from shared.contracts.commands.tickets import TicketCommand
from shared.contracts.desk import Desk
from shared.contracts.people import Actor
from shared.core.errors import ChangedSince, ImpossibleValue, PreconditionFailed
from shared.database.base import table_of
from shared.database.unit_of_work import UnitOfWork
from shared.policy.permissions import roles_of

_ARTICLES = table_of(ArticleRow)
_HISTORY = table_of(HistoryRow)


class TicketsAsRead(SqlTickets):
    """The tickets for a command with an `expected_version`.

    The check comes after all others, when the ticket is locked and before anything is written: so
    it is exact, and a refusal for another reason comes first. A command that changes nothing is not
    checked.
    """

    def __init__(
        self, uow: UnitOfWork, desk: Desk, command: TicketCommand, *, expected: int
    ) -> None:
        super().__init__(uow)
        self._desk = desk
        self._command = command
        self._expected = expected
        self._is_checked = False

    async def add(self, done: Sequence[Done]) -> set[UUID]:
        """Do as SqlTickets does. Raises ChangedSince or PreconditionFailed."""
        await self._require_nothing_new()
        return await super().add(done)

    async def record(self, done: Sequence[Done]) -> None:
        """Do as SqlTickets does. Raises ChangedSince or PreconditionFailed."""
        if done:
            await self._require_nothing_new()
        await super().record(done)

    async def _require_nothing_new(self) -> None:
        if self._is_checked:
            return
        self._is_checked = True
        ticket = await self.get(self._command.number)
        refusal = PreconditionFailed if self._command.is_precondition else ChangedSince
        if self._expected > ticket.version:
            if self._command.is_precondition:
                raise PreconditionFailed(ticket.version)
            raise ImpossibleValue("expected_version", "no_such_version", str(self._expected))
        caller = self._command.caller
        roles = roles_of(self._desk, ticket, caller, parent_owner=ticket.parent_owner(self._desk))
        news = news_of(
            await self._versions_after(ticket), reader=caller.identity, sees_all="right:ro" in roles
        )
        if news:
            # To its requester operators appear as the office: they hear that something came, not
            # from whom.
            raise refusal(ticket.version, news if roles & {"right:ro", "parent_owner"} else ())

    async def _versions_after(self, ticket: Ticket) -> list[PastVersion]:
        passed_up = (
            select(func.count())
            .where(
                _ARTICLES.c.ticket_id == _HISTORY.c.ticket_id,
                _ARTICLES.c.version == _HISTORY.c.version,
                _ARTICLES.c.visible_to_requester,
            )
            .scalar_subquery()
        )
        since = and_(_HISTORY.c.ticket_id == ticket.id, _HISTORY.c.version > self._expected)
        rows = await self._connection.execute(
            select(_HISTORY, passed_up.label("passed_up")).where(since).order_by(_HISTORY.c.version)
        )
        return [
            PastVersion(
                version=row.version,
                event=row.event,
                actor=Actor.model_validate(row.actor),
                at=row.at,
                changed=frozenset(row.changes),
                passes_up=row.passed_up > 0,
            )
            for row in rows
        ]
