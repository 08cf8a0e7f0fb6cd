"""What somebody types of a person: a name and a mail address, checked by the same rules at every door."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from shared.addresses import LONGEST_ADDRESS, NotAnAddress, mail_address

Printable = r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$"
"""No control characters, no line breaks."""


def _address(value: str) -> str:
    try:
        return mail_address(value.strip(), everywhere=True).address
    except NotAnAddress as error:
        raise PydanticCustomError("email", "not an e-mail address") from error


PersonName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=Printable)]
EmailAddress = Annotated[str, Field(max_length=LONGEST_ADDRESS), AfterValidator(_address)]
