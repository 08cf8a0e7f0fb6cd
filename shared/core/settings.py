"""Settings from the environment (`SPORTELLO_...`); deploy/env.example explains all of them."""

from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit, urlunsplit

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.contracts.guest_links import GUEST_LINK_DAYS

SHORTEST_SECRET = 16
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class SettingsRefused(ValueError):
    """The environment has an impossible setting. The text names it and the expected value."""


class CommonSettings(BaseSettings):
    """Settings that all services share.

    Without `database_url` and `broker_url` everything runs embedded: one process, SQLite files and
    an in-process bus. With both URLs the services use PostgreSQL and RabbitMQ.
    """

    model_config = SettingsConfigDict(env_prefix="SPORTELLO_", extra="ignore", frozen=True)

    database_url: str | None = None
    intake_database_url: str | None = None
    tickets_database_url: str | None = None
    routing_database_url: str | None = None
    notify_database_url: str | None = None
    portal_database_url: str | None = None
    broker_url: str | None = None
    data: Path = Path("var")
    smtp_url: str | None = None
    secret: SecretStr = SecretStr("")
    identity: Literal["demo", "oidc"] = "demo"
    demo_anywhere: Literal["yes", "no"] = "no"
    public_url: str = "http://127.0.0.1:8000"
    public_origins: str = ""
    trusted_proxies: str = ""
    hosts: str = ""
    connections: int = Field(default=4000, ge=10)
    connections_per_address: int = Field(default=1000, ge=0)
    slowest_client: int = Field(default=500, ge=0)
    bodies_mb: int = Field(default=128, ge=16)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    security_log: str = ""
    guest_link_days: int = Field(default=GUEST_LINK_DAYS, ge=1, le=3650)
    mail_is_read: bool = False
    rate_limit: float | None = Field(default=None, ge=0)
    intake_limit_recipient: int = Field(default=10, ge=0)
    pool_size: int = Field(default=10, ge=2, le=100)

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if (self.database_url is None) != (self.broker_url is None):
            given, missing = ("DATABASE", "BROKER") if self.database_url else ("BROKER", "DATABASE")
            raise SettingsRefused(
                f"SPORTELLO_{given}_URL is set and SPORTELLO_{missing}_URL is not; real "
                f"servers "
                f"need both"
            )
        if self.identity == "oidc":
            raise SettingsRefused(
                "SPORTELLO_IDENTITY=oidc: login through the university's identity provider is "
                "not "
                "available; expected demo"
            )
        secret = self.secret.get_secret_value()
        if secret and len(secret) < SHORTEST_SECRET:
            raise SettingsRefused(
                f"SPORTELLO_SECRET has {len(secret)} characters; expected a long random text, "
                f"{SHORTEST_SECRET} at least"
            )
        return self

    @property
    def is_embedded(self) -> bool:
        """Whether all services run in one process, on SQLite and the embedded bus."""
        return self.broker_url is None

    @property
    def security_file(self) -> Path | None:
        """The file of the security log. None means standard error.

        The setting comes first. An embedded process without it writes into the data folder.
        """
        if self.security_log:
            return Path(self.security_log)
        return self.data / "security.log" if self.is_embedded else None

    def database_url_for(self, service: str) -> str:
        """Return the URL of the database of `service`.

        It is, in this order: the setting of the service, the database `sportello_<service>` on the
        common server, or an SQLite file in the data folder.
        """
        own: str | None = getattr(self, f"{service}_database_url")
        if own:
            return own
        if self.database_url is None:
            return f"sqlite:///{(self.data / f'{service}.db').absolute()}"
        parts = urlsplit(self.database_url)
        return urlunsplit(parts._replace(path=f"/sportello_{service}"))

    def refuse_demo_outside(self, host: str) -> None:
        """Refuse demo identities on a `host` that other machines reach, unless a setting allows it.

        Raises SettingsRefused: when anyone on the network could sign in as any person.
        """
        if self.identity == "demo" and self.demo_anywhere != "yes" and host not in LOOPBACK:
            raise SettingsRefused(
                f"demo identities let anyone be anybody, so they are refused on {host}; "
                "expected a loopback address, or SPORTELLO_DEMO_ANYWHERE=yes"
            )
