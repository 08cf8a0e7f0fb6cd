"""The JSON of the forms API."""

from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from services.intake.domain.forms import FormDefinition
from shared.contracts.contacts import EmailAddress, PersonName, Printable
from shared.contracts.desk import FormField
from shared.contracts.people import Context, Requester
from shared.text.cleaning import clean_line
from shared.text.fields import Cleaned

Origin = Literal["online-services", "service", "website", "faq"]
ORIGINS: frozenset[str] = frozenset({"online-services", "service", "website", "faq"})


def web_address(value: str) -> str:
    """Return `value` if it is the address of a web page.

    Raises PydanticCustomError: nobody shall put a script behind a link.
    """
    try:
        parts = urlsplit(value)
        is_page = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_page = False
    if not is_page:
        raise PydanticCustomError("url_parsing", "not a web address")
    return value


PageAddress = Annotated[str, Field(max_length=2000, pattern=Printable), AfterValidator(web_address)]
Reference = Annotated[str, Cleaned(clean_line, 500, may_be_empty=True)]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RequesterIn(_Closed):
    """A person who asks."""

    name: PersonName
    email: EmailAddress

    def as_guest(self) -> Requester:
        return Requester(name=self.name, email=self.email, affiliation="guest")


class ContextIn(_Closed):
    """Where the form was opened from."""

    origin: Origin
    page: PageAddress | None = None
    reference: Reference | None = None

    def as_context(self) -> Context:
        return Context(origin=self.origin, page=self.page, reference=self.reference)


class RequestIn(_Closed):
    """A filled-in form. What `fields` may hold is the form's `schema`.

    `on_behalf_of`: an operator with the right `create` files it for this person, who is the
    requester.
    """

    requester: RequesterIn | None = None
    on_behalf_of: RequesterIn | None = None
    fields: dict[str, Any]
    context: ContextIn
    language: Literal["it", "en"] | None = None


class Accepted(BaseModel):
    """The request is durable; `status_url` says where it stands."""

    request_id: UUID
    status_url: str


class RequestStatusOut(BaseModel):
    """`ticketed` as soon as the request is a ticket."""

    request_id: UUID
    status: Literal["received", "ticketed"]
    ticket_number: str | None


class FormSummary(BaseModel):
    """A form in the list; `audience` is empty where it is for everybody."""

    slug: str
    title: str
    description: str
    audience: list[str]
    language: Literal["it", "en"]


class FormList(BaseModel):
    """Part of the list; `next` is the cursor of what follows."""

    items: list[FormSummary]
    next: str | None


class ChoiceOut(BaseModel):
    value: str
    label: str


class QuestionOut(BaseModel):
    """One question, in the caller's language."""

    name: str
    type: Literal["text", "textarea", "email", "number", "boolean", "choice"]
    label: str
    help: str | None
    required: bool
    choices: list[ChoiceOut]


class FormOut(FormSummary):
    """One form: its questions, and the JSON Schema (2020-12) of what `fields` may hold."""

    model_config = ConfigDict(serialize_by_alias=True)

    fields: list[QuestionOut]
    json_schema: Annotated[dict[str, Any], Field(alias="schema")]


def summary_of(definition: FormDefinition, language: Literal["it", "en"]) -> FormSummary:
    """Return how the form appears in the list."""
    form = definition.form
    return FormSummary(
        slug=definition.slug,
        title=form.title.in_language(language),
        description=form.description.in_language(language),
        audience=list(form.audience),
        language=language,
    )


def form_out(definition: FormDefinition, language: Literal["it", "en"]) -> FormOut:
    """Return the whole form."""
    consent = QuestionOut(
        name="consent",
        type="boolean",
        label=definition.form.consent.in_language(language),
        help=None,
        required=True,
        choices=[],
    )
    questions = [_question(field, language) for field in definition.form.fields]
    whole = {"fields": [*questions, consent], "schema": definition.schema(language)}
    return FormOut.model_validate({**summary_of(definition, language).model_dump(), **whole})


def _question(field: FormField, language: str) -> QuestionOut:
    return QuestionOut(
        name=field.name,
        type=field.type,
        label=field.label.in_language(language),
        help=field.help.in_language(language) if field.help else None,
        required=field.required,
        choices=[
            ChoiceOut(value=choice.value, label=choice.label.in_language(language))
            for choice in field.choices
        ],
    )
