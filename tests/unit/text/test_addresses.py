"""One check of mail addresses for all who take or use one."""

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from shared.text.addresses import NotAnAddress, clean_address, mail_address


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


@pytest.mark.parametrize(
    ("pasted", "address"),
    [
        (" anna@example.edu\n", "anna@example.edu"),
        ("mailto:anna@example.edu", "anna@example.edu"),
        ("MAILTO:anna%2Bx@example.edu?subject=Aiuto&body=b", "anna+x@example.edu"),
        ("<anna@example.edu>", "anna@example.edu"),
        ('"Ferri, Anna" <anna@example.edu>', "anna@example.edu"),
        ("Anna <mailto:anna@example.edu>", "anna@example.edu"),
        ("\u202aanna@example.edu\u202c\ufeff", "anna@example.edu"),
        ("anna\u00ad@exam\u200bple.e\u200ddu\u200e", "anna@example.edu"),
    ],
)
def test_a_pasted_address_is_found_in_what_surrounds_it(pasted: str, address: str) -> None:
    assert mail_address(clean_address(pasted), everywhere=True).address == address


@pytest.mark.parametrize(
    "pasted",
    [
        "a@example.edu, b@example.edu",
        "a@example.edu\nBcc: b@example.edu",
        "<a@example.edu",
        "Anna <>",
        "mailto:",
    ],
)
def test_what_may_be_several_addresses_or_none_stays_refused(pasted: str) -> None:
    with pytest.raises(NotAnAddress):
        mail_address(clean_address(pasted), everywhere=True)


def test_nobody_has_more_than_64_characters_before_the_at() -> None:
    assert mail_address("x" * 64 + "@example.edu").address == "x" * 64 + "@example.edu"
    for local in ("x" * 65, "è" * 33, '"' + "x" * 63 + '"'):
        with pytest.raises(NotAnAddress):
            mail_address(f"{local}@example.edu")


LONG_DOMAIN = ".".join(["x" * 60] * 3) + ".example"


@given(
    local=st.from_regex(r"[A-Za-z0-9._+-]{1,70}", fullmatch=True),
    domain=st.sampled_from(
        [
            "example.edu",
            "Studenti.Example.EDU",
            "università.example",
            "x" * 60 + "." + "y" * 60 + ".example",
            "no domain",
        ]
    ),
)
def test_an_ordinary_address_is_what_the_library_makes_of_it(local: str, domain: str) -> None:
    text = f"{local}@{domain}"
    try:
        expected = validate_email(
            text, check_deliverability=False, globally_deliverable=False, allow_quoted_local=True
        ).ascii_email
        expected = expected if len(local) <= 64 else None
    except EmailNotValidError:
        expected = None

    try:
        found: str | None = mail_address(text).address
    except NotAnAddress:
        found = None
    assert found == expected
