"""What a change of an event's JSON Schema means for those who read the event already."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shared.contracts.events import (
    families,
    guests,
    intake,
    mails,
    merging,
    notify,
    portal,
    replay,
    routing,
    tickets,
)
from shared.contracts.events.base import EVENT_CLASSES, Event

OWNERS = (intake, tickets, families, guests, mails, merging, replay, routing, notify, portal)
"""The modules whose import registers every event there is."""
FOLDER = Path(__file__).with_name("schemas")
REFRESH = "python -m tests.contract.schemas"

Schema = dict[str, Any]
MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
SHAPES = ("pattern", "format", "multipleOf", "uniqueItems")


def schema_of(event: type[Event]) -> Schema:
    """The JSON Schema of what stands in the body, without its words: who mends a docstring changes
    no contract.
    """
    schema: Schema = _without_words(event.model_json_schema())
    return schema


def file_of(name: str) -> Path:
    return FOLDER / f"{name}.json"


def kept_schemas() -> dict[str, Schema]:
    """The published schemas, by the event's name."""
    return {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(FOLDER.glob("*.json"))
    }


def written(schema: Schema) -> str:
    """How a schema stands in its file."""
    return json.dumps(schema, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def what_to_do(name: str) -> str:
    """The sentence that goes with an incompatible change."""
    stem, _, version = name.rpartition(".v")
    return (
        f"{name} is published and its readers rely on it. Leave its class as it was and add "
        f"another one with "
        f'NAME = "{stem}.v{int(version) + 1}", say both until every reader hears the new one, '
        f"then retire the old."
    )


def incompatible_changes(old: Schema, new: Schema) -> list[str]:
    """Everything by which `new` lets down who reads `old`: removed, renamed, narrowed, newly
    required, no longer marked personal.
    """
    return list(_compare(old, new, old.get("$defs", {}), new.get("$defs", {}), "", frozenset()))


def problems() -> list[str]:
    """All that is wrong between the classes and the published schemas, each as a sentence that says
    what to do.
    """
    found = []
    kept = kept_schemas()
    for name, old in kept.items():
        event = EVENT_CLASSES.get(name)
        changes = ["it is gone"] if event is None else incompatible_changes(old, schema_of(event))
        found += [
            f"{change}. {what_to_do(name)}"
            for change in (f"{name}: {change}" for change in changes)
        ]
    if not found:
        stale = [
            name for name, event in EVENT_CLASSES.items() if kept.get(name) != schema_of(event)
        ]
        found += [
            f"{name} has grown or is new; keep its schema with `{REFRESH}`"
            for name in sorted(stale)
        ]
    return found


def _without_words(value: Any, *, names: bool = False) -> Any:
    """`value` without titles and descriptions; `names` says that its keys are names of fields and
    no keywords.
    """
    if isinstance(value, list):
        return [_without_words(each) for each in value]
    if not isinstance(value, dict):
        return value
    inside = ("properties", "$defs", "patternProperties")
    return {
        k: _without_words(v, names=k in inside and not names)
        for k, v in value.items()
        if names or k not in ("title", "description")
    }


def _compare(
    old: Schema, new: Schema, olds: Schema, news: Schema, at: str, seen: frozenset[tuple[str, str]]
) -> Iterator[str]:
    refs = (old.get("$ref", ""), new.get("$ref", ""))
    if any(refs):
        if refs in seen:
            return
        seen = seen | {refs}
    where = at or "the event"
    if _is_personal(old) and not _is_personal(new):
        yield f"{where} is no longer marked as personal"
    old_ways, new_ways = _ways(old, olds), _ways(new, news)
    for way in old_ways:
        tries = [
            list(_compare_one(way, other, olds, news, at, seen))
            for other in new_ways
            if _is_alike(way, other)
        ]
        if not tries:
            yield f"{where} is narrowed: {_kind(way)} was possible"
        elif all(tries):
            yield from min(tries, key=len)


def _compare_one(
    old: Schema, new: Schema, olds: Schema, news: Schema, at: str, seen: frozenset[tuple[str, str]]
) -> Iterator[str]:
    yield from _limits(old, new, at or "the event")
    fields, others = old.get("properties", {}), new.get("properties", {})
    for name, field in fields.items():
        path = f"{at}.{name}" if at else name
        if name not in others:
            yield f"{path} is removed or renamed"
        else:
            yield from _compare(field, others[name], olds, news, path, seen)
    for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
        yield f"{f'{at}.{name}' if at else name} is newly required"
    if new.get("additionalProperties") is False and old.get("additionalProperties") is not False:
        yield f"{at or 'the event'} is narrowed: it allows no unknown keys any more"
    for inside, sign in (
        ("items", "[]"),
        ("additionalProperties", "{}"),
        ("propertyNames", "{key}"),
    ):
        before, after = old.get(inside), new.get(inside)
        if isinstance(before, dict) and isinstance(after, dict):
            yield from _compare(before, after, olds, news, at + sign, seen)
        elif (
            isinstance(after, dict)
            and before in (None, True)
            and (inside != "additionalProperties" or not fields)
        ):
            yield f"{at + sign} is narrowed: anything was possible"
    yield from _listed(old, new, olds, news, at, seen)


def _listed(
    old: Schema, new: Schema, olds: Schema, news: Schema, at: str, seen: frozenset[tuple[str, str]]
) -> Iterator[str]:
    before, after = old.get("prefixItems", []), new.get("prefixItems", [])
    if len(before) != len(after):
        yield f"{at} has another number of places"
    for place, (one, other) in enumerate(zip(before, after, strict=False)):
        yield from _compare(one, other, olds, news, f"{at}[{place}]", seen)
    before, after = old.get("patternProperties", {}), new.get("patternProperties", {})
    for pattern, value in before.items():
        if pattern not in after:
            yield f"{at}{{}} is narrowed: keys like {pattern} were possible"
        else:
            yield from _compare(value, after[pattern], olds, news, at + "{}", seen)


def _limits(old: Schema, new: Schema, where: str) -> Iterator[str]:
    for limit in (*MOST, *LEAST):
        if limit in new and (
            limit not in old
            or (new[limit] < old[limit] if limit in MOST else new[limit] > old[limit])
        ):
            yield f"{where} is narrowed: {limit} {new[limit]}"
    for shape in SHAPES:
        if shape in new and new[shape] != old.get(shape):
            yield f"{where} is narrowed: {shape} {new[shape]}"
    gone = [value for value in _values(old) or () if value not in (_values(new) or [value])]
    if gone:
        yield f"{where} is narrowed: {', '.join(map(str, gone))} was possible"
    elif _values(new) is not None and _values(old) is None:
        yield f"{where} is narrowed: any value was possible"


def _ways(schema: Schema, definitions: Schema) -> list[Schema]:
    """The alternatives that a schema allows, references resolved."""
    if "$ref" in schema:
        return _ways(definitions[schema["$ref"].rsplit("/", 1)[1]], definitions)
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return [way for each in schema[union] for way in _ways(each, definitions)]
    if isinstance(schema.get("type"), list):
        return [{**schema, "type": kind} for kind in schema["type"]]
    return [schema]


def _is_alike(old: Schema, new: Schema) -> bool:
    """Whether the second alternative might take the place of the first."""
    return _kind(new) in (_kind(old), "anything") or (_kind(old), _kind(new)) == (
        "integer",
        "number",
    )


def _kind(schema: Schema) -> str:
    if "type" in schema:
        return str(schema["type"])
    values = _values(schema)
    if values:
        return {str: "string", bool: "boolean", int: "integer", float: "number"}.get(
            type(values[0]), "null"
        )
    return "anything"


def _values(schema: Schema) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    values: list[Any] | None = schema.get("enum")
    return values


def _is_personal(schema: Schema) -> bool:
    return bool(schema.get("personal"))
