"""Who a chosen identity is (demo mode)."""

from shared.contracts.desk import Desk
from shared.core.errors import ImpossibleValue
from shared.web.tokens import Caller


def known_person(desk: Desk, identity: str) -> Caller:
    """Return the operator or demo person `identity` as a caller. Raises ImpossibleValue (422) where the desk knows nobody of that name."""
    operator = desk.operators.get(identity)
    if operator is not None:
        return Caller(identity=identity, name=operator.name, email=operator.email, affiliation="staff")
    person = desk.people.get(identity)
    if person is None:
        raise ImpossibleValue("identity", "unknown_identity", identity)
    return Caller(identity=identity, name=person.name, email=person.email, affiliation=person.affiliation)
