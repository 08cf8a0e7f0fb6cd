"""What intake is told by its environment (`SPORTELLO_INTAKE_...`)."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.intake.limits import HourlyLimits


class IntakeSettings(BaseSettings):
    """When intake stops accepting what it cannot pass on, or soon cannot store; how long it waits
    for a request's ticket before it publishes the request again; and how many requests an hour it
    takes at most: from one client, with one form, altogether (0: any number).
    """

    model_config = SettingsConfigDict(env_prefix="SPORTELLO_INTAKE_", extra="ignore", frozen=True)

    outbox_oldest_seconds: float = Field(default=900, gt=0)
    disk_free_mb: int = Field(default=200, ge=0)
    ticket_patience_seconds: float = Field(default=60, ge=1)
    limit_client: int = Field(default=120, ge=0)
    limit_form: int = Field(default=1000, ge=0)
    limit_all: int = Field(default=5000, ge=0)

    def hourly_limits(self, *, recipient: int) -> HourlyLimits:
        """Return the limits, as intake works with them; `recipient` is the one that notify keeps,
        too.
        """
        return HourlyLimits(
            client=self.limit_client, recipient=recipient, form=self.limit_form, all=self.limit_all
        )
