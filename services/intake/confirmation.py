"""The confirmation page of a form: the number of the ticket as soon as there is one, the address
that gets the mails, and the answers.

The URL of this page stays in the history of the browser and may be passed on. Therefore the page
shows the answers only to the browser that sent the form, for an hour, and to the signed-in
requester or the operator who sent it. Everybody else sees the number alone.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.responses import Response

from services.intake.api import Intake, parsed_id
from services.intake.context import IntakeContext
from services.intake.queries import Forms, RequestStatus, SentRequest, find_sent, find_status
from shared.core.errors import NotThere
from shared.web.auth import Caller, caller_of
from shared.web.language import language_of
from shared.web.pages import render
from shared.web.state import parts_of

router = APIRouter(include_in_schema=False)

SENT_COOKIE = "sportello_sent"
SHOWN_FOR = timedelta(hours=1)
_PLACE = "/forms/requests"
_NUMBER_WITHIN_SECONDS = 1.5
_ASK_AGAIN_SECONDS = 0.05


@router.get("/forms/requests/{request_id}")
async def show_request(request_id: str, request: Request, intake: Intake) -> Response:
    """Show the ticket number of a request as soon as there is one.

    The sender also sees the answers and the address that gets the mails.
    """
    asked = parsed_id(request_id)
    status = await _status_with_number(intake, asked)
    forms = await intake.forms.get()
    async with intake.database.reading() as connection:
        sent = await find_sent(connection, asked)
    is_theirs = sent is not None and (
        _was_sent_here(request, intake, asked) or _is_of(caller_of(request), sent, status)
    )
    return render(
        request,
        "sent.html",
        status=status,
        address=sent.requester.email if sent is not None and is_theirs else "",
        answers=_answers(sent, forms, language_of(request))
        if sent is not None and is_theirs
        else (),
        **desk_facts(request, forms),
    )


def remember_sender(request: Request, response: Response, request_id: UUID) -> None:
    """Let this browser see what it has sent."""
    intake: IntakeContext = request.app.state.intake
    response.set_cookie(
        SENT_COOKIE,
        _serializer(intake).dumps(str(request_id)),
        max_age=int(SHOWN_FOR.total_seconds()),
        path=_PLACE,
        httponly=True,
        samesite="lax",
        secure=parts_of(request).options.cookie_secure,
    )


def desk_facts(request: Request, forms: Forms) -> dict[str, Any]:
    """Return what the base page wants to know of the desk."""
    caller = caller_of(request)
    return {
        "desk_name": forms.desk.name.in_language(language_of(request)),
        "timezone": forms.desk.timezone,
        "is_operator": caller is not None and caller.identity in forms.desk.operators,
    }


def _was_sent_here(request: Request, intake: IntakeContext, request_id: UUID) -> bool:
    cookie = request.cookies.get(SENT_COOKIE, "")
    if not cookie.isascii():
        return False
    try:
        sent: object = _serializer(intake).loads(cookie, max_age=int(SHOWN_FOR.total_seconds()))
    except BadData:
        return False
    return sent == str(request_id)


def _is_of(caller: Caller | None, sent: SentRequest, status: RequestStatus) -> bool:
    return caller is not None and caller.identity in (sent.requester.identity, status.filed_by)


def _answers(sent: SentRequest, forms: Forms, language: str) -> list[tuple[str, Any]]:
    definition = forms.by_slug.get(sent.form)
    return definition.shown(sent.answers, language=language) if definition is not None else []


def _serializer(intake: IntakeContext) -> URLSafeTimedSerializer:
    signer: Mapping[str, Any] = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
    return URLSafeTimedSerializer(intake.secret, salt="sportello.sent", signer_kwargs=dict(signer))


async def _status_with_number(intake: IntakeContext, request_id: UUID) -> RequestStatus:
    """Return where the request stands, giving its ticket a moment to come. Raises NotThere."""
    deadline = asyncio.get_running_loop().time() + _NUMBER_WITHIN_SECONDS
    while True:
        async with intake.database.reading() as connection:
            status = await find_status(connection, request_id)
        if status is None:
            raise NotThere
        if status.ticket_number or asyncio.get_running_loop().time() > deadline:
            return status
        await asyncio.sleep(_ASK_AGAIN_SECONDS)
