"""Signed tokens that say who somebody is; valid on both faces because both know the secret."""

import hashlib
from dataclasses import asdict, dataclass
from datetime import timedelta

from itsdangerous import BadData, URLSafeTimedSerializer

from shared.contracts.people import Actor, Affiliation, Requester

LONGEST_TOKEN = 2048
_AFFILIATIONS: frozenset[str] = frozenset({"student", "staff", "guest"})


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who is signed in."""

    identity: str
    name: str
    email: str
    affiliation: Affiliation

    def as_requester(self) -> Requester:
        return Requester(
            identity=self.identity, name=self.name, email=self.email, affiliation=self.affiliation
        )

    def as_actor(self) -> Actor:
        return Actor(identity=self.identity, name=self.name)


class Tokens:
    """Makes and reads tokens. `secret` is SPORTELLO_SECRET; a token is worthless after `lasts`."""

    def __init__(self, secret: str, *, lasts: timedelta = timedelta(hours=12)) -> None:
        if len(secret) < 16:
            raise ValueError("SPORTELLO_SECRET must have at least 16 characters")
        self.lasts = lasts
        self._serializer = URLSafeTimedSerializer(
            secret,
            salt="sportello.session",
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )

    def sign(self, caller: Caller) -> str:
        """Return a token that names `caller`, good from now."""
        return self._serializer.dumps(asdict(caller))

    def read(self, token: str) -> Caller | None:
        """Return who `token` names, or None where it is expired, garbled or not ours."""
        if not 0 < len(token) <= LONGEST_TOKEN or not token.isascii():
            return None
        try:
            named = self._serializer.loads(token, max_age=int(self.lasts.total_seconds()))
        except BadData:
            return None
        if not isinstance(named, dict):
            return None
        identity, name, email, affiliation = (
            named.get(key) for key in ("identity", "name", "email", "affiliation")
        )
        if not (
            isinstance(identity, str)
            and isinstance(name, str)
            and isinstance(email, str)
            and affiliation in _AFFILIATIONS
        ):
            return None
        return Caller(identity=identity, name=name, email=email, affiliation=affiliation)
