"""The check that no copy is ahead of its owner, whose database is then an older backup than the
others.

If such an owner started, it would give the same versions and numbers a second time, and the copies
would take them for changes that they have already.
"""

from collections.abc import Mapping, Sequence

from services.cli.reporting import refuse
from services.portal.queries.compare import newest_change_shown
from services.routing.queries import find_desk_version
from services.tickets.queries import newest_change
from shared.database.database import Database
from shared.database.desk_copy import find_copy
from shared.database.migrate import is_up_to_date
from shared.database.transient import is_transient
from shared.runtime.composition import Service

KEEP_THE_DESK = ("intake", "tickets", "notify", "portal")
ADVICE = (
    "run `sportello recover` before the start; it makes one installation of databases of "
    "different times"
)


async def refuse_ahead(services: Sequence[Service]) -> None:
    """End the program with a sentence if a copy is ahead of its owner.

    A database that cannot be read yet is skipped.
    """
    ahead: list[str] = []
    try:
        if all([await is_up_to_date(each.database, each.migrations) for each in services]):
            ahead = await copies_ahead({each.name: each.database for each in services})
    except Exception as error:
        if not is_transient(error):
            raise
    if ahead:
        refuse(f"{'; '.join(ahead)}: {ADVICE}")


async def copies_ahead(databases: Mapping[str, Database]) -> list[str]:
    """Return sentences about the copies that have changes which their owners do not have.

    Each copy is read before its owner, because other processes may add changes to the owner
    meanwhile.
    """
    shown = await newest_change_shown(databases["portal"])
    last = await newest_change(databases["tickets"])
    ahead = []
    if shown is not None and (last is None or shown > last):
        ahead.append("the portal knows of changes of tickets that tickets does not have")
    copies: dict[str, int] = {}
    for name in KEEP_THE_DESK:
        async with databases[name].reading() as connection:
            copy = await find_copy(connection)
        copies |= {name: copy[0]} if copy is not None else {}
    in_force = await find_desk_version(databases["routing"]) or 0
    ahead += [
        f"{name} has desk version {version} and routing only {in_force}"
        for name, version in copies.items()
        if version > in_force
    ]
    return ahead
