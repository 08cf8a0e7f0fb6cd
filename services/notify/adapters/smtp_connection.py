"""One conversation with a mail server at a time, and always the knowledge how far it has come.

aiosmtplib's own `sendmail` cannot say whether an answer was lost before or after the final dot,
which decides whether the mail may have been taken; so the steps are made here one by one.
"""

import asyncio
from collections.abc import Sequence

import aiosmtplib
import structlog

from services.notify.adapters.smtp_protocol import read_answer, write_content
from services.notify.adapters.smtp_server import SmtpServer
from services.notify.domain.outcomes import (
    Accepted,
    Outcome,
    Refused,
    Stage,
    outcome_of_reply,
    outcome_of_silence,
)
from services.notify.ports import OutgoingMail
from shared.core.error_text import error_text

log = structlog.get_logger()

MAX_IDLE_SECONDS = 30.0
"""A connection unused for longer is not trusted: servers and firewalls drop them, some without a
word.
"""
MAX_MAILS = 100
"""Servers limit the mails of one connection; this is below what the common ones allow."""
FAREWELL_SECONDS = 3.0


class SmtpConnection:
    """A connection to `server`, opened when first needed and used for many mails.

    `timeout` (seconds) bounds one whole mail.
    """

    def __init__(
        self, server: SmtpServer, *, timeout: float, hostname: str, verify_certificate: bool = True
    ) -> None:
        self._server = server
        self._timeout = timeout
        self._hostname = hostname
        self._verify_certificate = verify_certificate
        self._smtp: aiosmtplib.SMTP | None = None
        self._stage = Stage.CONNECT
        self._mails = 0
        self._last_used = 0.0

    async def send(self, mail: OutgoingMail) -> Outcome:
        """Send `mail`; return how that ended."""
        await self._leave_if_worn()
        was_open = self._is_open()
        deadline = asyncio.get_running_loop().time() + self._timeout
        outcome, lost = await self._attempt(mail, deadline)
        if was_open and lost and self._stage is Stage.SENDER:
            # The server had closed a connection that looked open; that says nothing about how a
            # fresh one fares.
            outcome, _ = await self._attempt(mail, deadline)
        return outcome

    async def close(self) -> None:
        """Say goodbye, if the server listens, and hang up."""
        smtp, self._smtp = self._smtp, None
        if smtp is None:
            return
        try:
            if smtp.is_connected:
                await smtp.quit(timeout=FAREWELL_SECONDS)
        except (aiosmtplib.SMTPException, OSError) as error:
            log.debug("notify.smtp.farewell_failed", error=error_text(error))
        finally:
            smtp.close()

    def _is_open(self) -> bool:
        return self._smtp is not None and self._smtp.is_connected

    async def _leave_if_worn(self) -> None:
        idle = asyncio.get_running_loop().time() - self._last_used
        if self._smtp is not None and (idle > MAX_IDLE_SECONDS or self._mails >= MAX_MAILS):
            await self.close()

    async def _attempt(self, mail: OutgoingMail, deadline: float) -> tuple[Outcome, bool]:
        """Return how one attempt ended, and whether the connection was lost in it."""
        self._stage = Stage.CONNECT
        try:
            async with asyncio.timeout_at(deadline):
                await self._converse(mail)
        except aiosmtplib.SMTPResponseException as error:
            return await self._after_refusal(error.code, error.message)
        except TimeoutError:
            self._hang_up()
            return outcome_of_silence(self._stage, f"no answer within {self._timeout:g} s"), False
        except (aiosmtplib.SMTPException, OSError) as error:
            self._hang_up()
            hung_up = isinstance(error, aiosmtplib.SMTPServerDisconnected)
            return outcome_of_silence(
                self._stage, "the server hung up" if hung_up else str(error) or type(error).__name__
            ), True
        except ValueError as error:
            # Raised by aiosmtplib before anything is written, for an address that no command line
            # can hold. (Below OSError, because a certificate that cannot be trusted is both.)
            await self.close()
            return Refused(str(error)), False
        except asyncio.CancelledError:
            self._hang_up()
            raise
        self._mails += 1
        self._last_used = asyncio.get_running_loop().time()
        return Accepted(), False

    async def _converse(self, mail: OutgoingMail) -> None:
        smtp = await self._open()
        if mail.needs_smtputf8 and not smtp.supports_extension("smtputf8"):
            self._stage = Stage.RECIPIENT
            raise aiosmtplib.SMTPRecipientRefused(
                553, "the mail server takes no addresses outside ASCII", mail.recipient
            )
        encoding = "utf-8" if mail.needs_smtputf8 else "ascii"
        self._stage = Stage.SENDER
        await smtp.mail(mail.sender, options=_options(smtp, mail), encoding=encoding)
        self._stage = Stage.RECIPIENT
        await smtp.rcpt(mail.recipient, encoding=encoding)
        self._stage = Stage.CONTENT
        ready = await smtp.execute_command(b"DATA")
        if ready.code != 354:
            raise aiosmtplib.SMTPDataError(ready.code, ready.message)
        write_content(smtp, _dotted(mail.content))
        self._stage = Stage.END
        answer = await read_answer(smtp, timeout=self._timeout)
        if not 200 <= answer.code <= 299:
            raise aiosmtplib.SMTPDataError(answer.code, answer.message)

    async def _open(self) -> aiosmtplib.SMTP:
        if self._smtp is not None and self._smtp.is_connected:
            return self._smtp
        self._mails = 0
        self._smtp = smtp = aiosmtplib.SMTP(
            hostname=self._server.host,
            port=self._server.port,
            username=self._server.username,
            password=self._server.password,
            use_tls=self._server.tls_from_start,
            start_tls=self._server.start_tls,
            validate_certs=self._verify_certificate,
            local_hostname=self._hostname,
            timeout=self._timeout,
        )
        await smtp.connect()
        return smtp

    async def _after_refusal(self, code: int, text: str) -> tuple[Outcome, bool]:
        """Return what a refusing reply means; make the connection ready for the next mail, or leave
        it.
        """
        if code < 0:  # aiosmtplib's mark for an answer that is not SMTP
            self._hang_up()
            return outcome_of_silence(self._stage, f"an answer that is not SMTP: {text}"), False
        outcome = outcome_of_reply(self._stage, code, text)
        self._last_used = asyncio.get_running_loop().time()
        if code == 421 or self._stage is Stage.CONNECT or not self._is_open() or self._smtp is None:
            await self.close()
            return outcome, code == 421
        try:
            await self._smtp.rset(timeout=FAREWELL_SECONDS)
        except (aiosmtplib.SMTPException, OSError):
            self._hang_up()
        return outcome, False

    def _hang_up(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None


def _options(smtp: aiosmtplib.SMTP, mail: OutgoingMail) -> Sequence[str]:
    options = [f"SIZE={len(mail.content)}"] if smtp.supports_extension("size") else []
    return [*options, "SMTPUTF8", "BODY=8BITMIME"] if mail.needs_smtputf8 else options


def _dotted(content: bytes) -> bytes:
    """Return `content` as it goes over the wire: lines that begin with a dot get a second one, and
    a single dot ends it (RFC 5321).
    """
    body = content if content.endswith(b"\r\n") else content + b"\r\n"
    if body.startswith(b"."):
        body = b"." + body
    return body.replace(b"\r\n.", b"\r\n..") + b".\r\n"
