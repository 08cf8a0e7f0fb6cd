"""What a page sends is done by the person for whom it was made, or not at all."""

from pathlib import Path

import pytest

from shared.web.auth import SESSION_COOKIE, Caller
from tests.unit.web.small_app import ANNA, client_of, make_app, token_of

ROOT = Path(__file__).parents[3]
BRUNO = Caller(
    identity="bruno.galli", name="Bruno Galli", email="bruno.galli@example.edu", affiliation="staff"
)
TYPED = {"command_id": "k", "body": "one\ntwo"}
PAGE = {"Accept": "text/html"}
NOT_OF_A_PERSON = frozenset({"/login", "/logout", "/requests/link", "{{ unsent.action }}"})
"""Forms by which somebody becomes another person, that a guest's link does not open, or that say
themselves who sends.
"""


def signed_in(caller: Caller | None) -> dict[str, str]:
    """Return the headers of a browser in which `caller` is signed in and which wants a page."""
    return PAGE | ({"Cookie": f"{SESSION_COOKIE}={token_of(caller)}"} if caller else {})


@pytest.mark.parametrize(
    ("made_for", "caller", "status", "sentence"),
    [
        ("anna.ferri", ANNA, 200, ""),
        ("", None, 200, ""),
        (
            "anna.ferri",
            BRUNO,
            409,
            (
                "You are now signed in as Bruno Galli, but this page was opened by somebody else. "
                "Nothing was sent."
            ),
        ),
        (
            "",
            BRUNO,
            409,
            (
                "You are now signed in as Bruno Galli, but this page was opened before that. "
                "Nothing "
                "was sent."
            ),
        ),
        ("anna.ferri", None, 401, "Your session has ended. Nothing was sent: sign in again."),
    ],
)
@pytest.mark.parametrize("says", ["field", "header"])
async def test_a_page_acts_only_for_the_person_it_was_made_for(
    made_for: str, caller: Caller | None, status: int, sentence: str, says: str
) -> None:
    app = make_app()
    typed = TYPED | ({"made-for": made_for} if says == "field" else {})
    headers = signed_in(caller) | ({"Sportello-Made-For": made_for} if says == "header" else {})

    async with client_of(app) as client:
        answer = await client.post("/form", data=typed, headers=headers)

    assert answer.status_code == status
    assert app.state.seen == ([TYPED] if status == 200 else [])
    assert sentence in answer.text
    assert status == 200 or ">\none\ntwo</textarea>" in answer.text


async def test_who_says_nothing_is_no_page() -> None:
    app = make_app()
    async with client_of(app) as client:
        answer = await client.post("/form", data=TYPED, headers=signed_in(ANNA))

    assert (answer.status_code, app.state.seen) == (200, [TYPED])


async def test_what_another_opened_is_sent_only_by_who_says_so() -> None:
    app = make_app()
    async with client_of(app, **PAGE) as client:
        refused = await client.post(
            "/form", data=TYPED | {"made-for": "anna.ferri"}, headers=signed_in(BRUNO)
        )

    assert '<input type="hidden" name="made-for" value="bruno.galli">' in refused.text
    assert "Send it as" in refused.text


async def test_after_the_session_has_ended_only_the_same_person_can_send_it_again() -> None:
    app = make_app()
    async with client_of(app, **PAGE) as client:
        refused = await client.post("/form", data=TYPED | {"made-for": "anna.ferri"})

    assert '<input type="hidden" name="made-for" value="anna.ferri">' in refused.text
    assert "Open the sign-in page in another window" in refused.text


async def test_what_a_page_shows_is_not_mixed_with_what_another_may_see() -> None:
    async with client_of(make_app()) as client:
        answer = await client.get(
            "/page", headers=signed_in(BRUNO) | {"Sportello-Made-For": "anna.ferri"}
        )

    assert answer.status_code == 409


def test_every_form_of_every_page_says_for_whom_it_was_made() -> None:
    forms = [
        (path.name, line.strip())
        for path in [
            *ROOT.glob("services/*/templates/**/*.html"),
            *ROOT.glob("shared/web/templates/**/*.html"),
        ]
        for line in path.read_text().splitlines()
        if 'method="post"' in line
    ]

    silent = [(name, line) for name, line in forms if "made_for()" not in line]

    assert len(forms) > 15
    assert {
        line.partition('action="')[2].partition('"')[0] for _, line in silent
    } == NOT_OF_A_PERSON - {"{{ unsent.action }}"}
