"""What pydantic finds wrong, field by field, in sentences that can be translated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as with_default
from typing import Any

from shared.text.sentences import N_


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One wrong field: its path (`fields.matricola`), an English sentence with placeholders, and
    what fills them.
    """

    field: str
    message: str
    facts: Mapping[str, object] = with_default(default_factory=dict)


TOO_LONG = N_("This has %(length)s characters; there is room for %(max_length)s.")
TOO_MANY_TICKETS = N_("At most %(most)s tickets at once.")
_NOT_VALID = N_("This value is not valid.")
_TEXT = N_("This must be a text.")
_NUMBER = N_("This must be a number.")
_WHOLE = N_("This must be a whole number.")
_BOOLEAN = N_("This must be true or false.")
_OBJECT = N_("This must be a JSON object.")
_LIST = N_("This must be a list.")
_MOMENT = N_("This must be a date and time with a time zone, such as 2026-09-28T10:00:00Z.")

MESSAGES: dict[str, str] = {
    "missing": N_("This is required."),
    "extra_forbidden": N_("This field is not expected here."),
    "string_type": _TEXT,
    "string_unicode": _TEXT,
    "string_too_short": N_("Minimum number of characters: %(min_length)s."),
    "string_too_long": N_("This may have at most %(max_length)s characters."),
    "too_many_characters": TOO_LONG,
    "string_pattern_mismatch": N_("This does not have the expected format."),
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing_size": N_("This number is too large."),
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "bool_type": _BOOLEAN,
    "bool_parsing": _BOOLEAN,
    "greater_than_equal": N_("This must be at least %(ge)s."),
    "greater_than": N_("This must be more than %(gt)s."),
    "less_than_equal": N_("This may be at most %(le)s."),
    "less_than": N_("This must be less than %(lt)s."),
    "literal_error": N_("This must be one of: %(expected)s."),
    "enum": N_("This must be one of: %(expected)s."),
    "datetime_parsing": _MOMENT,
    "datetime_type": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "datetime_object_invalid": _MOMENT,
    "timezone_aware": _MOMENT,
    "date_parsing": _NOT_VALID,
    "uuid_parsing": N_("This must be a UUID."),
    "uuid_type": N_("This must be a UUID."),
    "list_type": _LIST,
    "tuple_type": _LIST,
    "set_type": _LIST,
    "too_short": N_("Minimum number of entries: %(min_length)s."),
    "too_long": N_("Maximum number of entries: %(max_length)s."),
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "dataclass_type": _OBJECT,
    "json_invalid": N_("The body is not valid JSON."),
    "name_characters": N_("A name cannot contain line breaks or control characters."),
    "name_link": N_("Write only the name here, without web or email addresses."),
    "email": N_("Enter an email address such as name@example.edu."),
    "url_parsing": N_("This must be a web address."),
    "url_scheme": N_("This must be a web address."),
    "exactly_one": N_("Give either a queue or a request type."),
    "ids_or_all": N_("Give either some notices or all of them."),
    "not_distinct": N_("The same value appears twice."),
    "too_many_tickets": TOO_MANY_TICKETS,
}
"""Sentence by pydantic error type; placeholders are the keys of pydantic's context."""

MOST_PROBLEMS = 50
"""So many are told at once: an answer must not grow with what was sent."""
LONGEST_FIELD = 200
_SOURCES = frozenset({"body", "query", "path", "header", "cookie", "response"})


def field_problems(errors: Sequence[Any]) -> tuple[FieldProblem, ...]:
    """Return the first problems of pydantic's `errors()`; no input is repeated and no English of
    pydantic's shows through.
    """
    return tuple(
        FieldProblem(_path(error["loc"]), *_message(error)) for error in errors[:MOST_PROBLEMS]
    )


def _message(error: Mapping[str, Any]) -> tuple[str, dict[str, object]]:
    sentence = MESSAGES.get(error["type"], _NOT_VALID)
    if error["type"] == "string_too_short" and error["ctx"]["min_length"] == 1:
        sentence = N_("Write something here.")
    facts = (
        {str(key): value for key, value in error.get("ctx", {}).items()} if "%(" in sentence else {}
    )
    if "expected" in facts:
        facts["expected"] = str(facts["expected"]).replace("'", "").replace(" or ", ", ")
    return sentence, facts


def _path(location: Sequence[str | int]) -> str:
    parts = list(location)
    source = str(parts[0]) if parts else "body"
    if source in _SOURCES:
        # The position of a JSON error is no field.
        parts = [
            part
            for part in parts[1:]
            if not (source == "body" and len(parts) == 2 and isinstance(part, int))
        ]
    return ".".join(str(part)[:LONGEST_FIELD] for part in parts)[:LONGEST_FIELD] or source
