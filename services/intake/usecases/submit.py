"""The steps that a request takes at the door, whether it comes by the API or by a page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from services.intake.batching.submissions import KeyUse, Submission
from services.intake.context import IntakeContext
from services.intake.domain.access import Access, Window, access_to, window_of
from services.intake.domain.forms import OWN_FIELDS, FormDefinition
from services.intake.queries import Forms
from shared.contracts.events.intake import Answer, RequestSubmitted
from shared.contracts.people import Context, Requester
from shared.core.cause import Cause
from shared.core.errors import MissingRight, NotThere, TooLarge
from shared.core.ids import new_id
from shared.database.unit_of_work import MAX_EVENT_BYTES
from shared.text.sentences import N_
from shared.web.auth import Caller
from shared.web.errors import BadInput, NotSignedIn, Refused
from shared.web.validation import FieldProblem

_CERTAINLY_SMALL = MAX_EVENT_BYTES // 8
"""Characters; none takes more than 6 bytes in JSON."""


@dataclass(frozen=True, slots=True)
class Desired:
    """The form somebody wants to use; `definition` is None where there is no such form."""

    forms: Forms
    definition: FormDefinition | None
    access: Access
    window: Window

    def usable(self) -> FormDefinition:
        """Return the form.

        Raises NotThere, or Refused where it is not for the caller or not open now.
        """
        definition = self._there()
        if self.access == "not_for_caller":
            raise Refused(403, "not-for-you", N_("This form is not available to you."))
        return definition

    def usable_for_somebody(self, caller: Caller | None) -> FormDefinition:
        """Return the form for an operator who files it in another person's place.

        The operator judges whether the audience fits; the opening window holds.

        Raises NotSignedIn, MissingRight for who may not create tickets wherever such a request can
        come to, else as `usable`.
        """
        if caller is None:
            raise NotSignedIn
        if self.definition is not None and not self.forms.desk.may_file_for_somebody(
            caller.identity, self.definition.slug
        ):
            raise MissingRight("create")
        return self._there()

    def _there(self) -> FormDefinition:
        if self.definition is None:
            raise NotThere
        match self.window:
            case "not_yet":
                raise Refused(409, "not-open", N_("This form is not open yet."))
            case "over":
                raise Refused(409, "not-open", N_("This form is no longer open."))
            case _:
                return self.definition


async def desired_form(intake: IntakeContext, *, slug: str, caller: Caller | None) -> Desired:
    """Look the form up.

    Raises NotSignedIn where it needs somebody who is, DeskMissing while there are no forms.
    """
    forms = await intake.forms.get()
    definition = forms.by_slug.get(slug)
    access: Access = "open"
    window: Window = "open"
    if definition is not None:
        affiliation = caller.affiliation if caller else None
        now, timezone = intake.clock.now(), forms.desk.timezone
        access = access_to(definition.form, affiliation=affiliation, now=now, timezone=timezone)
        window = window_of(definition.form, now=now, timezone=timezone)
    if access == "login":
        raise NotSignedIn
    return Desired(forms, definition, access, window)


async def open_forms(
    intake: IntakeContext, *, caller: Caller | None
) -> tuple[Forms, list[FormDefinition]]:
    """Return the forms that `caller` may send now, in the desk's order."""
    forms = await intake.forms.get()
    now = intake.clock.now()
    affiliation = caller.affiliation if caller else None
    return forms, [
        definition
        for definition in forms.by_slug.values()
        if access_to(
            definition.form, affiliation=affiliation, now=now, timezone=forms.desk.timezone
        )
        == "open"
    ]


async def forms_for_somebody(
    intake: IntakeContext, *, caller: Caller
) -> tuple[Forms, list[FormDefinition]]:
    """Return the open forms that `caller` may file in another person's place, in the desk's
    order.
    """
    forms = await intake.forms.get()
    now, desk = intake.clock.now(), forms.desk
    return forms, [
        definition
        for slug, definition in forms.by_slug.items()
        if window_of(definition.form, now=now, timezone=desk.timezone) == "open"
        and desk.may_file_for_somebody(caller.identity, slug)
    ]


def checked_answers(
    definition: FormDefinition, *, fields: dict[str, object], language: str, prefix: str
) -> dict[str, Answer]:
    """Return the clean answers.

    Raises BadInput naming each wrong field, its name after `prefix`.
    """
    checked = definition.check(fields, language=language)
    if checked.wrong:
        raise BadInput(
            *(FieldProblem(prefix + one.name, one.message, one.facts) for one in checked.wrong)
        )
    return checked.answers


@dataclass(frozen=True, slots=True)
class FilledForm:
    """A form with checked answers, and who sends it from where.

    `on_behalf`: `caller`, an operator, sends it in the requester's place. `client` as `client_of`
    returns it.
    """

    definition: FormDefinition
    answers: dict[str, Answer]
    requester: Requester
    caller: Caller | None
    client: str | None
    context: Context
    language: Literal["it", "en"]
    on_behalf: bool = False

    def as_request(self, *, now: datetime) -> RequestSubmitted:
        """Return the request that the form makes at `now`, with a new id."""
        answers, title = self.answers, self.definition.form.title
        filed_by = self.caller.as_actor() if self.caller is not None and self.on_behalf else None
        return RequestSubmitted(
            request_id=new_id(),
            form=self.definition.slug,
            subject=str(answers.get("subject", title.in_language(self.language))),
            body=str(answers.get("description", "")),
            fields={name: answer for name, answer in answers.items() if name not in OWN_FIELDS},
            requester=self.requester,
            filed_by=filed_by,
            context=self.context,
            language=self.language,
            priority=self.definition.priority(answers),
            submitted_at=now,
        )


async def accept(
    intake: IntakeContext, *, filled: FilledForm, key: KeyUse | None, traceparent: str | None
) -> UUID:
    """Make the request of a filled-in form durable and return its id.

    Raises KeyReused, LimitReached, TooLarge, Unavailable.
    """
    intake.pressure.refuse_if_high()
    crowds = intake.limits.crowds_for(
        filled.definition.slug, caller=filled.caller, client=filled.client
    )
    for crowd in crowds:
        await crowd.admit()
    request = filled.as_request(now=intake.clock.now())
    _refuse_too_large(request)
    counted = intake.limits.counted_for(
        filled.requester, caller=filled.caller, client=filled.client
    )
    request_id = await intake.commits.add(
        Submission(request, Cause.fresh(traceparent=traceparent), key, counted)
    )
    if request_id == request.request_id:
        for crowd in crowds:
            crowd.use()
    return request_id


def _refuse_too_large(request: RequestSubmitted) -> None:
    """Raise TooLarge before the group commit, where one large request would split the whole
    group.
    """
    characters = (
        len(request.subject)
        + len(request.body)
        + sum(len(str(answer)) for answer in request.fields.values())
    )
    if characters > _CERTAINLY_SMALL and len(request.model_dump_json().encode()) > MAX_EVENT_BYTES:
        raise TooLarge(f"a request of {characters} characters")
