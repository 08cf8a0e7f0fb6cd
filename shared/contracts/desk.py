"""The desk: one deployment's description, as it travels and as every service holds it.

Routing reads it from YAML and checks it; the others get it whole in `routing.desk.applied` and swap
their copy. The questions that several services must answer alike (who may see a queue, who may work
it) are answered here.
"""

import re
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.values import Personal

Right = Literal["ro", "note", "move_into", "create", "owner", "priority", "rw"]
ALL_RIGHTS: frozenset[Right] = frozenset(
    {"ro", "note", "move_into", "create", "owner", "priority", "rw"}
)
SHOWS_NOTHING: frozenset[Right] = frozenset({"move_into", "create"})
"""The rights that do not include `ro`."""

Language = Literal["it", "en"]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)]
QueuePath = Annotated[
    str, Field(pattern=r"^[a-z0-9][a-z0-9-]*(/[a-z0-9][a-z0-9-]*)*$", max_length=200)
]
IdentityName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=100)]
FieldName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]

_DIGITS_ONLY = re.compile(r"(?:(?:\[0-9\]|\\d)(?:\{\d+(?:,\d*)?\}|[+*?])?)+")
_MAILS = (
    "receipt",
    "taking_charge",
    "question",
    "answer",
    "final_answer",
    "reminder",
    "expired",
    "link",
    "forward",
)
MAIL_TEXT_KEYS: frozenset[str] = frozenset({"signature"} | {f"{kind}.body" for kind in _MAILS})
"""What `Desk.mail_texts` may put in place of the texts that notify ships: `<kind>.body`, and the
`signature` of all.
"""
OLD_MAIL_TEXT_KEYS: frozenset[str] = frozenset(f"{kind}.subject" for kind in _MAILS)
"""Keys of earlier desks that are still accepted and have no effect: all mails of a ticket have the
same subject.
"""


class _Described(BaseModel):
    # Unknown keys are ignored: a newer routing may say more. That a desk file has none is checked
    # where the file is read.
    model_config = ConfigDict(frozen=True, extra="ignore")


class Text(_Described):
    """The same words in the two languages."""

    it: str
    en: str

    def in_language(self, language: str) -> str:
        return self.en if language == "en" else self.it


class Policies(_Described):
    """What the desk decides for itself."""

    reopen: Literal["reopen", "reject", "new_ticket"] = "reopen"
    question_expires_after_days: Annotated[int, Field(ge=1, le=365)] = 14
    question_reminder_after_days: Annotated[int, Field(ge=1, le=364)] = 7
    undo_hours: Annotated[int, Field(ge=0, le=720)] = 24


class Group(_Described):
    """Operators who share queues."""

    title: Text


class QueueDescription(_Described):
    """A node of the queue tree; its place is its path (`ict/rete/wifi` hangs from `ict/rete`).

    A child lacks nothing of `needs`. `answers_requester`: answers on children here go on to the
    requester. `closed`: no ticket may come in. `assign` `least_loaded` gives a new ticket to who
    has the fewest among those who may work it and have an open page.
    """

    title: Text
    level: Annotated[int, Field(ge=1, le=9)]
    group: Slug
    address: str | None = None
    needs: tuple[FieldName, ...] = ()
    answers_requester: bool = False
    closed: bool = False
    assign: Literal["by_hand", "least_loaded"] = "by_hand"


class Operator(_Described):
    """A person who works tickets; `rights` by group."""

    name: str
    email: str
    rights: dict[Slug, tuple[Right, ...]]


class Person(_Described):
    """A demo identity that only asks for help."""

    name: str
    email: str
    affiliation: Literal["student", "staff", "guest"]


class Choice(_Described):
    """One value a `choice` field may hold."""

    value: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)]
    label: Text


class FormField(_Described):
    """One question. The page, the JSON Schema and the check are all derived from this.

    `pattern` is a regular expression that the whole answer must match, `minimum`/`maximum` are for
    numbers, `max_length` (characters) for texts.
    """

    name: FieldName
    type: Literal["text", "textarea", "email", "number", "boolean", "choice"]
    label: Text
    help: Text | None = None
    required: bool = True
    pattern: str | None = None
    pattern_hint: Text | None = None
    minimum: float | None = None
    maximum: float | None = None
    max_length: Annotated[int, Field(ge=1, le=20_000)] | None = None
    choices: tuple[Choice, ...] = ()

    @property
    def is_digits(self) -> bool:
        """Whether its pattern allows digits only: a phone then shows its number pad."""
        return bool(self.pattern and _DIGITS_ONLY.fullmatch(self.pattern))


class PriorityRule(_Described):
    """An answer that gives the request another priority than 3."""

    field: FieldName
    equals: str | int | float | bool
    priority: Annotated[int, Field(ge=1, le=5)]


class FieldCondition(_Described):
    """A condition on one answer.

    Texts that look like `2026/2027` are compared by their leading number where the operator orders.
    """

    field: FieldName
    operator: Literal["==", "!=", ">=", "<=", ">", "<", "in", "present"]
    value: str | int | float | bool | tuple[str | int | float | bool, ...] | None = None


class RecipeStep(_Described):
    """One child that a recipe opens: in `queue`, once the steps named in `after` have ended (none:
    at once).

    `text` is what the child's request says; `fields` are the answers that it gets. It is left out
    unless all of `when` hold on the form's answers. `if_unsuccessful`: the run stops, goes on, or
    asks the ticket's owner.
    """

    name: Slug
    title: Text
    queue: QueuePath
    text: Text
    fields: tuple[FieldName, ...] = ()
    after: tuple[Slug, ...] = ()
    when: tuple[FieldCondition, ...] = ()
    if_unsuccessful: Literal["stop", "continue", "ask"] = "ask"


class Recipe(_Described):
    """What is done about each request of one type: a run of it begins when the ticket is first
    taken.
    """

    title: Text
    steps: Annotated[tuple[RecipeStep, ...], Field(min_length=1, max_length=30)]


class Form(_Described):
    """The questions for one request type. `fields` always holds `subject` and `description`.

    `consent` is the sentence that every sender must agree to: the answer `consent` (true) is asked
    by every form and is not listed among `fields`; `privacy_url` is the address of the privacy
    notice, where it is another one than the desk's. `audience` lists the affiliations it is meant
    for (empty: everybody); a form with `login` demands one. `opens_at` and `closes_at` are ISO 8601
    (`2026-09-01` or `2026-09-01T08:00`), in the desk's time zone where they name no other.
    """

    title: Text
    description: Text
    audience: tuple[Literal["student", "staff", "guest"], ...] = ()
    login: bool = False
    opens_at: str | None = None
    closes_at: str | None = None
    consent: Text
    privacy_url: Text | None = None
    fields: tuple[FormField, ...]
    priority_rules: tuple[PriorityRule, ...] = ()
    recipe: Recipe | None = None


class RuleConditions(_Described):
    """All that are given must hold.

    `hours` is `HH:MM-HH:MM` in the desk's time zone (the end excluded; it may cross midnight).

    `escalated_from` is the queue that a ticket is escalated from. Escalated tickets meet only rules
    that name it, and such rules meet no other ticket. `child` true: only children; false: only
    requests of persons.
    """

    request_type: tuple[Slug, ...] = ()
    origin: tuple[Literal["online-services", "service", "website", "faq"], ...] = ()
    affiliation: tuple[Literal["student", "staff", "guest"], ...] = ()
    language: tuple[Language, ...] = ()
    fields: tuple[FieldCondition, ...] = ()
    hours: str | None = None
    child: bool | None = None
    escalated_from: QueuePath | None = None


class Rule(_Described):
    """If `when` holds, the ticket goes to `queue`. The first match in order wins."""

    name: str
    when: RuleConditions
    queue: QueuePath


class Desk(_Described):
    """One deployment's description.

    Its parts refer to each other by key; `services.routing` checks that they fit.

    `privacy_url` is the address of the privacy notice that people consent to, in each language.
    """

    name: Text
    timezone: str = "Europe/Rome"
    system_id: Annotated[int, Field(ge=0, le=99)] = 10
    mail_from: str
    privacy_url: Text | None = None
    default_queue: QueuePath
    policies: Policies = Policies()
    groups: dict[Slug, Group]
    queues: dict[QueuePath, QueueDescription]
    operators: Personal[dict[IdentityName, Operator]]
    people: Personal[dict[IdentityName, Person]] = {}
    forms: dict[Slug, Form]
    rules: tuple[Rule, ...] = ()
    mail_texts: dict[str, Text] = {}

    def rights(self, identity: str | None, queue: str | None) -> frozenset[Right]:
        """Return what `identity` may do in `queue`, with all that each right includes; empty where
        either is unknown.
        """
        description = self.queues.get(queue) if queue else None
        if identity is None or description is None:
            return frozenset()
        return self._rights_by_group.get(identity, {}).get(description.group, frozenset())

    def visible_queues(self, identity: str | None) -> frozenset[str]:
        """Return the queues whose tickets `identity` may see."""
        return frozenset(slug for slug in self.queues if "ro" in self.rights(identity, slug))

    def queues_of_requests(self, request_type: str) -> frozenset[str]:
        """Return the queues that persons' requests of this type can come to by the rules, whatever
        they say and whenever.
        """
        reached: set[str] = set()
        for rule in self.rules:
            when = rule.when
            if (
                when.escalated_from is not None
                or when.child
                or (when.request_type and request_type not in when.request_type)
            ):
                continue
            destination = self.queues.get(rule.queue)
            reached.add(
                self.default_queue if destination is not None and destination.closed else rule.queue
            )
            if not (when.origin or when.affiliation or when.language or when.fields or when.hours):
                return frozenset(reached)
        return frozenset(reached | {self.default_queue})

    def may_file_for_somebody(self, identity: str | None, request_type: str) -> bool:
        """Return whether `identity` may file such a request for another person: `create` wherever
        it can come to.
        """
        return all(
            "create" in self.rights(identity, queue)
            for queue in self.queues_of_requests(request_type)
        )

    def first_level(self, queue: str | None) -> str | None:
        """Return the root of `queue`'s branch: the first-level queue that speaks to the
        requester.
        """
        return queue.split("/", 1)[0] if queue else None

    def queue_title(self, queue: str | None, language: str) -> str:
        """Return the queue's name in `language`, its path where it is unknown, "" for no queue."""
        if not queue:
            return ""
        description = self.queues.get(queue)
        return description.title.in_language(language) if description else queue

    def person_name(self, identity: str | None) -> str:
        """Return the name of an operator or demo person, the identity itself where unknown, "" for
        nobody.
        """
        if not identity:
            return ""
        known = self.operators.get(identity) or self.people.get(identity)
        return known.name if known else identity

    @cached_property
    def _rights_by_group(self) -> dict[str, dict[str, frozenset[Right]]]:
        return {
            identity: {group: _with_included(given) for group, given in operator.rights.items()}
            for identity, operator in self.operators.items()
        }


def _with_included(given: tuple[Right, ...]) -> frozenset[Right]:
    if "rw" in given:
        return ALL_RIGHTS
    rights: set[Right] = set(given)
    if rights - SHOWS_NOTHING:
        rights.add("ro")
    return frozenset(rights)
