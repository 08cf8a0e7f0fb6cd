"""Types of fields that people type into: the text is cleaned first, then counted, and refused by
the sentence for its length.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, PydanticKnownError
from pydantic_core.core_schema import no_info_after_validator_function

from shared.text.cleaning import clean_line, clean_text

LONGEST_TEXT = 20_000
LONGEST_REASON = 2_000
LONGEST_SUBJECT = 200


def too_long(text: str, longest: int) -> PydanticCustomError:
    """Return the error of a `text` with more than `longest` characters."""
    return PydanticCustomError(
        "too_many_characters", "too many characters", {"length": len(text), "max_length": longest}
    )


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Marks a `str` as cleaned by `clean`, with at most `longest` characters then, and unless
    `may_be_empty` at least one.
    """

    clean: Callable[[str], str]
    longest: int
    may_be_empty: bool = False

    def __call__(self, text: str) -> str:
        """Return `text` cleaned. Raises PydanticKnownError, PydanticCustomError."""
        cleaned = self.clean(text)
        if not cleaned and not self.may_be_empty:
            raise PydanticKnownError("string_too_short", {"min_length": 1})
        if len(cleaned) > self.longest:
            raise too_long(cleaned, self.longest)
        return cleaned

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return no_info_after_validator_function(self, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        bounds = (
            {"maxLength": self.longest}
            if self.may_be_empty
            else {"minLength": 1, "maxLength": self.longest}
        )
        return {**handler(schema), **bounds}


Remark = Annotated[str, Cleaned(clean_text, LONGEST_REASON, may_be_empty=True)]
"""A reason that need not be given."""
Subject = Annotated[str, Cleaned(clean_line, LONGEST_SUBJECT)]
AnswerText = Annotated[str, Cleaned(clean_text, LONGEST_TEXT, may_be_empty=True)]
