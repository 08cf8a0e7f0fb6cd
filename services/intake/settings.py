"""What intake is told by its environment (`SPORTELLO_INTAKE_...`)."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class IntakeSettings(BaseSettings):
    """When intake stops accepting: what it cannot pass on, or soon cannot store, it had better not promise."""

    model_config = SettingsConfigDict(env_prefix="SPORTELLO_INTAKE_", extra="ignore", frozen=True)

    outbox_oldest_seconds: float = Field(default=900, gt=0)
    disk_free_mb: int = Field(default=200, ge=0)
