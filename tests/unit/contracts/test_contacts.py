"""What may stand in a person's name: a receipt must not carry a stranger's link in the university's
name.
"""

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.contracts.contacts import PersonName

NAME: TypeAdapter[str] = TypeAdapter(PersonName)


@pytest.mark.parametrize(
    "name",
    [
        "Vinci qui https://evil.example/x",
        "HTTP://EVIL.EXAMPLE",
        "Premio su www.evil.example",
        "evil.com",
        "evil.com.au",
        "evil.co.uk",
        "clicca EVIL.COM!",
        "Rossi (evil.it)",
        "evil.xyz/premio",
        "vai su evil.museum/premio",
        "ftp://evil.example",
        "javascript:alert(1)",
        "mailto:mario@example.org",
        "mario.rossi@example.org",
        "192.0.2.7",
        "evil\u3002com",
        "\uff45\uff56\uff49\uff4c\uff0e\uff43\uff4f\uff4d",
        "ev\u200dil.c\u200com",
        "bit.ly",
        "t.me",
        "vai su evil.me",
        "evil.de",
        "evil.zip",
        "evil.club",
        "vinci su evil.page ora",
        "evil.bank",
        "evil.jp",
        "evil.ca",
        "evil.\u0440\u0444",
        "evil.xn--p1ai",
        "evil[.]com",
        "evil (dot) com",
        "evil(punto)it",
        "evil\uff0ees",
        "vinci su evil\ufe0f.com ora",
        "evil.\ufe0ecom",
        "evil\u034f.com",
        "evil.\u180bcom",
        "evil\u2060.com",
        "https\ufe0f:/\ufe0f/evil\ufe0e.com",
        "evil{dot}com",
        "evil<DOT>com",
        "evil.technology",
        "evil.\u043e\u043d\u043b\u0430\u0439\u043d",
    ],
)
def test_a_name_with_an_address_in_it_is_refused(name: str) -> None:
    with pytest.raises(ValidationError) as refused:
        NAME.validate_python(name)

    assert [error["type"] for error in refused.value.errors()] == ["name_link"]


@pytest.mark.parametrize(
    "name", ["Ida\nBoni", "Ida\r\nBcc: x", "Ida\u0000Boni", "Ida\u001bBoni", "Ida\u2028Boni"]
)
def test_a_name_with_line_breaks_or_control_characters_is_refused(name: str) -> None:
    with pytest.raises(ValidationError) as refused:
        NAME.validate_python(name)

    assert [error["type"] for error in refused.value.errors()] == ["name_characters"]


@pytest.mark.parametrize(
    "name",
    [
        "Ida Boni",
        "J.R.R. Tolkien",
        "St.John Smith",
        "Prof.ssa Anna M.Rossi",
        "Dott.ssa D'Amico",
        "Avv.to Neri",
        "sig.ra Bianchi",
        "avv.to Neri",
        "Ellen.Page",
        "Dr.in Müller",
        "Anna-Maria De Rossi",
        "Rossi, Mario (tutor)",
        "Nguyễn Văn A.",
        "Ufficio stage: Bianchi",
        "Mario Rossi jr.",
        "Mr.Page",
        "محمد",
        "李小龍",
    ],
)
def test_names_as_people_write_them_are_taken(name: str) -> None:
    assert NAME.validate_python(f" {name} ") == name
