"""A request that is shared by name: who reads it, who may do what, and that everybody else still
finds nothing.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.installation.installation import Installation
from tests.installation.live import listening
from tests.installation.people import People, Person, tasse_request

pytestmark = pytest.mark.timeout(300)

HUGO = {"name": "Hugo Marchi", "email": "Hugo.Marchi@example.edu"}
CARLA = {"name": "Carla Monti", "email": "carla.monti@example.edu"}
OF_A_REQUEST = {
    "number", "subject", "state", "office", "request_type", "language", "created_at", "updated_at",
    "closed_at", "version", "articles",
}  # fmt: skip


async def asked_by(giulia: Person, people: People, subject: str) -> str:
    """Return the number of a request that Giulia sent herself, once it is in its queue and has its
    receipt.
    """
    number = await giulia.number_of(await giulia.send_form(tasse_request(subject)))
    await people.has_notices(number, 1)
    return number


async def listed(person: Person) -> list[str]:
    return [item["number"] for item in (await person.read("/api/my/requests?limit=200"))["items"]]


async def test_whoever_a_request_is_shared_with_reads_it_until_that_ends(people: People) -> None:
    giulia, hugo, carla, anna = [
        await people.sign_in(who)
        for who in ("giulia.neri", "hugo.marchi", "carla.monti", "anna.ferri")
    ]
    number = await asked_by(giulia, people, "In due a leggere")
    await anna.do(f"/api/tickets/{number}/take")
    await people.has_notices(number, 2)
    await anna.do(f"/api/tickets/{number}/note", {"body": "Parola riservata"})

    by_her = await giulia.do(f"/api/my/requests/{number}/share", HUGO, key=f"condivide-{number}")
    repeated = await giulia.do(f"/api/my/requests/{number}/share", HUGO, key=f"condivide-{number}")
    again = await giulia.do(f"/api/my/requests/{number}/share", HUGO | {"name": "Ugo"})
    by_operator = await anna.do(f"/api/tickets/{number}/share", CARLA)

    assert by_her.keys() == OF_A_REQUEST | {"is_shown"}
    assert (
        by_her["version"] == repeated["version"] == again["version"] == by_operator["version"] - 1
    )
    assert by_operator["shared_with"] == [HUGO, CARLA]
    hers = await giulia.portal.get(f"/api/my/requests/{number}")
    assert b"Parola riservata" not in hers.body
    for person in (hugo, carla):
        assert number in await listed(person)
        for path in (f"/api/my/requests/{number}", f"/api/tickets/{number}"):
            his = await person.portal.get(path)
            assert (his.status, his.body) == (200, hers.body), path
        assert (await person.portal.get(f"/api/tickets/{number}/history")).status == 403

    await giulia.do(f"/api/my/requests/{number}/unshare", {"email": "HUGO.MARCHI@EXAMPLE.EDU"})
    await anna.do(f"/api/tickets/{number}/unshare", {"email": CARLA["email"]})

    for person in (hugo, carla):
        absent = await person.portal.get("/api/my/requests/2026092810000016")
        gone = await person.portal.get(f"/api/my/requests/{number}")
        assert (gone.status, gone.body) == (404, absent.body)
        assert number not in await listed(person)
    entries = (await anna.read(f"/api/tickets/{number}/history"))["items"]
    told = [
        (entry["event"], entry["actor"]["identity"])
        for entry in entries
        if "shared" in entry["event"]
    ]
    assert told == [
        ("tickets.ticket.shared.v1", "giulia.neri"),
        ("tickets.ticket.shared.v1", "anna.ferri"),
        ("tickets.ticket.unshared.v1", "giulia.neri"),
        ("tickets.ticket.unshared.v1", "anna.ferri"),
    ]


async def test_who_reads_with_the_requester_does_nothing_and_others_see_nothing(
    people: People,
) -> None:
    giulia, hugo, elena, ivo = [
        await people.sign_in(who)
        for who in ("giulia.neri", "hugo.marchi", "elena.sala", "ivo.santi")
    ]
    number = await asked_by(giulia, people, "Solo leggere")
    await giulia.do(f"/api/my/requests/{number}/share", HUGO)
    before = (await people.is_queued(number))["version"]
    as_requester: list[tuple[str, dict[str, Any]]] = [
        ("reply", {"body": "Ci sono anch'io"}), ("withdraw", {}), ("share", CARLA),
        ("unshare", {"email": HUGO["email"]}),
    ]  # fmt: skip
    as_operator: list[tuple[str, dict[str, Any]]] = [
        ("take", {}), ("note", {"body": "Nota"}), ("watch", {}), ("share", CARLA),
        ("unshare", {"email": HUGO["email"]}), ("withdraw", {}),
    ]  # fmt: skip

    for call, body in as_requester:
        refused = await hugo.post(f"/api/my/requests/{number}/{call}", body)
        unseen = [
            await person.post(f"/api/my/requests/{number}/{call}", body) for person in (elena, ivo)
        ]
        assert (refused.status, refused.json()["detail"]) == (
            403,
            "Può farlo solo il richiedente.",
        ), call
        assert [answer.status for answer in unseen] == [404, 404], call
    for call, body in as_operator:
        assert (await hugo.post(f"/api/tickets/{number}/{call}", body)).status == 403, call
        assert (await elena.post(f"/api/tickets/{number}/{call}", body)).status == 404, call
    for call, body in as_operator[3:5]:
        assert (await ivo.post(f"/api/tickets/{number}/{call}", body)).status == 403, call

    after = await people.is_queued(number)
    assert (after["version"], after["shared_with"], after["state"]) == (before, [HUGO], "new")


async def test_what_cannot_be_shared_is_refused(people: People) -> None:
    giulia, anna, carla = [
        await people.sign_in(who) for who in ("giulia.neri", "anna.ferri", "carla.monti")
    ]
    number = await asked_by(giulia, people, "Con troppi")
    await anna.do(f"/api/tickets/{number}/take")
    child = {
        "queue": "studenti/carriere",
        "subject": "Verifica",
        "body": "Verificate.",
        "fields": {},
    }
    opened = (await anna.post(f"/api/tickets/{number}/children", child)).json()["number"]
    for reader in range(20):
        await anna.do(
            f"/api/tickets/{number}/share",
            {"name": f"Lettore {reader}", "email": f"lettore{reader}@example.org"},
        )

    herself = await anna.post(
        f"/api/tickets/{number}/share",
        {"name": "Giulia", "email": "Giulia.Neri@studenti.example.edu"},
    )
    too_many = await giulia.post(f"/api/my/requests/{number}/share", HUGO)
    no_address = await giulia.post(f"/api/my/requests/{number}/share", HUGO | {"email": "nessuno"})
    of_a_child = await carla.post(f"/api/tickets/{opened}/share", HUGO)
    nobody = await anna.do(f"/api/tickets/{number}/unshare", {"email": "nessuno@example.org"})

    assert [answer.status for answer in (herself, too_many, no_address, of_a_child)] == [
        422,
        422,
        422,
        409,
    ]
    assert [answer.json()["errors"][0]["field"] for answer in (herself, too_many, no_address)] == [
        "email"
    ] * 3
    assert len(nobody["shared_with"]) == 20


async def test_changes_of_a_shared_request_are_told_to_who_reads_it(
    installation: Installation, people: People
) -> None:
    giulia, hugo, anna = [
        await people.sign_in(who) for who in ("giulia.neri", "hugo.marchi", "anna.ferri")
    ]
    number = await asked_by(giulia, people, "Si aggiorna da sola")

    async with listening(installation.portals[0], str(hugo.token), path="/live") as of_lists:
        await giulia.do(f"/api/my/requests/{number}/share", HUGO)
        await of_lists.tells("my")
    async with listening(
        installation.portals[0], str(hugo.token), path=f"/live?request={number}"
    ) as of_request:
        await anna.do(f"/api/tickets/{number}/take")
        await of_request.tells(f"ticket:{number}")

    assert (await hugo.read(f"/api/my/requests/{number}"))["state"] == "open"
