"""What notify needs from the outside world."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.notify.domain.outcomes import Outcome
from shared.ids import DeliveryId


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """A mail ready to go: `content` is the whole message (RFC 5322) with CRLF line ends, from `sender` to the one `recipient`.

    `queued_at` is the same at every attempt. `needs_smtputf8`: an address in it cannot be written in ASCII.
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

    async def send(self, mail: OutgoingMail) -> Outcome:
        """Hand `mail` over; return how that ended, within the sender's time limit. Never raises for what a server does or says."""

    async def close(self) -> None:
        """Leave the server politely."""
