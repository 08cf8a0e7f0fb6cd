"""What becomes of a message that could not be handled in its batch."""

from dataclasses import replace
from datetime import datetime, timedelta

from shared.core.backoff import Backoff
from shared.core.error_text import error_text
from shared.core.errors import Conflict, Invalid, NotYet
from shared.database.envelope import Envelope
from shared.database.failed_messages import FailedMessage, FailedState
from shared.database.transient import is_data_error

RETRIES = Backoff(first=1.0, longest=64.0, jitter=(0.8, 1.2))
MAX_ATTEMPTS = 8
NOT_YET = Backoff(first=0.25, longest=30.0)
PATIENCE = timedelta(hours=24)


def kept(
    envelope: Envelope[bytes],
    *,
    now: datetime,
    state: FailedState = "retry",
    attempts: int = 0,
    error: str | None = None,
) -> FailedMessage:
    """Return `envelope` as it is kept, due at once."""
    return FailedMessage(
        envelope=envelope,
        state=state,
        attempts=attempts,
        unfinished=0,
        next_attempt_at=now,
        error=error,
        first_failed_at=now,
    )


def verdict(failed: FailedMessage, error: Exception, *, now: datetime) -> FailedMessage:
    """Return `failed` as it stands after an attempt that ended with `error`.

    After NotYet the message waits (ever longer, up to 30 s, for 24 h), and the attempt does not
    count. After Invalid, Conflict and values that the database can never take it is a dead letter
    at once. After any other error it is retried with growing, jittered waits; after 8 attempts it
    is a dead letter.
    """
    sentence = storable(error_text(error))
    if isinstance(error, NotYet):
        age = now - failed.first_failed_at
        pause = timedelta(seconds=NOT_YET.wait_by_age(age.total_seconds()))
        state: FailedState = "dead" if age > PATIENCE else "waiting"
        attempts = failed.attempts - 1
        return replace(
            failed,
            state=state,
            attempts=attempts,
            unfinished=0,
            next_attempt_at=now + pause,
            error=sentence,
        )
    if (
        isinstance(error, Invalid | Conflict)
        or is_data_error(error)
        or failed.attempts >= MAX_ATTEMPTS
    ):
        return replace(failed, state="dead", unfinished=0, next_attempt_at=now, error=sentence)
    pause = timedelta(seconds=RETRIES.wait(failed.attempts))
    return replace(failed, state="retry", unfinished=0, next_attempt_at=now + pause, error=sentence)


def storable(text: str) -> str:
    """Return `text` without NUL and lone surrogates, which no database takes as text.

    Errors may quote a message that has them.
    """
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
