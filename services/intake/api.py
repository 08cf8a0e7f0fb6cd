"""The forms API: which forms there are, sending one, and what became of it."""

import re
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Request
from pydantic import ValidationError
from starlette.responses import Response

from services.intake.batching.submissions import KeyUse, key_id
from services.intake.context import IntakeContext
from services.intake.queries import find_status
from services.intake.schemas import (
    Accepted,
    FormList,
    FormOut,
    RequestIn,
    RequestStatusOut,
    form_out,
    summary_of,
)
from services.intake.usecases.submit import (
    FilledForm,
    accept,
    checked_answers,
    desired_form,
    open_forms,
)
from shared.contracts.people import Requester
from shared.core.errors import MissingRight, NotThere, TooLarge
from shared.text.sentences import N_
from shared.web.auth import Caller, CurrentCaller, caller_of, same_site
from shared.web.direct import Direct
from shared.web.errors import BadInput, NotSignedIn, Refused
from shared.web.idempotency import IdempotencyKey, body_hash, idempotency_key
from shared.web.language import language_of
from shared.web.openapi import MAYBE_SIGNED_IN, answers_with, body_of
from shared.web.openapi_refusals import refuses
from shared.web.pagination import PageAsked, make_cursor
from shared.web.rate import client_of
from shared.web.responses import JsonAnswer
from shared.web.validation import field_problems

router = APIRouter(tags=["forms"])

TAGS = [
    {
        "name": "forms",
        "description": "The forms that people fill in, and what became of what they sent.",
    }
]

_LOCATION = answers_with(202, "Location", "Where the request stands")
_USING = (
    NotSignedIn(),
    Refused(403, "not-for-you", N_("This form is not available to you.")),
    Refused(409, "not-open", N_("This form is no longer open.")),
)
_READING = refuses(*_USING)
_SENDING = refuses(*_USING, MissingRight("create"), TooLarge())


async def intake_of(request: Request) -> IntakeContext:
    """Dependency: the running intake."""
    context: IntakeContext = request.app.state.intake
    return context


Intake = Annotated[IntakeContext, Depends(intake_of)]


@router.get("/api/forms", operation_id="list_forms", openapi_extra=MAYBE_SIGNED_IN)
async def list_forms(
    request: Request, intake: Intake, caller: CurrentCaller, page: PageAsked
) -> FormList:
    """List the forms open now to the caller."""
    language = language_of(request)
    _, definitions = await open_forms(intake, caller=caller)
    after = page.after("forms", int)
    start = int(after[0] or 0) if after else 0
    end = start + page.limit
    return FormList(
        items=[summary_of(definition, language) for definition in definitions[start:end]],
        next=make_cursor("forms", [end]) if end < len(definitions) else None,
    )


@router.get(
    "/api/forms/{slug}", operation_id="get_form", responses=_READING, openapi_extra=MAYBE_SIGNED_IN
)
async def show_form(slug: str, request: Request, intake: Intake, caller: CurrentCaller) -> FormOut:
    """Show the questions of a form, and the JSON Schema of their answers."""
    definition = (await desired_form(intake, slug=slug, caller=caller)).usable()
    return form_out(definition, language_of(request))


@router.post(
    "/api/forms/{slug}/requests",
    operation_id="send_request",
    status_code=202,
    response_model=Accepted,
    responses=_SENDING | _LOCATION,
    openapi_extra=MAYBE_SIGNED_IN | {"requestBody": body_of(RequestIn)},
)
async def send_request(slug: str, request: Request, key: IdempotencyKey) -> Response:
    """Send a filled-in form. Answered once the request is durable; it then becomes a ticket.

    Whoever is signed in is the requester whatever `requester` says, but an operator may file it for
    the person in `on_behalf_of`.
    """
    # The hot path: body and dependencies are taken by hand, so that the body is validated exactly
    # once. It is reached through DIRECT; here it stands to be documented.
    await same_site(request)
    intake = await intake_of(request)
    caller = caller_of(request)
    desired = await desired_form(intake, slug=slug, caller=caller)
    raw = await request.body()
    sent, requester = _read(raw, caller)
    definition = (
        desired.usable() if sent.on_behalf_of is None else desired.usable_for_somebody(caller)
    )
    answers = checked_answers(
        definition, fields=sent.fields, language=language_of(request), prefix="fields."
    )
    filled = FilledForm(
        definition=definition,
        answers=answers,
        requester=requester,
        caller=caller,
        client=client_of(request.scope),
        context=sent.context.as_context(),
        language=sent.language or language_of(request),
        on_behalf=sent.on_behalf_of is not None,
    )
    used = _key_use(key, caller, requester, slug, raw) if key else None
    request_id = await accept(
        intake, filled=filled, key=used, traceparent=request.headers.get("traceparent")
    )
    status_url = f"/api/requests/{request_id}"
    return JsonAnswer(
        {"request_id": request_id, "status_url": status_url},
        status_code=202,
        headers={"Location": status_url},
    )


async def _send_directly(request: Request) -> Response:
    return await send_request(request.path_params["slug"], request, await idempotency_key(request))


DIRECT = (Direct("POST", re.compile("/api/forms/(?P<slug>[^/]+)/requests"), _send_directly),)


@router.get("/api/requests/{request_id}", operation_id="get_request")
async def show_status(request_id: str, intake: Intake) -> RequestStatusOut:
    """Tell whether a request is a ticket yet, and its number."""
    async with intake.database.reading() as connection:
        status = await find_status(connection, parsed_id(request_id))
    if status is None:
        raise NotThere
    return RequestStatusOut(
        request_id=status.request_id,
        status="ticketed" if status.ticket_number else "received",
        ticket_number=status.ticket_number,
    )


def parsed_id(text: str) -> UUID:
    """Return the id that `text` is. Raises NotThere: what cannot be an id names nothing."""
    try:
        return UUID(text)
    except ValueError:
        raise NotThere from None


def _read(raw: bytes, caller: Caller | None) -> tuple[RequestIn, Requester]:
    """Return what was sent and who asks. Raises BadInput."""
    try:
        sent = RequestIn.model_validate_json(raw)
    except ValidationError as error:
        problems = field_problems(
            [
                {**one, "loc": ("body", *one["loc"])}
                for one in error.errors(include_url=False, include_input=False)
            ]
        )
        raise BadInput(*problems) from None
    if sent.on_behalf_of is not None:
        return sent, sent.on_behalf_of.as_guest()
    if caller is not None:
        return sent, caller.as_requester()
    if sent.requester is None:
        raise BadInput.of("requester", N_("This is required."))
    return sent, sent.requester.as_guest()


def _key_use(
    key: str, caller: Caller | None, requester: Requester, slug: str, raw: bytes
) -> KeyUse:
    content: dict[str, Any] = {"form": slug, "body": orjson.loads(raw)}
    return KeyUse(
        key_id(key, caller=caller.identity if caller else None, requester=requester),
        body_hash(content),
    )
