"""One check of mail addresses for all who take or use one."""

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from shared.addresses import NotAnAddress, mail_address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "giulia",
        "giulia@",
        "@example.edu",
        "a b@example.edu",
        "a@b@c.edu",
        "a@example.edu\r\nBcc: b@c.d",
        "a\x00@example.edu",
        "a@" + "x" * 300,
        "a@" + ".".join(["x" * 60] * 4) + ".example.edu",
        "a..b@example.edu",
        ".a@example.edu",
        "a@example..edu",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    for everywhere in (False, True):
        with pytest.raises(NotAnAddress):
            mail_address(text, everywhere=everywhere)


@pytest.mark.parametrize("text", ["anna@mailhost", '"a b"@example.edu', "nicolò@example.edu"])
def test_what_is_an_address_here_may_be_none_everywhere(text: str) -> None:
    assert mail_address(text).address == text
    with pytest.raises(NotAnAddress):
        mail_address(text, everywhere=True)


LONG_DOMAIN = ".".join(["x" * 60] * 3) + ".example"


@given(
    local=st.from_regex(r"[A-Za-z0-9._+-]{1,70}", fullmatch=True),
    domain=st.sampled_from(
        ["example.edu", "Studenti.Example.EDU", "università.example", "x" * 60 + "." + "y" * 60 + ".example", "no domain"]
    ),
)
def test_an_ordinary_address_is_what_the_library_makes_of_it(local: str, domain: str) -> None:
    text = f"{local}@{domain}"
    try:
        expected = validate_email(text, check_deliverability=False, globally_deliverable=False, allow_quoted_local=True).ascii_email
    except EmailNotValidError:
        expected = None

    try:
        found: str | None = mail_address(text).address
    except NotAnAddress:
        found = None
    assert found == expected
