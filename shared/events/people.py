"""Who appears in events."""

from typing import Literal

from shared.events.base import Part
from shared.personal import Personal

Affiliation = Literal["student", "staff", "guest"]


class Requester(Part):
    """The person who asks. `identity` is None for somebody who was not logged in; then the e-mail decides who they are."""

    identity: Personal[str | None] = None
    name: Personal[str]
    email: Personal[str]
    affiliation: Affiliation = "guest"


class Reader(Part):
    """Somebody whom a ticket is shared with, known by name and address: whoever signs in with that address may read it."""

    name: Personal[str]
    email: Personal[str]

    @property
    def email_key(self) -> str:
        """The address by which people are told apart, whatever its case."""
        return self.email.casefold()


class Actor(Part):
    """Who did something. `identity` None and `name` "" stand for the system itself (a clock, a rule)."""

    identity: Personal[str | None] = None
    name: Personal[str] = ""


SYSTEM = Actor()


class Context(Part):
    """Where the form was opened from."""

    origin: Literal["online-services", "service", "website", "faq"]
    page: Personal[str | None] = None
    reference: Personal[str | None] = None
