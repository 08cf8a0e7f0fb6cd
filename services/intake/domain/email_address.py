"""Which texts are e-mail addresses; no name server is asked."""

from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

LONGEST_ADDRESS = 254


@lru_cache(maxsize=4096)
def mailable(address: str) -> str | None:
    """Return `address` in the form that every mail server takes (domain in ASCII), or None if it is none."""
    if len(address) > LONGEST_ADDRESS:
        return None
    try:
        return validate_email(address, check_deliverability=False, allow_smtputf8=False).ascii_email
    except EmailNotValidError:
        return None
