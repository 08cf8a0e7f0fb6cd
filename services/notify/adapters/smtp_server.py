"""Which mail server to use, read from its URL."""

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

DEFAULT_PORTS = {"smtp": 25, "smtps": 465}


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """A mail server.

    `tls_from_start` is smtps://; with smtp:// TLS begins as soon as the server offers STARTTLS.

    A password is given to a server that offers neither only where `plain_password` allows it:
    whoever can listen can also take the offer out of what the server says.
    """

    host: str
    port: int
    tls_from_start: bool = False
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    plain_password: bool = False

    @property
    def start_tls(self) -> bool | None:
        """Whether TLS must begin after the greeting (True), may (None) or has begun already
        (False).
        """
        if self.tls_from_start:
            return False
        return True if self.password is not None and not self.plain_password else None

    @classmethod
    def from_url(cls, url: str, *, plain_password: bool = False) -> "SmtpServer":
        """Read `smtp://user:password@host:port` or `smtps://...` (user and password
        percent-encoded, port optional).

        Raises ValueError with what was expected; the password is never repeated in it.
        """
        parts = urlsplit(url)
        if parts.scheme not in DEFAULT_PORTS:
            raise ValueError(
                f"the mail server's URL begins with {parts.scheme!r}; expected "
                f"smtp://host:port "
                f"or smtps://host:port"
            )
        if not parts.hostname:
            raise ValueError("the mail server's URL names no host; expected smtp://host:port")
        if parts.path not in ("", "/") or parts.query or parts.fragment:
            raise ValueError(
                "the mail server's URL goes on after host and port; expected smtp://host:port "
                "and "
                "nothing more"
            )
        return cls(
            host=parts.hostname,
            port=parts.port or DEFAULT_PORTS[parts.scheme],
            tls_from_start=parts.scheme == "smtps",
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            plain_password=plain_password,
        )
