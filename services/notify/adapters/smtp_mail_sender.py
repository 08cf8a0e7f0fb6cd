"""Mails to a mail server."""

import asyncio
import socket
from datetime import timedelta

from services.notify.adapters.smtp_connection import SmtpConnection
from services.notify.adapters.smtp_server import SmtpServer
from services.notify.domain.outcomes import Outcome
from services.notify.ports import OutgoingMail

CLEANING_UP_SECONDS = 10.0
"""Seconds for the commands around a mail: closing a connection that has sent many mails, and
clearing the envelope after a refusal.
"""


class SmtpMailSender:
    """Sends over up to `connections` connections, each used for many mails.

    `timeout` is in seconds, for one whole mail.
    """

    def __init__(
        self,
        server: SmtpServer,
        *,
        connections: int,
        timeout: float,
        verify_certificate: bool = True,
    ) -> None:
        self._server = server
        self._connections = connections
        self._timeout = timeout
        self._verify_certificate = verify_certificate
        self._idle: list[SmtpConnection] = []
        self._hostname: str | None = None
        self._is_closed = False

    @property
    def parallel(self) -> int:
        return self._connections

    @property
    def time_limit(self) -> timedelta:
        return timedelta(seconds=self._timeout + CLEANING_UP_SECONDS)

    async def send(self, mail: OutgoingMail) -> Outcome:
        # The connection used last is taken first: a quiet desk keeps one busy and lets the others
        # end.
        connection = self._idle.pop() if self._idle else await self._connection()
        try:
            return await connection.send(mail)
        finally:
            if self._is_closed:
                await connection.close()
            else:
                self._idle.append(connection)

    async def close(self) -> None:
        self._is_closed = True
        idle, self._idle = self._idle, []
        await asyncio.gather(*(connection.close() for connection in idle))

    async def _connection(self) -> SmtpConnection:
        if self._hostname is None:
            self._hostname = await asyncio.to_thread(_own_name)
        return SmtpConnection(
            self._server,
            timeout=self._timeout,
            hostname=self._hostname,
            verify_certificate=self._verify_certificate,
        )


def _own_name() -> str:
    """Return how this machine greets (asking the name service may take long, so it is asked
    once).
    """
    name = socket.getfqdn()
    return (
        name if name.isascii() and name.isprintable() and name and " " not in name else "localhost"
    )
