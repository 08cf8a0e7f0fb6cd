"""What people wrote is shown as they wrote it, and turns nothing around it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from shared.text.addresses import readable_address
from shared.web import pages
from shared.web.language import translator
from shared.web.pages import build_environment
from shared.web.shown import address_shown, isolated, subject_in_title, subject_shown, written


def test_line_breaks_blanks_and_markup_stand_as_they_were_written() -> None:
    assert (
        written("if:\n    <b>  &")
        == '<bdi class="sp-written" dir="auto">if:\n    &lt;b&gt;  &amp;</bdi>'
    )
    assert isolated("Anna <Ferri>") == '<bdi dir="auto">Anna &lt;Ferri&gt;</bdi>'


@pytest.mark.parametrize("subject", ["", "  ", "\u200b\u3164", "\u202e", "\u2800"])
def test_a_subject_of_which_nothing_can_be_seen_still_gives_a_link(subject: str) -> None:
    assert subject_shown(subject, instead="(senza oggetto)") == written("(senza oggetto)")
    assert subject_in_title(subject, instead="(senza oggetto)") == "(senza oggetto)"


def test_a_title_from_right_to_left_is_isolated_by_characters() -> None:
    assert subject_in_title("Due righe\nin una", instead="") == "Due righe in una"
    assert subject_in_title("שלום", instead="") == "\u2068שלום\u2069"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("anna@example.edu", "anna@example.edu"),
        ("anna@xn--universit-y1a.example", "anna@università.example"),
        ("anna@xn--wgv71a119e.xn--jp-tl4b", "anna@xn--wgv71a119e.xn--jp-tl4b"),
        ("anna@xn--wgv71a119e.jp", "anna@日本語.jp"),
        ("anna@xn--e1afmkfd.xn--p1ai", "anna@пример.рф"),
        # "apple" and "paypal" with Cyrillic letters.
        ("anna@xn--80ak6aa92e.com", "anna@xn--80ak6aa92e.com"),
        ("anna@xn--pypal-4ve.com", "anna@xn--pypal-4ve.com"),
        ("anna@xn--a.example", "anna@xn--a.example"),
        ("nobody", "nobody"),
    ],
)
def test_a_domain_stands_in_its_own_letters_unless_it_could_pass_for_another(
    address: str, shown: str
) -> None:
    assert readable_address(address) == shown
    assert address_shown(address) == isolated(shown)


@pytest.mark.parametrize(("language", "zone"), [("it", "ora di Roma"), ("en", "Rome time")])
def test_a_time_says_its_zone(language: str, zone: str) -> None:
    known = translator("it" if language == "it" else "en")
    page = build_environment(("shared.web",), known).from_string(
        '{% from "macros/page.html" import time %}{{ time(at) }}'
    )

    pages._timezone.set(ZoneInfo("Europe/Rome"))
    shown = page.render(at=datetime(2026, 9, 28, 8, tzinfo=UTC))

    assert shown.endswith(f', 10:00<span class="sp-zone"> {zone}</span></time>')
    assert shown.startswith('<time datetime="2026-09-28T08:00:00+00:00">28 ')
