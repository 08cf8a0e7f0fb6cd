"""What the portal is told by its environment (`SPORTELLO_PORTAL_...`)."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class PortalSettings(BaseSettings):
    """How often an hour people without an account may ask for the link to one request, for any from
    one client (loopback is not counted, unless a trusted proxy names the client), and write to one
    request, or to any from one client; how often one person who has signed in acts as a requester,
    and sends something out as an operator: 0 is any number.

    And how many streams of live changes one process keeps open for one person, and for one address.
    """

    model_config = SettingsConfigDict(env_prefix="SPORTELLO_PORTAL_", extra="ignore", frozen=True)

    limit_links: int = Field(default=5, ge=0)
    limit_links_client: int = Field(default=30, ge=0)
    limit_guest_replies: int = Field(default=30, ge=0)
    limit_guest_replies_client: int = Field(default=120, ge=0)
    limit_replies: int = Field(default=60, ge=0)
    limit_sendings: int = Field(default=300, ge=0)
    streams_per_person: int = Field(default=12, ge=1)
    streams_per_address: int = Field(default=400, ge=1)
