"""Who appears in events."""

from typing import Any, Literal

from pydantic import Field

from shared.contracts.values import Part, Personal

Affiliation = Literal["student", "staff", "guest"]


Assurance = Literal["signed_in", "confirmed", "typed"]
"""How sure it is who asks: they had signed in; they opened the link mailed to their address; or
nothing proves it.
"""


def usual_assurance(identity: str | None) -> Assurance:
    """Return the assurance of a requester of whom nothing else is said, as in events from before it
    was recorded.
    """
    return "typed" if identity is None else "signed_in"


def _unless_said(known: dict[str, Any]) -> Assurance:
    return usual_assurance(known.get("identity"))


class Requester(Part):
    """The person who asks.

    `identity` is None for somebody who had not signed in: then the e-mail address names them.

    `assurance` says how far that can be relied on; see `shared.policy.permissions.is_own_request`.
    """

    identity: Personal[str | None] = None
    name: Personal[str]
    email: Personal[str]
    affiliation: Affiliation = "guest"
    assurance: Assurance = Field(default_factory=_unless_said)

    @property
    def email_key(self) -> str:
        """The address by which people are told apart, whatever its case."""
        return self.email.casefold()


class Reader(Part):
    """Somebody whom a ticket is shared with, known by name and address: whoever signs in with that
    address may read it.
    """

    name: Personal[str]
    email: Personal[str]

    @property
    def email_key(self) -> str:
        """The address by which people are told apart, whatever its case."""
        return self.email.casefold()


class Actor(Part):
    """Who did something.

    `identity` None and `name` "" stand for the system itself (a clock, a rule).
    """

    identity: Personal[str | None] = None
    name: Personal[str] = ""


SYSTEM = Actor()


class Context(Part):
    """Where the form was opened from."""

    origin: Literal["online-services", "service", "website", "faq"]
    page: Personal[str | None] = None
    reference: Personal[str | None] = None
