"""What notify is told by its environment (`SPORTELLO_NOTIFY_...`)."""

from datetime import time

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class NotifySettings(BaseSettings):
    """How mails are sent. Times are in seconds unless their name says otherwise."""

    model_config = SettingsConfigDict(env_prefix="SPORTELLO_NOTIFY_", extra="ignore", frozen=True)

    smtp_connections: int = Field(default=4, ge=1, le=50)
    smtp_timeout: float = Field(default=30, gt=0, le=600)
    smtp_verify: bool = True
    smtp_plain_password: bool = False
    batch: int = Field(default=100, ge=1, le=1000)
    gather: float = Field(default=0.5, ge=0, le=60)
    gather_new: float = Field(default=60, ge=0, le=3600)
    operators_pause: float = Field(default=0.2, ge=0, le=60)
    retry_first: float = Field(default=10, gt=0)
    retry_longest: float = Field(default=3600, gt=0)
    server_retry_first: float = Field(default=1, gt=0)
    server_retry_longest: float = Field(default=60, gt=0)
    give_up_days: float = Field(default=5, gt=0)
    digest_at: time = time(7, 30)

    @field_validator("digest_at")
    @classmethod
    def _is_of_the_desk(cls, value: time) -> time:
        if value.tzinfo is not None:
            raise ValueError(
                "expected a time of day without a time zone, like 07:30: it is the desk's"
            )
        return value
