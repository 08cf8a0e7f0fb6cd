"""Addresses in a text are links; everything else is the text."""

import pytest

from shared.web.linked import linked, mailto
from shared.web.unchanged import tag_of

PAGE = '<a href="{0}" rel="noreferrer nofollow">{0}</a>'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        (
            "Vedi https://esse3.example.edu/tasse.",
            "Vedi " + PAGE.format("https://esse3.example.edu/tasse") + ".",
        ),
        ("(http://a.example/x(1))", "(" + PAGE.format("http://a.example/x(1)") + ")"),
        ("«https://a.example»", "«" + PAGE.format("https://a.example") + "»"),
        (
            "www.example.edu, ora",
            '<a href="https://www.example.edu" rel="noreferrer nofollow">www.example.edu</a>, ora',
        ),
        (
            "a https://a.example?x=1&y=2 b",
            "a " + PAGE.format("https://a.example?x=1&amp;y=2") + " b",
        ),
        ("HTTPS://A.example", PAGE.format("HTTPS://A.example")),
        ("https://è.example/città", PAGE.format("https://è.example/città")),
        (
            "scrivi a anna.ferri@example.edu.",
            'scrivi a <a href="mailto:anna.ferri@example.edu">anna.ferri@example.edu</a>.',
        ),
        (
            "a@b.it?bcc=c@d.it",
            '<a href="mailto:a@b.it">a@b.it</a>?bcc=<a href="mailto:c@d.it">c@d.it</a>',
        ),
        ("a%40b@c.it", 'a%<a href="mailto:40b@c.it">40b@c.it</a>'),
        ("javascript:alert(1)", "javascript:alert(1)"),
        (
            'https://a.example/"onclick="x',
            PAGE.format("https://a.example/") + "&#34;onclick=&#34;x",
        ),
        ("<b>https://a.example</b>", "&lt;b&gt;" + PAGE.format("https://a.example") + "&lt;/b&gt;"),
        ("https:// e http://... e www.", "https:// e http://... e www."),
        ("ftp://a.example anna.ferri", "ftp://a.example anna.ferri"),
        ("riga 1\n\n  riga 2", "riga 1\n\n  riga 2"),
        ("", ""),
    ],
)
def test_web_and_mail_addresses_become_links_and_nothing_else_does(text: str, html: str) -> None:
    assert linked(text) == html


def test_what_is_too_long_for_an_address_stays_text() -> None:
    text = "https://a.example/" + "x" * 2_000

    assert linked(text) == text


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("anna.ferri@example.edu", "mailto:anna.ferri@example.edu"),
        ("a?bcc=b@example.edu", "mailto:a%3Fbcc%3Db@example.edu"),
        ("a%3Fcc&b#c@example.edu", "mailto:a%253Fcc%26b%23c@example.edu"),
        ("a,b;c@example.edu", "mailto:a%2Cb%3Bc@example.edu"),
    ],
)
def test_a_link_to_an_address_writes_to_that_address_alone(address: str, link: str) -> None:
    assert mailto(address) == link


MOST = 1_000_000
WEB_ATOMS = (".", "x.", "https://", "www.", "http://a.", "(", ")", "https://a(", ".)", "&gt;", "'")
ATOMS = (*WEB_ATOMS, "a@", "a@b.", "@", "&", "a@b.c ", "shown=", "shown=0", "shown=0%2C")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("atom", ATOMS)
def test_a_hostile_text_takes_no_longer_than_another(atom: str) -> None:
    text = atom * (MOST // len(atom))

    # What grows with the square of the text would take many minutes for each of these, and the test
    # would run out of its time.
    shown = linked(text + "x.")
    tag = tag_of(text)

    assert len(shown) >= MOST - len(atom)
    assert len(tag) == 24
