"""The shape of what is in a file: what a model finds wrong, told with the place in the file.

The models are those of `shared.contracts.desk` for a description. What was expected is derived from
their own JSON Schema, so that a new field needs no new sentence.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, JsonValue, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from services.routing.desk_file.document import Document
from services.routing.desk_file.mistakes import Loc, Mistake, make_mistake, one_of, shown
from shared.contracts.desk import Desk, FieldName, IdentityName, QueueDescription, QueuePath, Slug

Schema = dict[str, Any]
"""A node of a JSON Schema."""

M = TypeVar("M", bound=BaseModel)

_PATTERN_WORDS = {
    Slug: "small letters, digits and hyphens, such as polo-nord",
    QueuePath: "a queue path of small letters, digits and hyphens, such as ict/rete",
    IdentityName: "an identity of small letters, digits, dots and hyphens, such as anna.ferri",
    FieldName: "a field name of small letters, digits and underscores, such as matricola",
}


class QueueInFile(QueueDescription):
    """A queue as a file may say it: with its parent, which its path names already."""

    parent: QueuePath | None = None


class DeskInFile(Desk):
    """A desk as files say it."""

    # Narrower than in the base class, and never written to.
    queues: dict[QueuePath, QueueInFile]  # type: ignore[assignment]

    def as_desk(self) -> Desk:
        """Return the desk as it travels: the queues' places are their paths alone."""
        return Desk.model_validate(self.model_dump(exclude={"queues": {"__all__": {"parent"}}}))


def find_shape_errors(model: type[M], data: JsonValue) -> tuple[M | None, list[ErrorDetails]]:
    """Return the `model` that `data` describes, or everything that is wrong with its shape."""
    try:
        return model.model_validate(data, extra="forbid"), []
    except ValidationError as error:
        return None, error.errors(include_url=False, include_context=False)


def explain(
    model: type[BaseModel], errors: Sequence[ErrorDetails], document: Document
) -> list[Mistake]:
    """Return the mistakes that the `errors` of `model` are; several of one value (the members of a
    union) become one.
    """
    mistakes: dict[tuple[Loc, bool], Mistake] = {}
    for error in errors:
        loc = known_loc(error, document)
        if loc in document.unusable:
            continue
        about_key = error["type"] in ("missing", "extra_forbidden") or error["loc"][-1] == "[key]"
        mistakes.setdefault((loc, about_key), _explained(model, error, loc, document))
    return list(mistakes.values())


def known_loc(error: ErrorDetails, document: Document) -> Loc:
    """Return what `error` is about: its loc without what pydantic adds (the member of a union,
    `[key]`).
    """
    loc: Loc = tuple(error["loc"])
    if error["type"] == "missing":
        return loc
    while loc and loc not in document.values:
        loc = loc[:-1]
    return loc


def _explained(
    model: type[BaseModel], error: ErrorDetails, loc: Loc, document: Document
) -> Mistake:
    key = str(loc[-1]) if loc else ""
    if error["type"] == "missing":
        place = document.place(loc)
        return make_mistake(
            place,
            loc[:-1],
            found=f'no "{key}"',
            expected=f'"{key}": {describe(schema_at(model, loc))}',
        )
    if error["type"] == "extra_forbidden":
        known = schema_at(model, loc[:-1]).get("properties", {})
        return make_mistake(
            document.key_place(loc),
            loc[:-1],
            found=f'the unknown key "{key}"',
            expected=one_of(known, near=key),
        )
    if error["loc"][-1] == "[key]":
        return make_mistake(
            document.key_place(loc),
            loc[:-1],
            found=f'the key "{key}"',
            expected=_describe_keys(schema_at(model, loc[:-1])),
        )
    schema = schema_at(model, loc)
    value = error["input"]
    near = value if isinstance(value, str) else None
    expected = one_of(map(str, schema["enum"]), near=near) if "enum" in schema else describe(schema)
    return make_mistake(document.place(loc), loc, found=shown(value), expected=expected)


@cache
def _schema_of(model: type[BaseModel]) -> Schema:
    whole = model.model_json_schema()
    schema: Schema = _inlined(whole, whole.get("$defs", {}))
    return schema


def _inlined(schema: Any, definitions: Schema) -> Any:
    """Return a part of a schema with what it refers to in place of the references: our models are
    trees.
    """
    if isinstance(schema, dict) and "$ref" in schema:
        return _inlined(definitions[schema["$ref"].rsplit("/", 1)[1]], definitions)
    if isinstance(schema, dict):
        return {
            key: _inlined(value, definitions) for key, value in schema.items() if key != "$defs"
        }
    return [_inlined(item, definitions) for item in schema] if isinstance(schema, list) else schema


def schema_at(model: type[BaseModel], loc: Loc) -> Schema:
    """Return the schema of the value at `loc` of a `model`; {} where it has no such place."""
    schema = _schema_of(model)
    for part in loc:
        if isinstance(part, int):
            schema = schema.get("items", {})
        elif part in schema.get("properties", {}):
            schema = schema["properties"][part]
        else:
            schema = next(
                iter(schema.get("patternProperties", {}).values()),
                schema.get("additionalProperties") or {},
            )
        schema = resolved(schema)
    return schema


def resolved(schema: Schema) -> Schema:
    """Return the something of "something or nothing", `schema` itself of anything else."""
    options = [option for option in schema.get("anyOf", ()) if option.get("type") != "null"]
    return options[0] if len(options) == 1 else schema


def describe(schema: Schema) -> str:
    """Return in words what `schema` lets through."""
    schema = resolved(schema)
    if "anyOf" in schema:
        words = [
            describe(option)
            for option in schema["anyOf"]
            if option.get("type") not in ("null", "integer")
        ]
        return " or ".join(dict.fromkeys(words))
    if "enum" in schema:
        return one_of(map(str, schema["enum"]))
    match schema.get("type"):
        case "string":
            return _describe_string(schema)
        case "integer" | "number":
            return _describe_number(schema)
        case "boolean":
            return "true or false"
        case "array":
            count = f"{schema['minItems']} to {schema['maxItems']} " if "minItems" in schema else ""
            return f"a list of {count}items, each {describe(schema['items'])}"
        case "object" if set(schema.get("properties", {})) == {"it", "en"}:
            return "both languages: { it: ..., en: ... }"
        case "object" if "properties" in schema:
            return (
                f"a mapping with "
                f"{', '.join(schema['required'] if 'required' in schema else schema['properties'])}"
            )
    return "a mapping of names to what they mean"


def _describe_string(schema: Schema) -> str:
    words = _words_of_pattern().get(
        schema.get("pattern", ""), "text (in quotes where it looks like a number)"
    )
    return f"{words}, at most {schema['maxLength']} characters" if "maxLength" in schema else words


def _describe_number(schema: Schema) -> str:
    kind = "a whole number" if schema["type"] == "integer" else "a number"
    if "minimum" in schema and "maximum" in schema:
        return f"{kind} from {schema['minimum']} to {schema['maximum']}"
    return kind


def _describe_keys(schema: Schema) -> str:
    words = _words_of_pattern().get(next(iter(schema.get("patternProperties", {})), ""), "a name")
    longest = schema.get("propertyNames", {}).get("maxLength")
    return f"{words}, at most {longest} characters" if longest else words


@cache
def _words_of_pattern() -> dict[str, str]:
    return {
        TypeAdapter(kind).json_schema()["pattern"]: words for kind, words in _PATTERN_WORDS.items()
    }
