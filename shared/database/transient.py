"""Which database errors mean "do it again", and which mean "this can never work"."""

import sqlite3

import asyncpg
from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.core.errors import Transient

_AGAIN = {
    "40001",  # serialization_failure
    "40P01",  # deadlock_detected
    "55P03",  # lock_not_available
    "25006",  # read_only_sql_transaction: another server has become the leader
    "57P01",  # admin_shutdown
    "57P02",  # crash_shutdown
    "57P03",  # cannot_connect_now
    "57P05",  # idle_session_timeout
    "58030",  # io_error
}
_AGAIN_CLASSES = (
    "08",  # connection
    "53",  # disk, memory or connections used up
)
_OF_THE_DATA = {
    "23502",  # not_null_violation
    "23514",  # check_violation
}
_OF_THE_DATA_CLASSES = (
    "22",  # data exception: out of range, NUL in a text, not a number
    "54",  # program limits: a text too long for an index
)
_OF_THE_HANDLER = (
    FileNotFoundError,
    FileExistsError,
    IsADirectoryError,
    NotADirectoryError,
    PermissionError,
)
"""OSErrors that no connection raises: a handler misses a file of its own, and would miss it for
ever.
"""
_BUSY = (
    "database is locked",
    "database table is locked",
    "disk I/O error",
    "database or disk is full",
)


def is_data_error(error: BaseException) -> bool:
    """Return whether the database can never take these values, however often they are sent.

    Numbers out of range, NUL in a text, a broken check: what is wrong is the message, so another
    attempt is in vain.
    """
    if isinstance(error, UnicodeError | OverflowError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    original = error.orig
    cause = original.__cause__ if original is not None else None
    if isinstance(error, DataError) or isinstance(cause, OverflowError | UnicodeError):
        return True
    state = getattr(original, "sqlstate", None)
    if state is not None:
        return state in _OF_THE_DATA or state.startswith(_OF_THE_DATA_CLASSES)
    name = getattr(
        original if hasattr(original, "sqlite_errorname") else cause, "sqlite_errorname", ""
    )
    return name in (
        "SQLITE_CONSTRAINT_CHECK",
        "SQLITE_CONSTRAINT_NOTNULL",
        "SQLITE_TOOBIG",
        "SQLITE_MISMATCH",
    )


def is_transient(error: BaseException) -> bool:
    """Return whether the same transaction may succeed when it is simply done again.

    Deadlock, serialisation failure, busy SQLite, a lost or refused connection, a server that is
    starting or stopping, and what our own code says is Transient.
    """
    if isinstance(error, Transient):
        return True
    if isinstance(error, PoolTimeout | OSError):
        return not isinstance(error, _OF_THE_HANDLER)
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    original = error.orig
    if isinstance(
        original.__cause__ if original is not None else None, asyncpg.InvalidCachedStatementError
    ):
        return True  # a migration changed what the statement was prepared for; it is prepared anew
    state = getattr(original, "sqlstate", None)
    if state is not None:
        return state in _AGAIN or state.startswith(_AGAIN_CLASSES)
    if isinstance(original, sqlite3.OperationalError) or isinstance(error, OperationalError):
        return any(text in str(original) for text in _BUSY)
    cause = original.__cause__ if original is not None else None
    if isinstance(cause, OSError):
        return True
    return isinstance(error, InterfaceError | InternalError) and "connection" in str(original)
