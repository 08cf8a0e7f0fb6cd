"""NUL in the texts of a message, which PostgreSQL stores in no text and in no JSON."""

import re

_ESCAPE = re.compile(rb"(?:^|[^\\])(?:\\\\)*\\u0000")
"""`\\u0000` after an even number of backslashes: an odd number would make it a backslash and five
characters.
"""


def holds_nul(body: bytes) -> bool:
    """Return whether a text in `body` (JSON) holds NUL.

    A raw NUL byte is no JSON, and is left to the parser.
    """
    return b"\\u0000" in body and _ESCAPE.search(body) is not None
