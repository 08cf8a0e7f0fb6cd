"""What a ticket number can look like."""

import re

_NUMBER = re.compile(r"[0-9]{16,24}")


def is_possible_number(text: str) -> bool:
    """Return whether `text` could be a ticket number: date, system id, counter and check digit, all
    digits.
    """
    return _NUMBER.fullmatch(text) is not None
