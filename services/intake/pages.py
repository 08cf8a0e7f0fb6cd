"""The forms as pages, for browsers with and without JavaScript."""

from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from services.intake.api import Intake, intake_of
from services.intake.batching.submissions import KeyUse, key_id
from services.intake.confirmation import desk_facts, remember_sender
from services.intake.context import IntakeContext
from services.intake.domain.forms import FormDefinition
from services.intake.queries import Forms
from services.intake.schemas import ORIGINS, ContextIn, Origin, RequesterIn
from services.intake.usecases.submit import (
    Desired,
    FilledForm,
    accept,
    checked_answers,
    desired_form,
    forms_for_somebody,
    open_forms,
)
from shared.contracts.desk import Language
from shared.contracts.people import Context, Requester
from shared.core.errors import KeyReused, TooLarge
from shared.core.ids import new_id
from shared.text.cleaning import clean_line
from shared.text.sentences import N_
from shared.web.auth import Caller, CurrentCaller, caller_of, same_site, signed_in
from shared.web.errors import BadInput, FieldProblem, TooManyRequests, Unavailable, problem_of
from shared.web.idempotency import body_hash, checked_key
from shared.web.input import read_form
from shared.web.language import SHOW_IN, Translator, language_of
from shared.web.pages import render
from shared.web.rate import client_of
from shared.web.state import translator_of
from shared.web.validation import field_problems
from shared.web.without_scripts import is_without_scripts

router = APIRouter(include_in_schema=False)

CONTEXT_FIELDS = ("origin", "page", "reference")
PERSON_FIELDS = ("name", "email")
# With a dash, that no question's name has.
ON_BEHALF = "on-behalf"
LANGUAGE_OF_MAILS = "language-of-mails"
KEY_FIELD = "idempotency-key"


@router.get("/forms")
async def list_forms(request: Request, intake: Intake, caller: CurrentCaller) -> Response:
    """All forms that the caller may send now; `on-behalf`: in another person's place."""
    on_behalf = bool(request.query_params.get(ON_BEHALF))
    forms, definitions = await (
        forms_for_somebody(intake, caller=await signed_in(request))
        if on_behalf
        else open_forms(intake, caller=caller)
    )
    return render(
        request, "forms.html", forms=definitions, on_behalf=on_behalf, **desk_facts(request, forms)
    )


@router.get("/forms/{slug}")
async def show_form(slug: str, request: Request, intake: Intake, caller: CurrentCaller) -> Response:
    """One form, empty.

    `origin`, `page` and `reference` say where it was opened from; nonsense in them is nobody's
    fault here.

    `on-behalf`: an operator fills it in for another person.
    """
    desired = await desired_form(intake, slug=slug, caller=caller)
    asked = request.query_params
    definition = _usable(desired, caller, asked)
    typed = {_own(definition, name): asked.get(name, "") for name in CONTEXT_FIELDS} | {
        ON_BEHALF: asked.get(ON_BEHALF, "")
    }
    return _form_page(request, desired.forms, definition, typed=typed)


@router.post("/forms/{slug}", dependencies=[Depends(same_site)])
async def send_form(slug: str, request: Request) -> Response:
    """Take a filled-in form: on to the request's page, or the same form with what is wrong.

    With `show-in` it is not sent: it is shown in the language of the address, filled in as it was.
    """
    intake = await intake_of(request)
    caller = caller_of(request)
    desired = await desired_form(intake, slug=slug, caller=caller)
    typed = await read_form(request)
    definition = _usable(desired, caller, typed)
    if typed.get(SHOW_IN):
        return _form_page(request, desired.forms, definition, typed=typed)
    try:
        request_id = await _send(intake, request, definition, typed, caller)
    except BadInput as error:
        return _form_page(request, desired.forms, definition, typed=typed, problems=error.problems)
    except KeyReused:
        # Sent, then changed with "back", then sent again: most likely a new request is meant. Ask.
        again = {**typed, KEY_FIELD: ""}
        heading = translator_of(request)(N_("Already sent"))
        problems = (FieldProblem("", _SENT_BEFORE),)
        return _form_page(
            request,
            desired.forms,
            definition,
            typed=again,
            problems=problems,
            heading=heading,
            status_code=409,
        )
    except (TooLarge, TooManyRequests, Unavailable) as error:
        told = problem_of(error, translator_of(request))
        problems = (FieldProblem("", told.detail),)
        refused = _form_page(
            request,
            desired.forms,
            definition,
            typed=typed,
            problems=problems,
            heading=told.title,
            status_code=told.status,
        )
        refused.headers.update(told.headers)
        return refused
    response = RedirectResponse(f"/forms/requests/{request_id}", status_code=303)
    remember_sender(request, response, request_id)
    return response


_SENT_BEFORE = N_(
    "This form was already sent with different answers. To make a new request with these "
    "answers, "
    "send it again."
)


async def _send(
    intake: IntakeContext,
    request: Request,
    definition: FormDefinition,
    typed: dict[str, str],
    caller: Caller | None,
) -> UUID:
    """Check everything at once, so that the person sees all that is wrong, and accept.

    Raises BadInput, KeyReused.
    """
    language = language_of(request)
    problems: list[FieldProblem] = []
    requester = caller.as_requester() if caller else None
    on_behalf = caller is not None and bool(typed.get(ON_BEHALF))
    if caller is None or on_behalf:
        requester, problems = _requester(definition, typed)
    fields = definition.from_page(typed)
    try:
        answers = checked_answers(definition, fields=fields, language=language, prefix="")
    except BadInput as error:
        raise BadInput(*problems, *error.problems) from None
    if requester is None:
        raise BadInput(*problems)
    context = _context(definition, typed)
    filled = FilledForm(
        definition=definition,
        answers=answers,
        requester=requester,
        caller=caller,
        client=client_of(request.scope),
        context=context,
        language=_language_of_mails(typed, default=language) if on_behalf else language,
        on_behalf=on_behalf,
    )
    key = _key_use(
        request,
        definition,
        typed,
        requester,
        [fields, context.model_dump(), requester.model_dump()],
    )
    return await accept(
        intake, filled=filled, key=key, traceparent=request.headers.get("traceparent")
    )


def _usable(desired: Desired, caller: Caller | None, given: Mapping[str, str]) -> FormDefinition:
    return desired.usable_for_somebody(caller) if given.get(ON_BEHALF) else desired.usable()


def _language_of_mails(typed: Mapping[str, str], *, default: Language) -> Language:
    """Return the language in which the person is written to, whom an operator asks for."""
    match typed.get(LANGUAGE_OF_MAILS):
        case "it":
            return "it"
        case "en":
            return "en"
        case _:
            return default


def _requester(
    definition: FormDefinition, typed: dict[str, str]
) -> tuple[Requester | None, list[FieldProblem]]:
    given = {name: typed.get(_own(definition, name), "") for name in PERSON_FIELDS}
    empty = [
        FieldProblem(_own(definition, name), N_("This is required."))
        for name, text in given.items()
        if not clean_line(text)
    ]
    try:
        return RequesterIn.model_validate(given).as_guest(), []
    except ValidationError as error:
        found = field_problems(error.errors(include_url=False, include_input=False))
        wrong = [
            FieldProblem(_own(definition, one.field), one.message, one.facts)
            for one in found
            if clean_line(given[one.field])
        ]
        return None, [*empty, *wrong]


def _context(definition: FormDefinition, typed: dict[str, str]) -> Context:
    """Return where the form was opened from; the link may have been made by anyone, so what is not
    sound in it is left out.
    """
    origin, page, reference = (
        typed.get(_own(definition, name), "").strip() for name in CONTEXT_FIELDS
    )
    known = cast("Origin", origin if origin in ORIGINS else "website")
    context = ContextIn(origin=known)
    for name, value in (("page", page), ("reference", reference)):
        try:
            context = ContextIn.model_validate({**context.model_dump(), name: value or None})
        except ValidationError:
            continue
    return context.as_context()


def _key_use(
    request: Request,
    definition: FormDefinition,
    typed: dict[str, str],
    requester: Requester,
    content: list[Any],
) -> KeyUse | None:
    """Return the key that came with the page, so that a double click sends once; without scripts, a
    key made of the content.
    """
    text = typed.get(KEY_FIELD, "")
    key = checked_key(text, field=KEY_FIELD) if text else ""
    meant = body_hash([definition.slug, *content])
    by_content = is_without_scripts(request)
    if by_content:
        key = f"form:{meant.hex()}"
    if not key:
        return None
    caller = caller_of(request)
    used_by = key_id(key, caller=caller.identity if caller else None, requester=requester)
    return KeyUse(used_by, meant, is_of_content=by_content)


def _form_page(
    request: Request,
    forms: Forms,
    definition: FormDefinition,
    *,
    typed: dict[str, str],
    problems: tuple[FieldProblem, ...] = (),
    heading: str = "",
    status_code: int = 422,
) -> Response:
    language = language_of(request)
    translate = translator_of(request)
    told = problem_of(BadInput(*problems), translate).errors
    own = {name: _own(definition, name) for name in (*PERSON_FIELDS, *CONTEXT_FIELDS)}
    labels = _labels(definition, translate)
    page = render(
        request,
        "form.html",
        status_code=status_code if problems else 200,
        definition=definition,
        form=definition.form,
        privacy_url=notice.in_language(language)
        if (notice := definition.form.privacy_url or forms.desk.privacy_url)
        else "",
        typed=typed,
        own=own,
        on_behalf=bool(typed.get(ON_BEHALF)),
        language_of_mails=_language_of_mails(typed, default=language),
        key=typed.get(KEY_FIELD) or str(new_id()),
        choices={
            field.name: [
                (choice.value, choice.label.in_language(language)) for choice in field.choices
            ]
            for field in definition.form.fields
        },
        wrong={one["field"]: one["message"] for one in reversed(told)},
        heading=heading,
        problems=[
            (one["field"], _with_label(one["message"], labels.get(one["field"]))) for one in told
        ],
        own_url=_own_url(definition, typed),
        other_language_url=_in_other_language(definition, typed, language),
        **desk_facts(request, forms),
    )
    if caller_of(request) is None:
        # Nothing is in it but what this browser itself was given: "back" finds it as it was, also
        # after a refusal, with what was filled in and the key that makes one request of it.
        # Chromium finds no answer to a form again that may not be stored.
        page.headers["Cache-Control"] = "private, no-cache"
    return page


def page_context(request: Request) -> Mapping[str, Any]:
    """Return what the base page wants to know, for the pages of errors: from the desk as it was
    read last.
    """
    context: IntakeContext = request.app.state.intake
    forms = context.forms.last
    if forms is None:
        return {}
    definition = forms.by_slug.get(request.url.path.removeprefix("/forms/"))
    labels = _labels(definition, translator_of(request)) if definition else {}
    return {**desk_facts(request, forms), "field_labels": labels}


def _labels(definition: FormDefinition, translate: Translator) -> dict[str, str]:
    """Return what the page calls its questions."""
    labels = {
        field.name: field.label.in_language(translate.language) for field in definition.form.fields
    }
    name, email = (_own(definition, name) for name in PERSON_FIELDS)
    return {
        **labels,
        name: translate(N_("Name and surname")),
        email: translate(N_("Email address")),
    }


def _in_other_language(
    definition: FormDefinition, typed: Mapping[str, str], language: Language
) -> str:
    """Return the address of the form in the other language, opened from where it was opened, for
    and by whom.
    """
    return (
        f"?{urlencode({**_asked(definition, typed), 'lang': 'en' if language == 'it' else 'it'})}"
    )


def _own_url(definition: FormDefinition, typed: Mapping[str, str]) -> str:
    """Return the address at which the form was opened: where its refusal stands, this one has it
    too.
    """
    asked = _asked(definition, typed)
    return f"/forms/{definition.slug}{'?' if asked else ''}{urlencode(asked)}"


def _asked(definition: FormDefinition, typed: Mapping[str, str]) -> dict[str, str]:
    kept = {name: typed.get(_own(definition, name), "") for name in CONTEXT_FIELDS} | {
        ON_BEHALF: typed.get(ON_BEHALF, "")
    }
    return {name: value for name, value in kept.items() if value}


def _own(definition: FormDefinition, name: str) -> str:
    """Return the name of a field of the page's own, out of the way of a question with that name."""
    return f"{name}-of-request" if name in definition.rules else name


def _with_label(message: str, label: str | None) -> str:
    return f"{label}: {message}" if label else message
