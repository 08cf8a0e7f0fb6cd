"""Italian or English, and pages in it."""

import re
from datetime import UTC, date, datetime

import pytest
from fastapi import APIRouter, Request
from jinja2 import UndefinedError
from starlette.responses import Response

from shared.web.language import accepted_language, translator
from shared.web.pages import build_environment, render
from tests.unit.web.small_app import ANNA, client_of, make_app, token_of

PACKAGE = "tests.unit.web.small_package"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, None),
        ("", None),
        ("it", "it"),
        ("en-GB,en;q=0.9", "en"),
        ("de,fr;q=0.9,en;q=0.2", "en"),
        ("en;q=0.4,it;q=0.5", "it"),
        ("en;q=0,it;q=0.1", "it"),
        ("en;q=0", None),
        ("EN-us", "en"),
        ("en;q=nonsense,it;q=0.1", "it"),
        ("en;q=nan", None),
        (";;;,,,q=", None),
        ("*", None),
        ("it," * 100_000, "it"),
    ],
)
def test_the_header_says_which_language_is_liked_best(
    header: str | None, language: str | None
) -> None:
    assert accepted_language(header) == language


async def test_a_chosen_language_wins_and_is_remembered() -> None:
    async with client_of(make_app(), Accept_Language="it") as client:
        before = await client.get("/page")
        chosen = await client.get("/page?lang=en")
        after = await client.get("/page")
        nonsense = await client.get("/page?lang=xx")

    assert [page.headers["content-language"] for page in (before, chosen, after, nonsense)] == [
        "it",
        "en",
        "en",
        "en",
    ]
    assert (
        chosen.headers["set-cookie"]
        == "sportello_language=en; Path=/; Max-Age=31536000; SameSite=Lax"
    )
    assert "set-cookie" not in after.headers
    assert "set-cookie" not in nonsense.headers


@pytest.mark.parametrize(
    ("accepted", "shown"),
    [
        ("", "it"),
        ("*", "it"),
        (";;q=x,%%%", "it"),
        ("it", "it"),
        ("de", "en"),
        ("fr-CH, de;q=0.9", "en"),
        ("de, it;q=0.5", "it"),
        ("de, en;q=0.8, it;q=0.5", "en"),
        ("it;q=0, fr", "en"),
    ],
)
async def test_a_browser_that_names_only_other_languages_gets_english(
    accepted: str, shown: str
) -> None:
    async with client_of(make_app(), Accept_Language=accepted) as client:
        page = await client.get("/page")

    assert page.headers["content-language"] == shown


async def test_a_page_is_in_its_language_escaped_and_tells_where_the_other_one_is() -> None:
    async with client_of(make_app(), Accept_Language="it") as client:
        page = await client.get("/page?value=<b>&lang=it")

    assert page.text == (
        '<p lang="it">Una piccola pagina: &lt;b&gt;</p>\n<a '
        'href="?value=%3Cb%3E&amp;lang=en">Principale</a>'
    )
    assert "script" not in page.headers["content-security-policy"]
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"


async def test_an_error_page_stands_on_the_base_page_and_knows_the_caller() -> None:
    async with client_of(
        make_app(), Accept="text/html", Authorization=f"Bearer {token_of(ANNA)}"
    ) as client:
        page = await client.get("/nowhere")

    assert page.status_code == 404
    assert '<html lang="en">' in page.text
    assert "Anna Ferri" in page.text


def test_a_package_speaks_before_the_shared_one_and_fuzzy_sentences_stay_english() -> None:
    italian = translator("it", PACKAGE)

    assert italian("A small page") == "Una piccola pagina"
    assert italian("Main") == "Principale"
    assert italian("Not sure") == "Not sure"
    assert italian("Nobody has written this") == "Nobody has written this"


def test_plural_forms_follow_the_number() -> None:
    italian, english = translator("it", PACKAGE), translator("en", PACKAGE)

    assert [italian.ngettext("%(count)s thing", "%(count)s things", n) for n in (0, 1, 2)] == [
        "%(count)s cose",
        "%(count)s cosa",
        "%(count)s cose",
    ]
    assert [english.ngettext("%(count)s thing", "%(count)s things", n) for n in (0, 1, 2)] == [
        "%(count)s things",
        "%(count)s thing",
        "%(count)s things",
    ]


def test_a_sentence_without_facts_keeps_its_percent_signs() -> None:
    assert translator("it")("100 % sure") == "100 % sure"
    assert translator("en")("At most %(limit)s %% of it", limit=3) == "At most 3 % of it"


async def test_times_are_shown_in_the_desks_zone_and_language() -> None:
    moment = datetime(2026, 9, 28, 22, 30, tzinfo=UTC)
    app = make_app()
    router = APIRouter()

    @router.get("/times")
    async def times(request: Request) -> Response:
        zone = request.query_params.get("zone", "Europe/Rome")
        return render(
            request, "times.html", moment=moment, day=date(2026, 1, 2), number=1234.5, timezone=zone
        )

    app.include_router(router)
    async with client_of(app) as client:
        queries = ("lang=en", "lang=it", "lang=it&zone=Asia/Tokyo")
        english, italian, tokyo = [
            (await client.get(f"/times?{query}")).text.split("|") for query in queries
        ]

    assert english == [
        "Sep 29, 2026, 12:30:00\u202fAM",
        "September 29, 2026",
        "12:30\u202fAM",
        "January 2, 2026",
        "1,234.5",
    ]
    assert italian == [
        "29 set 2026, 00:30:00",
        "29 settembre 2026",
        "00:30",
        "2 gennaio 2026",
        "1.234,5",
    ]
    assert tokyo[2] == "07:30"


async def test_the_api_is_described_on_a_page_that_needs_nothing_from_elsewhere() -> None:
    async with client_of(make_app(), Accept_Language="it") as client:
        page = await client.get("/api/docs")
        document = await client.get("/api/openapi.json")

    assert page.status_code == 200
    assert "<code>POST /api/shape</code>" in page.text
    assert "Parametro" in page.text
    assert re.findall(r'(?:src|href)="(?!/|#|\?)[^"]*"', page.text) == []
    assert sorted(document.json()["paths"])[0] == "/api/broken"


def test_an_undefined_name_in_a_template_is_an_error() -> None:
    environment = build_environment((PACKAGE,), translator("it", PACKAGE))

    with pytest.raises(UndefinedError):
        environment.get_template("small.html").render()
