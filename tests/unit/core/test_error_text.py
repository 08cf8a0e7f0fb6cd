"""What is told of an error names its kind and its place, and quotes nobody."""

import sqlite3
from collections.abc import Callable
from typing import Any
from uuid import UUID

import aiosmtplib
import asyncpg
import orjson
import pytest
from pydantic import BaseModel, ConfigDict, EmailStr
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from shared.core.error_text import error_text, traced
from shared.core.errors import HeldBySomebodyElse, ImpossibleValue, Invalid, NotYet

NAME = "Ludovica Planted"


class Person(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: int
    email: EmailStr
    answers: dict[str, int] = {}


def _raise(error: BaseException) -> None:
    raise error


def _postgres() -> None:
    error = asyncpg.UniqueViolationError(f'duplicate key value: "{NAME}"')
    error.sqlstate, error.detail = "23505", f"Key (name)=({NAME}) already exists."
    error.constraint_name, error.table_name = "uq_people_name", "people"
    raise DBAPIError("insert into people values ($1)", {"name": NAME}, error) from error


def _sqlite() -> None:
    engine = create_engine("sqlite://", hide_parameters=True)
    with engine.connect() as connection:
        connection.execute(text("create table people (name text unique check (length(name) < 4))"))
        connection.execute(text("insert into people values (:name)"), {"name": NAME})


QUOTING: dict[str, Callable[[], Any]] = {
    "a number": lambda: int(NAME),
    "a key": lambda: dict[str, int]()[NAME],
    "an id": lambda: UUID(NAME),
    "bytes": lambda: (NAME.encode() + b"\xff").decode(),
    "letters": lambda: (NAME + "\ud800").encode(),
    "json": lambda: orjson.loads(NAME),
    "a model": lambda: Person.model_validate(
        {"name": NAME, "email": NAME, NAME: 1, "answers": {NAME: NAME}}
    ),
    "a model of json": lambda: Person.model_validate_json(f'{{"name": "{NAME}", "{NAME}": 1}}'),
    "a refusal": lambda: _raise(ImpossibleValue("to", "not_an_address", NAME)),
    "an owner": lambda: _raise(HeldBySomebodyElse(owner=NAME)),
    "a reply of the mail server": lambda: _raise(
        aiosmtplib.SMTPRecipientRefused(550, f"<{NAME}> is unknown", NAME)
    ),
    "a lost mail server": lambda: _raise(aiosmtplib.SMTPServerDisconnected(f"said {NAME}")),
    "PostgreSQL": _postgres,
    "SQLite": _sqlite,
    "a search": lambda: sqlite3.connect(":memory:").execute(f'select "{NAME}'),
    "several": lambda: _raise(ExceptionGroup("both", [ValueError(NAME), KeyError(NAME)])),
    "a sentence with it": lambda: _raise(ValueError(f"there is no {NAME}")),
}


def _error_of(work: Callable[[], Any]) -> BaseException:
    with pytest.raises(BaseException) as caught:
        work()
    return caught.value


@pytest.mark.parametrize("kind", QUOTING)
def test_no_error_is_told_with_what_it_quotes(kind: str) -> None:
    error = _error_of(QUOTING[kind])
    try:
        raise RuntimeError(f"while handling {NAME}") from error
    except RuntimeError as led_to:
        chain = traced(led_to)

    assert "Ludovica" not in error_text(error)
    assert error_text(error).startswith(type(error).__name__)
    assert "Ludovica" not in chain.replace('f"while handling {NAME}"', "")
    assert f"RuntimeError: at tests/unit/core/{__name__.rpartition('.')[2]}.py" in chain


@pytest.mark.parametrize(
    ("work", "told"),
    [
        (_postgres, "DBAPIError: UniqueViolationError: 23505 uq_people_name people"),
        (
            _sqlite,
            (
                "IntegrityError: IntegrityError: SQLITE_CONSTRAINT_CHECK CHECK constraint failed: "
                "length(name) < 4"
            ),
        ),
        (
            QUOTING["a model"],
            (
                "ValidationError: Person: name int_parsing; email value_error; answers.? "
                "int_parsing; "
                "? extra_forbidden"
            ),
        ),
        (QUOTING["a refusal"], "ImpossibleValue: to not_an_address"),
        (QUOTING["a reply of the mail server"], "SMTPRecipientRefused: 550"),
        (
            lambda: _raise(ConnectionRefusedError(111, "refused")),
            "ConnectionRefusedError: [Errno 111] refused",
        ),
        (
            lambda: _raise(Invalid("nothing here handles a.b.c.v1")),
            "Invalid: nothing here handles a.b.c.v1",
        ),
        (lambda: _raise(NotYet("ticket 7")), "NotYet: ticket 7"),
    ],
)
def test_an_error_is_told_by_what_helps_to_mend_it(work: Callable[[], Any], told: str) -> None:
    assert error_text(_error_of(work)) == told


def test_a_text_that_stands_in_the_program_is_told() -> None:
    with pytest.raises(ValueError) as caught:
        raise ValueError("this is always the same")

    assert error_text(caught.value) == "ValueError: this is always the same"
