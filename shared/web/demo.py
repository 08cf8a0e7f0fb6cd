"""Demo identities, with which anybody may be anybody, are for this machine alone unless a setting
says otherwise.
"""

from fastapi import Request

from shared.contracts.desk import Desk
from shared.core.errors import ImpossibleValue
from shared.text.sentences import N_
from shared.web.errors import WebError
from shared.web.origin import came_through_a_proxy, host_in, is_loopback
from shared.web.state import parts_of
from shared.web.tokens import Caller


class NotFromHere(WebError):
    """Demo identities are asked for by a foreign name or through a proxy."""

    status = 403
    kind = "demo-elsewhere"
    sentence = N_("Demo identities can be used on this machine only.")


async def demo_from_here(request: Request) -> None:
    """Dependency: raise NotFromHere where demo identities are private and the request was passed on
    or called us by a foreign name.

    A page of another site can have its own name lead here; the browser of somebody on this machine
    then asks in that name.
    """
    options = parts_of(request).options
    if not options.is_demo_private:
        return
    called = host_in(request.headers.get("host", ""))
    if came_through_a_proxy(request.headers) or not (
        is_loopback(called) or called == options.public_host
    ):
        raise NotFromHere


def known_person(desk: Desk, identity: str) -> Caller:
    """Return the operator or demo person `identity` as a caller.

    Raises ImpossibleValue (422) where the desk knows nobody of that name.
    """
    operator = desk.operators.get(identity)
    if operator is not None:
        return Caller(
            identity=identity, name=operator.name, email=operator.email, affiliation="staff"
        )
    person = desk.people.get(identity)
    if person is None:
        raise ImpossibleValue("identity", "unknown_identity", identity)
    return Caller(
        identity=identity, name=person.name, email=person.email, affiliation=person.affiliation
    )
