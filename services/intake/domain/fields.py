"""The kinds of question, each with its rule: as JSON Schema, as a check, and as what a page's text
means.

The three are one thing said three times, so they stand side by side; a test compares them on random
answers. A check cleans what was sent (shared.text.cleaning) and then judges it; the schema
describes clean answers.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as with_default
from typing import Any, Protocol

from shared.contracts.desk import FormField
from shared.contracts.events.intake import Answer
from shared.text.addresses import LONGEST_ADDRESS, NotAnAddress, clean_address, mail_address
from shared.text.cleaning import clean_line, clean_text
from shared.text.numbers import read_number
from shared.text.patterns import LinearPattern, UnsupportedPattern, compile_pattern
from shared.text.sentences import N_

LONGEST_TEXT = 500
LONGEST_TEXTAREA = 20_000
LARGEST_NUMBER = 1e15

JsonSchema = dict[str, Any]

NEEDED = N_("This is required.")
_TEXT = N_("This must be a text.")
_TOO_LONG = N_("This has %(length)s characters; there is room for %(max_length)s.")


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why an answer is refused: a marked sentence (or the desk's own hint) and what fills it."""

    message: str
    facts: Mapping[str, object] = with_default(default_factory=dict)


class Rule(Protocol):
    """What one question accepts."""

    def schema(self) -> JsonSchema:
        """Return the JSON Schema of an answer."""

    def check(self, value: object, language: str) -> Answer | Wrong:
        """Return the cleaned answer, or why there is none."""

    def typed(self, text: str) -> object:
        """Return the value that `text`, typed into a page, stands for; a text that stands for none
        comes back as it is.
        """


def rule_of(field: FormField) -> Rule:
    """Return the rule of one question of a form."""
    match field.type:
        case "text":
            return TextRule(field, longest=LONGEST_TEXT, clean=clean_line)
        case "textarea":
            return TextRule(field, longest=LONGEST_TEXTAREA, clean=clean_text)
        case "email":
            return EmailRule(field)
        case "number":
            return NumberRule(field)
        case "boolean":
            return BooleanRule()
        case "choice":
            return ChoiceRule(field)


class Pattern:
    """The desk's pattern for a field, which the whole answer must match; without one everything
    matches.

    So does everything where the pattern is not supported: a desk may be in force since before that
    was checked, and its form goes on. `is_unsupported` lets intake report it.
    """

    def __init__(self, field: FormField) -> None:
        self._hint = field.pattern_hint
        self._pattern = field.pattern
        self._compiled: LinearPattern | None = None
        self.is_unsupported = False
        try:
            self._compiled = compile_pattern(field.pattern) if field.pattern else None
        except UnsupportedPattern:
            self.is_unsupported = True

    def schema(self) -> JsonSchema:
        # Not `$` alone: in some dialects it also matches before a last line break.
        return {"pattern": rf"^(?:{self._pattern})$(?!\n)"} if self._compiled else {}

    def wrong(self, value: str, language: str) -> Wrong | None:
        if self._compiled is None or self._compiled.matches(value):
            return None
        return (
            Wrong(self._hint.in_language(language))
            if self._hint
            else Wrong(N_("This does not have the expected format."))
        )


class TextRule:
    """A text of at most `max_length` characters that matches the desk's pattern; of a required one
    something can be seen.
    """

    def __init__(self, field: FormField, *, longest: int, clean: Callable[[str], str]) -> None:
        self.field = field
        self.max_length = field.max_length or longest
        self._clean = clean
        self.pattern = Pattern(field)

    def schema(self) -> JsonSchema:
        needed: JsonSchema = {"allOf": [{"pattern": r"\S"}]} if self.field.required else {}
        return {"type": "string", "maxLength": self.max_length, **needed, **self.pattern.schema()}

    def check(self, value: object, language: str) -> Answer | Wrong:
        if not isinstance(value, str):
            return Wrong(_TEXT)
        cleaned = self._clean(value)
        if len(cleaned) > self.max_length:
            return Wrong(_TOO_LONG, {"length": len(cleaned), "max_length": self.max_length})
        if self.field.required and not cleaned:
            return Wrong(NEEDED)
        return self.pattern.wrong(cleaned, language) or cleaned

    def typed(self, text: str) -> object:
        return self._clean(text)


class EmailRule:
    """An e-mail address."""

    def __init__(self, field: FormField) -> None:
        self.max_length = min(field.max_length or LONGEST_ADDRESS, LONGEST_ADDRESS)
        self.pattern = Pattern(field)

    def schema(self) -> JsonSchema:
        return {
            "type": "string",
            "format": "email",
            "maxLength": self.max_length,
            **self.pattern.schema(),
        }

    def check(self, value: object, language: str) -> Answer | Wrong:
        if not isinstance(value, str):
            return Wrong(_TEXT)
        cleaned = clean_address(value)
        if len(cleaned) > self.max_length:
            return Wrong(_TOO_LONG, {"length": len(cleaned), "max_length": self.max_length})
        try:
            address = mail_address(cleaned, everywhere=True).address
        except NotAnAddress:
            return Wrong(N_("Enter an email address such as name@example.edu."))
        return self.pattern.wrong(cleaned, language) or address

    def typed(self, text: str) -> object:
        return clean_address(text)


class NumberRule:
    """A finite number within bounds; what is true or false is no number."""

    def __init__(self, field: FormField) -> None:
        self.minimum = _bound(field.minimum, -LARGEST_NUMBER)
        self.maximum = _bound(field.maximum, LARGEST_NUMBER)

    def schema(self) -> JsonSchema:
        return {"type": "number", "minimum": self.minimum, "maximum": self.maximum}

    def check(self, value: object, language: str) -> Answer | Wrong:
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or (isinstance(value, float) and not math.isfinite(value))
        ):
            return Wrong(N_("This must be a number without thousands separators, such as 1250.50."))
        if value < self.minimum:
            return Wrong(N_("This must be at least %(minimum)s."), {"minimum": self.minimum})
        if value > self.maximum:
            return Wrong(N_("This may be at most %(maximum)s."), {"maximum": self.maximum})
        return value

    def typed(self, text: str) -> object:
        """Return the number that `text` contains.

        Text that is not a number, or could mean two numbers (`1.250`), is returned as text, and
        the check refuses it.
        """
        line = clean_line(text)
        number = read_number(line)
        return line if number is None else number


class BooleanRule:
    """Yes or no."""

    def schema(self) -> JsonSchema:
        return {"type": "boolean"}

    def check(self, value: object, language: str) -> Answer | Wrong:
        return value if isinstance(value, bool) else Wrong(N_("This must be true or false."))

    def typed(self, text: str) -> object:
        return {"true": True, "on": True, "1": True, "false": False, "0": False, "": False}.get(
            clean_line(text).lower(), text
        )


class ChoiceRule:
    """One of the desk's values."""

    def __init__(self, field: FormField) -> None:
        self.values = tuple(choice.value for choice in field.choices)

    def schema(self) -> JsonSchema:
        return {"enum": list(self.values)}

    def check(self, value: object, language: str) -> Answer | Wrong:
        if isinstance(value, str) and value in self.values:
            return value
        return Wrong(N_("This must be one of: %(choices)s."), {"choices": ", ".join(self.values)})

    def typed(self, text: str) -> object:
        return clean_line(text)


def _bound(given: float | None, otherwise: float) -> int | float:
    """Return the bound, as a whole number where it is one: people read `0`, not `0.0`."""
    value = otherwise if given is None else given
    return int(value) if float(value).is_integer() else value
