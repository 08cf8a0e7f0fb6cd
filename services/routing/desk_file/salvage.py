"""Mends what has the wrong shape with harmless stand-ins, so that one mistake does not hide the
others.

The mended description is only ever looked at by the cross checks, which stay silent about the
mended places.
"""

from copy import deepcopy
from typing import Any

from pydantic import JsonValue
from pydantic_core import ErrorDetails

from services.routing.desk_file.document import Document
from services.routing.desk_file.mistakes import Loc
from services.routing.desk_file.shape import (
    DeskInFile,
    Schema,
    find_shape_errors,
    known_loc,
    resolved,
    schema_at,
)


def mend(
    errors: list[ErrorDetails], document: Document
) -> tuple[DeskInFile | None, frozenset[Loc]]:
    """Return the description as if `errors` were not, and the places that were mended; None where
    that cannot be done.
    """
    data = deepcopy(document.data)
    mended: set[Loc] = set()
    # List items are replaced, never removed, so that every loc stays true.
    for error in errors:
        loc = known_loc(error, document)
        if not loc:
            return None, frozenset()
        mended.add(loc)
        container = _container(data, loc)
        last = loc[-1]
        unwanted = error["type"] == "extra_forbidden" or error["loc"][-1] == "[key]"
        if isinstance(container, dict) and isinstance(last, str):
            if unwanted or (error["type"] != "missing" and _is_optional(loc)):
                container.pop(last, None)
            else:
                container[last] = _stand_in(schema_at(DeskInFile, loc))
        elif isinstance(container, list) and isinstance(last, int):
            container[last] = _stand_in(schema_at(DeskInFile, loc))
    desk, _ = find_shape_errors(DeskInFile, data)
    return desk, frozenset(mended)


def _container(data: JsonValue, loc: Loc) -> JsonValue:
    """Return what holds the value at `loc`; None where an earlier mending removed it."""
    for part in loc[:-1]:
        if isinstance(data, dict) and isinstance(part, str):
            data = data.get(part)
        elif isinstance(data, list) and isinstance(part, int):
            data = data[part] if part < len(data) else None
        else:
            return None
    return data


def _is_optional(loc: Loc) -> bool:
    above = schema_at(DeskInFile, loc[:-1])
    return "properties" in above and loc[-1] not in above.get("required", ())


def _stand_in(schema: Schema) -> Any:
    """Return the plainest value that `schema` lets through."""
    if "anyOf" in schema:
        return _stand_in(schema["anyOf"][0])
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "integer" | "number":
            return schema.get("minimum", 0)
        case "boolean":
            return False
        case "array":
            return [_stand_in(resolved(schema["items"])) for _ in range(schema.get("minItems", 0))]
        case "object":
            properties = schema.get("properties", {})
            return {key: _stand_in(resolved(properties[key])) for key in schema.get("required", ())}
    return "x"
