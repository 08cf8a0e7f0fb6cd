"""A guest's link opens exactly one ticket, and only as we wrote it."""

from uuid import UUID, uuid4

import pytest

from shared.contracts.guest_links import (
    TOKEN_LENGTH,
    GuestLink,
    guest_page,
    guest_token,
    is_mailed_to,
    link_to,
    read_guest_token,
    readdressed,
    same_way_to,
    without_links,
)
from shared.web.tokens import Caller, Tokens

SECRET = "a secret of at least sixteen characters"
TICKET = UUID("0199a0b0-0000-7000-8000-000000000001")
ADDRESS = "piero.rossi@example.org"
LINK = link_to(SECRET, TICKET, ADDRESS)
EARLIER = GuestLink(TICKET)
"""As in mails from before a link said to which address it was mailed."""


def test_a_token_names_its_ticket_alone_and_always_looks_alike() -> None:
    links = [link_to(SECRET, uuid4(), ADDRESS) for _ in range(50)]

    tokens = [guest_token(SECRET, link) for link in links]

    assert [read_guest_token(SECRET, token) for token in tokens] == links
    assert {len(token) for token in tokens} == {TOKEN_LENGTH}
    assert all(
        set(token) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
        for token in tokens
    )


def test_a_link_says_to_which_address_it_was_mailed_and_does_not_name_it() -> None:
    assert is_mailed_to(SECRET, LINK, "Piero.Rossi@Example.ORG")
    assert not is_mailed_to(SECRET, LINK, "piero.rossi@example.com")
    assert not is_mailed_to(
        SECRET, link_to("another secret that is long enough", TICKET, ADDRESS), ADDRESS
    )
    assert same_way_to(LINK, uuid4()).address == LINK.address
    assert is_mailed_to(SECRET, EARLIER, ADDRESS)


def test_a_mail_that_goes_to_another_address_has_the_link_of_that_address() -> None:
    other = uuid4()
    kept = (
        f"/requests/{guest_token(SECRET, link_to(SECRET, other, ADDRESS))} "
        f"/requests/{'a' * 66} /requests/link"
    )
    new = guest_token(SECRET, link_to(SECRET, TICKET, "piero@example.org"))

    for link in (LINK, EARLIER):
        text = f"Apri:\nhttps://help.example.edu/requests/{guest_token(SECRET, link)}\n{kept}"
        assert (
            readdressed(SECRET, text, TICKET, "piero@example.org")
            == f"Apri:\nhttps://help.example.edu/requests/{new}\n{kept}"
        )


@pytest.mark.parametrize("link", [LINK, EARLIER])
def test_a_token_changed_anywhere_opens_nothing(link: GuestLink) -> None:
    token = guest_token(SECRET, link)

    for place in range(len(token)):
        for other in ("A", "B", "_", "."):
            changed = token[:place] + other + token[place + 1 :]
            assert read_guest_token(SECRET, changed) == (link if changed == token else None)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        ".",
        "a" * TOKEN_LENGTH,
        "\ud800" * TOKEN_LENGTH,
        "é" * TOKEN_LENGTH,
        "." * TOKEN_LENGTH,
    ],
)
def test_what_is_no_token_opens_nothing(token: str) -> None:
    assert read_guest_token(SECRET, token) is None


def test_another_secret_or_a_session_opens_nothing() -> None:
    session = Tokens(SECRET).sign(
        Caller(identity="giulia.neri", name="Giulia", email="g@example.edu", affiliation="student")
    )

    assert read_guest_token("another secret that is long enough", guest_token(SECRET, LINK)) is None
    assert read_guest_token(SECRET, session) is None
    assert Tokens(SECRET).read(guest_token(SECRET, LINK)) is None


def test_the_page_lies_under_the_public_address() -> None:
    assert (
        guest_page("https://help.example.edu/", "token")
        == "https://help.example.edu/requests/token"
    )


@pytest.mark.parametrize("link", [LINK, EARLIER])
def test_a_text_loses_its_links_and_nothing_else(link: GuestLink) -> None:
    token = guest_token(SECRET, link)
    text = (
        f"Apri:\nhttps://help.example.edu/requests/{token}\nnon "
        f"https://help.example.edu/requests/link né /my/2026092810000016."
    )

    shown = without_links(text)

    assert (
        shown == "Apri:\n[…]\nnon https://help.example.edu/requests/link né /my/2026092810000016."
    )


def test_a_long_word_without_a_link_is_read_once() -> None:
    # Quadratic work would take this test minutes.
    for text in ("/" * 200_000, "/requests/" * 20_000, "a" * 200_000):
        assert without_links(text) == text
