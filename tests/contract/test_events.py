"""Every event of the product is as published, marked where it is personal, and open to
additions.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import jsonschema
import pytest
from pydantic import create_model

from shared.contracts.desk import Desk
from shared.contracts.events.base import EVENT_CLASSES, Event
from shared.contracts.people import Actor
from shared.contracts.values import Part
from tests.contract.schema_changes import kept_schemas, problems, schema_of


def test_every_event_of_the_product_is_as_published() -> None:
    assert problems() == []


def test_every_published_schema_is_one() -> None:
    meta = jsonschema.Draft202012Validator(jsonschema.Draft202012Validator.META_SCHEMA)
    assert {name for name, schema in kept_schemas().items() if not meta.is_valid(schema)} == set()


PERSONAL_NAMES = {
    "name", "email", "identity", "subject", "body", "fields", "answers", "reason", "recipient",
    "reference", "page", "changes",
    "owner", "responsible", "last_owner", "closed_by", "operators", "people", "text", "address",
    "phone",
}  # fmt: skip
"""Fields of these names hold names, addresses, texts or answers of people."""
NOT_OF_PEOPLE = {
    "desk.name": "the name of the desk",
    "desk.rules[].name": "the name of a rule",
    "desk.rules[].when.fields": "conditions on answers, not answers",
    "desk.forms{}.fields": "questions, not answers",
    "desk.forms{}.fields[].name": "the key of a question",
    "desk.queues{}.address": "the address of an office",
    "desk.forms{}.recipe.steps[].name": "the key of a step",
    "desk.forms{}.recipe.steps[].text": "what the desk says in a child's request",
    "desk.forms{}.recipe.steps[].fields": "the keys of questions",
    "ticket.run.recipe.steps[].name": "the key of a step",
    "ticket.run.recipe.steps[].text": "what the desk says in a child's request",
    "ticket.run.recipe.steps[].fields": "the keys of questions",
    "ticket.run.steps[].name": "the key of a step",
    "ticket.context.origin": "one of four",
}


def fields_in(schema: dict[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Path, name and whether it is marked as personal (itself or what it stands in), of every
    field.
    """
    yield from _fields(schema, schema.get("$defs", {}), "", False, ())


def _fields(
    schema: dict[str, Any],
    definitions: dict[str, Any],
    at: str,
    personal: bool,
    seen: tuple[str, ...],
) -> Iterator[tuple[str, str, bool]]:
    personal = personal or bool(schema.get("personal"))
    if "$ref" in schema and schema["$ref"] not in seen:
        yield from _fields(
            definitions[schema["$ref"].rsplit("/", 1)[1]],
            definitions,
            at,
            personal,
            (*seen, schema["$ref"]),
        )
    for way in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _fields(way, definitions, at, personal, seen)
    if isinstance(schema.get("items"), dict):
        yield from _fields(schema["items"], definitions, at + "[]", personal, seen)
    for value in (
        schema.get("additionalProperties"),
        *schema.get("patternProperties", {}).values(),
    ):
        if isinstance(value, dict):
            yield from _fields(value, definitions, at + "{}", personal, seen)
    for name, field in schema.get("properties", {}).items():
        path = f"{at}.{name}" if at else name
        yield path, name, personal or bool(field.get("personal"))
        yield from _fields(field, definitions, path, personal, seen)


@pytest.mark.parametrize("name", sorted(EVENT_CLASSES))
def test_every_personal_field_is_marked(name: str) -> None:
    unmarked = {
        path
        for path, field, marked in fields_in(schema_of(EVENT_CLASSES[name]))
        if field in PERSONAL_NAMES and not marked
    }

    assert unmarked - NOT_OF_PEOPLE.keys() == set()


def test_a_field_left_unmarked_is_found() -> None:
    class Careless(Part):
        email: str

    event = create_model("Happened", __base__=Event, many=(tuple[Careless, ...], ()))

    found = {
        path
        for path, field, marked in fields_in(schema_of(event))
        if field in PERSONAL_NAMES and not marked
    }

    assert found == {"many[].email"}


@pytest.mark.parametrize("name", sorted(EVENT_CLASSES))
def test_an_event_of_a_newer_sender_with_more_in_it_is_still_read(name: str) -> None:
    """No part of an event is closed against unknown keys."""
    assert '"additionalProperties": false' not in json.dumps(schema_of(EVENT_CLASSES[name]))


def test_unknown_keys_are_left_out_when_read() -> None:
    assert Actor.model_validate({"identity": None, "name": "", "mood": "good"}) == Actor()
    assert "forbid" not in {
        Desk.model_config.get("extra"),
        Event.model_config.get("extra"),
        Part.model_config.get("extra"),
    }


@pytest.mark.parametrize("name", sorted(EVENT_CLASSES))
def test_what_a_class_writes_is_valid_by_its_published_schema(name: str) -> None:
    example = make_example(schema_of(EVENT_CLASSES[name]))

    event = EVENT_CLASSES[name].model_validate_json(json.dumps(example))

    jsonschema.validate(json.loads(event.model_dump_json()), kept_schemas()[name])


def make_example(schema: dict[str, Any], definitions: dict[str, Any] | None = None) -> Any:
    """The smallest value that a schema allows, as far as the house's schemas go."""
    definitions = schema.get("$defs", {}) if definitions is None else definitions
    if "$ref" in schema:
        return make_example(definitions[schema["$ref"].rsplit("/", 1)[1]], definitions)
    if "const" in schema or "enum" in schema:
        return schema["const"] if "const" in schema else schema["enum"][0]
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return make_example(schema[union][0], definitions)
    match schema.get("type"):
        case "object":
            return {
                name: make_example(schema["properties"][name], definitions)
                for name in schema.get("required", ())
            }
        case "array":
            return [make_example(each, definitions) for each in schema.get("prefixItems", ())]
        case "string":
            formats = {
                "uuid": str(UUID(int=7)),
                "date-time": datetime(2026, 9, 28, tzinfo=UTC).isoformat(),
            }
            return formats.get(schema.get("format", ""), "a")
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
    return None
