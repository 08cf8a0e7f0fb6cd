"""One ticket's life, as a stranger would write it with the clients that openapi-python-client
makes: `python one_ticket.py ADDRESS`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from sportello_intake import AuthenticatedClient as FormsClient
from sportello_intake.api.forms import get_form, get_request, send_request
from sportello_intake.models import (
    Accepted,
    ContextIn,
    ContextInOrigin,
    FormOut,
    RequestIn,
    RequestInFields,
    RequestStatusOut,
)
from sportello_portal import AuthenticatedClient, Client
from sportello_portal.api.commands import add_note, close_ticket, reply_to_requester, take_ticket
from sportello_portal.api.my_requests import get_my_request
from sportello_portal.api.session import sign_in
from sportello_portal.api.tickets import get_ticket, get_ticket_history, list_tickets
from sportello_portal.models import (
    BodyGiven,
    CloseGiven,
    CloseGivenOutcome,
    HistoryPage,
    Problem,
    RequestWithArticles,
    SessionGiven,
    SessionMade,
    TicketAfterCommand,
    TicketPage,
    TicketWithArticles,
)

T = TypeVar("T")
ANSWERS = {
    "subject": "La seconda rata",
    "description": "Risulta ancora da pagare.",
    "matricola": "1234567",
    "anno": "2026/2027",
    "consent": True,
}


def main(address: str) -> None:
    requester, operator = (
        client_of(address, identity) for identity in ("giulia.neri", "anna.ferri")
    )
    number = ask_for_help(FormsClient(base_url=address, token=requester.token))
    wait_for(lambda: isinstance(get_ticket.sync(number, client=operator), TicketWithArticles))

    refused = take_ticket.sync(number, client=requester)
    assert isinstance(refused, Problem)
    assert (refused.status, refused.type_) == (403, "urn:sportello:problem:missing-right")
    taken = take_ticket.sync(number, client=operator, idempotency_key="take-once")
    assert isinstance(taken, TicketAfterCommand)
    assert (taken.owner, taken.state) == ("anna.ferri", "open")
    for write in (add_note, reply_to_requester):
        written = write.sync(number, client=operator, body=BodyGiven(body="Verifichiamo."))
        assert isinstance(written, TicketAfterCommand)
    close = CloseGiven(outcome=CloseGivenOutcome.SUCCESSFUL, answer="La rata risulta pagata.")
    closed = close_ticket.sync(number, client=operator, body=close)
    assert isinstance(closed, TicketAfterCommand)
    assert closed.state == "closed_successful"

    found = list_tickets.sync(client=operator, q=number)
    assert isinstance(found, TicketPage)
    assert [ticket.number for ticket in found.items] == [number]
    history = get_ticket_history.sync(number, client=operator)
    assert isinstance(history, HistoryPage)
    assert history.items[-1].event == "tickets.ticket.closed.v1"
    seen = get_my_request.sync(number, client=requester)
    assert isinstance(seen, RequestWithArticles)
    assert [article.kind for article in seen.articles][-1] == "answer"
    sys.stdout.write(f"{number} {seen.state}\n")


def client_of(address: str, identity: str) -> AuthenticatedClient:
    session = sign_in.sync(client=Client(base_url=address), body=SessionGiven(identity=identity))
    assert isinstance(session, SessionMade)
    return AuthenticatedClient(base_url=address, token=session.token)


def ask_for_help(client: FormsClient) -> str:
    form = get_form.sync("tasse", client=client)
    assert isinstance(form, FormOut)
    assert {question.name for question in form.fields if question.required} == set(ANSWERS)
    request = RequestIn(
        fields=RequestInFields.from_dict(ANSWERS),
        context=ContextIn(origin=ContextInOrigin.WEBSITE),
    )
    accepted = send_request.sync("tasse", client=client, body=request)
    assert isinstance(accepted, Accepted)
    return wait_for(lambda: number_of(client, accepted.request_id))


def number_of(client: FormsClient, request_id: UUID) -> str | None:
    status = get_request.sync(str(request_id), client=client)
    assert isinstance(status, RequestStatusOut)
    number: str | None = status.ticket_number
    return number


def wait_for(look: Callable[[], T | None]) -> T:
    for _ in range(600):
        if found := look():
            return found
        time.sleep(0.1)
    raise TimeoutError


if __name__ == "__main__":
    main(sys.argv[1])
