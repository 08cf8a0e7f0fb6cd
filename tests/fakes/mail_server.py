"""A real SMTP server in this process, which misbehaves as it is told to."""

import asyncio
import ssl
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Literal
from warnings import catch_warnings

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

Moment = Literal["mail", "rcpt", "data", "after_dot"]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What the server does at `moment`: answers `reply`, hangs up (`drop`), or says nothing
    (`hang`).

    `times` times, then it behaves.

    `keeps`: what it drops or is silent about after the final dot has been taken all the same.
    """

    moment: Moment
    reply: str | None = None
    drop: bool = False
    hang: bool = False
    times: int = 1_000_000
    keeps: bool = True


CERTIFICATE = Path(__file__).with_name("mail_certificate.pem")
"""For localhost, signed by itself, known to nobody."""


def make_tls_context() -> ssl.SSLContext:
    """What a server with this certificate speaks."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


class _Smtp(SMTP):
    """aiosmtpd has no hook for the command DATA itself, before the content."""

    def __init__(self, fake: "FakeMailServer", **options: Any) -> None:
        super().__init__(fake, **options)
        self._fake = fake

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - the name that aiosmtpd calls
        (recipient,) = self.envelope.rcpt_tos if self.envelope else ("*",)
        refusal = await self._fake.misbehave(self, "data", recipient)
        if refusal is not None:
            await self.push(refusal)
            return
        await super().smtp_DATA(arg)

    def cut(self) -> None:
        """Hang up without a word."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()


@dataclass(slots=True)
class ReceivedMail:
    """A mail that the server took."""

    sender: str
    recipient: str
    content: bytes

    @property
    def message(self) -> EmailMessage:
        parsed = message_from_bytes(self.content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed


@dataclass
class FakeMailServer:
    """Listens on a port of its own, which it keeps over `stop` and `start`.

    `behaviours` are by recipient, "*" for all.
    """

    behaviours: dict[str, Behaviour] = field(default_factory=dict)
    received: list[ReceivedMail] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    login: tuple[str, str] | None = None
    logins: list[str] = field(default_factory=list)
    ident: str = "Python SMTP"
    smtputf8: bool = True
    starttls: bool = False
    tls_from_start: bool = False
    hanging: asyncio.Event = field(default_factory=asyncio.Event)

    _server: asyncio.Server | None = None
    _open: set[_Smtp] = field(default_factory=set)
    _used: dict[int, int] = field(default_factory=dict)

    @property
    def url(self) -> str:
        user = f"{self.login[0]}:{self.login[1]}@" if self.login else ""
        return f"{'smtps' if self.tls_from_start else 'smtp'}://{user}127.0.0.1:{self.port}"

    async def start(self) -> "FakeMailServer":
        loop = asyncio.get_running_loop()
        tls = make_tls_context() if self.tls_from_start else None
        self._server = await loop.create_server(self._protocol, "127.0.0.1", self.port, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        """Refuse new connections and cut those that are open."""
        if self._server is not None:
            self._server.close()
            for protocol in self._open:
                protocol.cut()
            self._open.clear()
            await self._server.wait_closed()
            self._server = None

    def _protocol(self) -> _Smtp:
        with catch_warnings(action="ignore"):  # that a password without TLS is dangerous
            protocol = _Smtp(
                self,
                enable_SMTPUTF8=self.smtputf8,
                ident=self.ident,
                hostname="mail.test",
                auth_required=self.login is not None,
                authenticator=self._authenticate if self.login else None,
                tls_context=make_tls_context() if self.starttls else None,
                require_starttls=self.starttls,
                auth_require_tls=self.starttls or self.tls_from_start,
                loop=asyncio.get_running_loop(),
            )
        self._open.add(protocol)
        self.connections += 1
        return protocol

    def _authenticate(
        self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any
    ) -> AuthResult:
        assert self.login is not None
        self.logins.append(data.login.decode())
        right = (data.login, data.password) == (self.login[0].encode(), self.login[1].encode())
        return AuthResult(success=right, handled=right)

    # ------------------------------------------------------------ hooks of aiosmtpd

    async def handle_MAIL(  # noqa: N802
        self, server: _Smtp, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = await self.misbehave(server, "mail", "*")
        if refusal is None:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return refusal or "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: _Smtp, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = await self.misbehave(server, "rcpt", address)
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    # aiosmtpd calls it by this name.
    async def handle_DATA(  # noqa: N802
        self, server: _Smtp, session: Session, envelope: Envelope
    ) -> str:
        """Called when the final dot has come."""
        (recipient,) = envelope.rcpt_tos
        assert envelope.mail_from is not None
        assert isinstance(envelope.content, bytes)
        mail = ReceivedMail(envelope.mail_from, recipient, envelope.content)
        behaviour = self._behaviour(recipient)
        takes = (
            behaviour is None
            or behaviour.moment != "after_dot"
            or (behaviour.reply is None and behaviour.keeps)
        )
        if takes:
            self.received.append(mail)
        return await self.misbehave(server, "after_dot", recipient) or "250 OK"

    # ------------------------------------------------------------ misbehaviour

    def _behaviour(self, recipient: str) -> Behaviour | None:
        found = self.behaviours.get(recipient) or self.behaviours.get("*")
        if found is None or self._used.get(id(found), 0) >= found.times:
            return None
        return found

    async def misbehave(self, server: _Smtp, moment: Moment, recipient: str) -> str | None:
        behaviour = self._behaviour(recipient)
        if behaviour is None or behaviour.moment != moment:
            return None
        self._used[id(behaviour)] = self._used.get(id(behaviour), 0) + 1
        if behaviour.drop:
            server.cut()
            await asyncio.Event().wait()
        if behaviour.hang:
            self.hanging.set()
            await asyncio.Event().wait()
        return behaviour.reply
