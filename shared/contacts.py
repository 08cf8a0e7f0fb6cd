"""What somebody types of a person: a name and a mail address, checked by the same rules at every door."""

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from shared.addresses import LONGEST_ADDRESS, NotAnAddress, clean_address, mail_address
from shared.text import clean_line
from shared.typed import Cleaned, too_long

Printable = r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$"
"""No control characters, no line breaks."""
LONGEST_NAME = 200
_NEVER_IN_A_NAME = re.compile(r"[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029]")


def _name(value: str) -> str:
    """Return a clean name. A line break or another control character within it is nothing that a person types: it is refused."""
    if _NEVER_IN_A_NAME.search(value.strip()):
        raise PydanticCustomError("name_characters", "line breaks or control characters in a name")
    return Cleaned(clean_line, LONGEST_NAME)(value)


def _address(value: str) -> str:
    cleaned = clean_address(value)
    if len(cleaned) > LONGEST_ADDRESS:
        raise too_long(cleaned, LONGEST_ADDRESS)
    try:
        return mail_address(cleaned, everywhere=True).address
    except NotAnAddress as error:
        raise PydanticCustomError("email", "not an e-mail address") from error


PersonName = Annotated[str, AfterValidator(_name), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": LONGEST_NAME})]
EmailAddress = Annotated[str, AfterValidator(_address), WithJsonSchema({"type": "string", "format": "email", "maxLength": LONGEST_ADDRESS})]
