"""What commands were answered, so that a repeat is answered the same."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.database.base import table_of
from shared.database.bulk import NewRows
from shared.database.prepared import Prepared
from shared.database.tables import CommandAnswerRow

_ANSWERS = table_of(CommandAnswerRow)
_GIVEN = Prepared(
    select(_ANSWERS.c.body_hash, _ANSWERS.c.answer).where(_ANSWERS.c.id == bindparam("id"))
)


async def find_answer(connection: AsyncConnection, command_id: UUID) -> tuple[str, Any] | None:
    """Return `(body hash, answer)` given to `command_id`, or None."""
    row = await _GIVEN.row(connection, id=command_id)
    return (row.body_hash, row.answer) if row else None


def answer_row(command_id: UUID, *, body_hash: str, answer: Any, now: datetime) -> NewRows:
    """Return what stores an answer; it returns no id if somebody else answered the same command
    meanwhile.
    """
    row = {"id": command_id, "body_hash": body_hash, "answer": answer, "answered_at": now}
    return NewRows(_ANSWERS, [row], "nothing", returning="id")


async def replace_answer(connection: AsyncConnection, command_id: UUID, answer: Any) -> None:
    """Keep `answer` in place of the one given to `command_id`; nothing happens where there is
    none.
    """
    await connection.execute(
        update(_ANSWERS).where(_ANSWERS.c.id == command_id).values(answer=answer)
    )


async def forget_answer(connection: AsyncConnection, command_id: UUID) -> None:
    """Delete the answer given to `command_id`, if there is one."""
    await connection.execute(delete(_ANSWERS).where(_ANSWERS.c.id == command_id))


async def forget_answers_before(connection: AsyncConnection, moment: datetime) -> int:
    """Delete the answers given before `moment`; return how many."""
    return (
        await connection.execute(delete(_ANSWERS).where(_ANSWERS.c.answered_at < moment))
    ).rowcount
