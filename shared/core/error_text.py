"""Texts of errors that are safe for logs, readiness checks and failed messages.

The message of a driver or library often quotes its input: the parameters of a statement, a row that
violates a constraint, a text that is not a number, a refused recipient. Such input may be personal
data. The functions in this module therefore keep only those parts of a message that are known to
contain none: the kind of the error and its place in the code.
"""

import ast
import linecache
import textwrap
import traceback
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from shared.core.errors import (
    BusUnreachable,
    Conflict,
    ImpossibleValue,
    Invalid,
    NoAnswer,
    NotYet,
    Transient,
    TryAgain,
)

LONGEST = 500
MOST_FIELDS = 8
_ROOT = Path(__file__).resolve().parents[2]
_OURS = (Transient, TryAgain, NotYet, Invalid, Conflict, BusUnreachable, NoAnswer)
"""Errors of this program. Their texts contain only kinds and ids."""
_SAID_OF_DATABASES = ("08", "28", "3D", "3F", "42", "53", "57")
"""Classes of SQLSTATE whose messages contain names of servers, users and tables but no values.

They are: connection, authorisation, unknown names, resource limits, and operator intervention.
"""
_SAID_BY_SQLITE = (
    "SQLITE_BUSY",
    "SQLITE_LOCKED",
    "SQLITE_READONLY",
    "SQLITE_IOERR",
    "SQLITE_FULL",
    "SQLITE_CANTOPEN",
    "SQLITE_CORRUPT",
)
_QUOTES_THE_MESSAGE = frozenset({"DeliveryError", "PublishError", "MessageProcessError"})


def error_text(error: BaseException) -> str:
    """Return the kind of `error` and the safe part of its message, in one line."""
    said = _said(error) or _constant(error) or _place(error)
    name = type(error).__name__
    return " ".join(f"{name}: {said}".split() if said else [name])[:LONGEST]


def traced(error: BaseException) -> str:
    """Return the traceback of `error` and its causes, with `error_text` in place of the
    messages.
    """
    lines = []
    for each in _chain(error):
        lines += [*traceback.format_tb(each.__traceback__), error_text(each) + "\n"]
    return "".join(lines).rstrip()


def _said(error: BaseException) -> str:
    library = type(error).__module__.partition(".")[0]
    match error:
        case ImpossibleValue():
            return f"{error.field} {error.problem}"
        case _ if isinstance(error, _OURS):
            return str(error)
        case ValidationError():
            return _fields(error)
        case BaseExceptionGroup():
            return "; ".join(error_text(each) for each in error.exceptions[:MOST_FIELDS])
    if library == "sqlalchemy":
        # SQLAlchemy keeps the dialect's error in `orig`; the driver's error is the cause of that.
        original = getattr(error, "orig", None) or error.__cause__
        return error_text(original) if isinstance(original, BaseException) else ""
    if library == "asyncpg":
        return _of_postgres(error)
    if hasattr(error, "sqlite_errorname"):
        return _of_sqlite(error)
    if library == "aiosmtplib":
        return str(getattr(error, "code", "")) or _place(error)
    if library in ("aio_pika", "aiormq", "pamqp"):
        return "" if type(error).__name__ in _QUOTES_THE_MESSAGE else str(error)
    return (
        str(error)
        if isinstance(error, OSError) and library in ("builtins", "socket", "ssl", "asyncio")
        else ""
    )


def _fields(error: ValidationError) -> str:
    problems = error.errors(include_input=False, include_url=False, include_context=False)
    told = "; ".join(
        f"{_path(each['loc'], each['type'])} {each['type']}" for each in problems[:MOST_FIELDS]
    )
    more = f" and {len(problems) - MOST_FIELDS} more" if len(problems) > MOST_FIELDS else ""
    return f"{error.title}: {told}{more}"


def _path(location: tuple[str | int, ...], kind: str) -> str:
    parts = [str(part) for part in location]
    if kind == "extra_forbidden":
        # The sender chose the name of an unknown field, and it may be personal data.
        parts[-1:] = ["?"]
    return ".".join(
        part if part.replace("_", "a").isalnum() and len(part) <= 40 else "?" for part in parts
    )


def _of_postgres(error: BaseException) -> str:
    state = str(getattr(error, "sqlstate", None) or "")
    names = [
        getattr(error, name, None) for name in ("constraint_name", "table_name", "column_name")
    ]
    text = str(error).partition("\n")[0] if state.startswith(_SAID_OF_DATABASES) else ""
    return " ".join(str(part) for part in (state, text, *names) if part)


def _of_sqlite(error: BaseException) -> str:
    name = str(getattr(error, "sqlite_errorname", ""))
    is_told = name.startswith((*_SAID_BY_SQLITE, "SQLITE_CONSTRAINT")) or str(error).startswith(
        "no such table"
    )
    return f"{name} {error}" if is_told else name


def _constant(error: BaseException) -> str:
    """Return the text of `error` if it is a literal in the source that raised it, otherwise "".

    A literal cannot be personal data.
    """
    frames = traceback.extract_tb(error.__traceback__)
    if not frames or not frames[-1].lineno:
        return ""
    lines = range(frames[-1].lineno, (frames[-1].end_lineno or frames[-1].lineno) + 1)
    source = textwrap.dedent(
        "".join(linecache.getline(frames[-1].filename, line) for line in lines)
    )
    try:
        constants = {
            node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)
        }
    except (SyntaxError, ValueError):
        return ""
    return str(error) if str(error) in constants else ""


def _place(error: BaseException) -> str:
    """Return the innermost file and line of Sportello in the traceback of `error`, or ""."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(_ROOT)
    ]
    ours = [frame for frame in frames if ".venv" not in Path(frame.filename).parts]
    return "" if not ours else f"at {Path(ours[-1].filename).relative_to(_ROOT)}:{ours[-1].lineno}"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield the causes of `error`, the first cause first, and then `error` itself."""
    chain: list[BaseException] = []
    each: BaseException | None = error
    while each is not None and each not in chain:
        chain.append(each)
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
    yield from reversed(chain)
