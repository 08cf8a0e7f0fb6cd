"""What tickets is told by its environment (`SPORTELLO_TICKETS_...`)."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class TicketsSettings(BaseSettings):
    """`number_block`: ticket numbers reserved at once (PostgreSQL).

    After `routing_patience` seconds without a queue routing is asked again, for at most
    `routing_limit` tickets a round.
    """

    model_config = SettingsConfigDict(env_prefix="SPORTELLO_TICKETS_", extra="ignore", frozen=True)

    number_block: int = Field(default=50, ge=1, le=10_000)
    routing_patience: float = Field(default=60, gt=0)
    routing_limit: int = Field(default=200, ge=1, le=1000)
