"""What notify needs from the outside world."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from services.notify.domain.outcomes import Outcome
from shared.core.ids import DeliveryId


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """A mail ready to go: `content` is the whole message (RFC 5322) with CRLF line ends, from
    `sender` to the one `recipient`.

    `queued_at` is the same at every attempt. `needs_smtputf8`: an address in it cannot be written
    in ASCII.
    """

    delivery_id: DeliveryId
    sender: str
    recipient: str
    content: bytes
    queued_at: datetime
    needs_smtputf8: bool = False


class MailSender(Protocol):
    """Hands mails over to whoever delivers them."""

    @property
    def parallel(self) -> int:
        """How many mails may be under way at once."""

    @property
    def time_limit(self) -> timedelta:
        """The longest that `send` takes."""

    async def send(self, mail: OutgoingMail) -> Outcome:
        """Hand `mail` over; return how that ended. Never raises for what a server does or says."""

    async def close(self) -> None:
        """Leave the server politely; what is still under way leaves it when it is done."""


@dataclass(frozen=True, slots=True)
class WrittenMail:
    """A mail that was written into a folder.

    `headers` are decoded; `body` is its text ("" in a list, where it is not read).
    """

    name: str
    queued_at: datetime
    recipient: str
    sender: str
    subject: str
    headers: tuple[tuple[str, str], ...]
    body: str


class WrittenMails(Protocol):
    """The mails in a folder; a mail's `name` is its file's."""

    def newest(self, limit: int, *, before: str | None = None) -> list[WrittenMail]:
        """Return up to `limit` mails, newest first, older than the one named `before`."""

    def find(self, name: str) -> WrittenMail | None:
        """Return the mail called `name`, None where there is none."""
