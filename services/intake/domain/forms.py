"""A form of the desk, ready to be shown, described and checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as with_default
from typing import Any

from services.intake.domain.fields import (
    NEEDED,
    EmailRule,
    JsonSchema,
    Rule,
    TextRule,
    Wrong,
    rule_of,
)
from shared.contracts.desk import Form
from shared.contracts.events.intake import Answer
from shared.text.cleaning import clean_text
from shared.text.sentences import N_

CONSENT = "consent"
OWN_FIELDS = frozenset({"subject", "description"})
"""Fields of every form that a ticket keeps in places of their own, not among its answers."""

DEFAULT_PRIORITY = 3


@dataclass(frozen=True, slots=True)
class WrongField:
    """A field and why it is refused."""

    name: str
    message: str
    facts: Mapping[str, object] = with_default(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found: clean `answers`, good only where nothing is `wrong`."""

    answers: dict[str, Answer]
    wrong: tuple[WrongField, ...]


class FormDefinition:
    """One form; page, JSON Schema and check all come from its desk description."""

    def __init__(self, slug: str, form: Form) -> None:
        self.slug = slug
        self.form = form
        self.rules: dict[str, Rule] = {field.name: rule_of(field) for field in form.fields}
        self._required = tuple(field.name for field in form.fields if field.required)

    @property
    def unchecked_fields(self) -> tuple[str, ...]:
        """The fields whose pattern is not supported, and which therefore take any text."""
        with_pattern = {
            name: rule
            for name, rule in self.rules.items()
            if isinstance(rule, TextRule | EmailRule)
        }
        return tuple(name for name, rule in with_pattern.items() if rule.pattern.is_unsupported)

    def schema(self, language: str) -> JsonSchema:
        """Return the JSON Schema (2020-12) of what `fields` may hold, with titles in `language`."""
        properties: dict[str, JsonSchema] = {}
        for field in self.form.fields:
            said: dict[str, Any] = {"title": field.label.in_language(language)}
            if field.help:
                said["description"] = field.help.in_language(language)
            properties[field.name] = {**said, **self.rules[field.name].schema()}
        properties[CONSENT] = {"title": self.form.consent.in_language(language), "const": True}
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": self.form.title.in_language(language),
            "type": "object",
            "properties": properties,
            "required": [*self._required, CONSENT],
            "additionalProperties": False,
        }

    def check(self, fields: Mapping[str, object], *, language: str) -> Checked:
        """Judge and clean `fields`.

        Answers left empty where they may be are not among the clean ones, nor is the consent.
        """
        answers: dict[str, Answer] = {}
        wrong = [
            WrongField(name, N_("This field is not expected here."))
            for name in fields
            if name not in self.rules and name != CONSENT
        ]
        for name, rule in self.rules.items():
            if name not in fields:
                if name in self._required:
                    wrong.append(WrongField(name, NEEDED))
                continue
            verdict = rule.check(fields[name], language)
            if isinstance(verdict, Wrong):
                wrong.append(WrongField(name, verdict.message, verdict.facts))
            elif verdict != "":
                answers[name] = verdict
        if fields.get(CONSENT) is not True:
            wrong.append(
                WrongField(
                    CONSENT, N_("You must give your consent before the request can be sent.")
                )
            )
        return Checked(answers, tuple(wrong))

    def shown(self, answers: Mapping[str, Answer], *, language: str) -> list[tuple[str, Answer]]:
        """Return `answers` in the order of the questions, with their labels and those of
        choices.
        """
        found: list[tuple[str, Answer]] = []
        for field in self.form.fields:
            if field.name in answers:
                answer = answers[field.name]
                chosen = next(
                    (
                        choice.label.in_language(language)
                        for choice in field.choices
                        if choice.value == answer
                    ),
                    answer,
                )
                found.append((field.label.in_language(language), chosen))
        return found

    def from_page(self, typed: Mapping[str, str]) -> dict[str, object]:
        """Return the `fields` that a page's texts stand for: empty ones left out, a box that is not
        ticked is false.
        """
        fields: dict[str, object] = {}
        for field in self.form.fields:
            text = typed.get(field.name, "")
            if clean_text(text) or field.type == "boolean":
                fields[field.name] = self.rules[field.name].typed(text)
        fields[CONSENT] = typed.get(CONSENT, "") in ("true", "on")
        return fields

    def priority(self, answers: Mapping[str, Answer]) -> int:
        """Return the priority that the answers give: the first rule that fits, else 3.

        True is not 1 here.
        """
        for rule in self.form.priority_rules:
            answer = answers.get(rule.field)
            if isinstance(answer, bool) == isinstance(rule.equals, bool) and answer == rule.equals:
                return rule.priority
        return DEFAULT_PRIORITY
