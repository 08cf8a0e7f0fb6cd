"""Who calls, and whether the call was really meant."""

from datetime import timedelta

import pytest

from shared.web.auth import SESSION_COOKIE, Caller, Tokens
from tests.unit.web.small_app import ANNA, SECRET, client_of, make_app, token_of

COOKIE = f"{SESSION_COOKIE}={token_of()}"


async def test_a_bearer_token_names_the_caller() -> None:
    async with client_of(make_app(), Authorization=f"Bearer {token_of()}") as client:
        answer = await client.get("/api/who")

    assert answer.json() == {"identity": "anna.ferri"}


async def test_logging_in_sets_a_cookie_that_scripts_and_other_sites_do_not_get() -> None:
    async with client_of(make_app()) as client:
        session = await client.post("/api/session")
        who = await client.get("/api/who")
        await client.delete("/api/session")
        afterwards = await client.get("/api/who")

    attributes = {part.strip().lower() for part in session.headers["set-cookie"].split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/", "max-age=43200"} <= attributes
    assert "secure" not in attributes
    assert Tokens(SECRET).read(session.json()["token"]) == ANNA
    assert who.json() == {"identity": "anna.ferri"}
    assert afterwards.json() == {"identity": None}


async def test_behind_https_the_cookie_is_sent_over_https_only() -> None:
    async with client_of(make_app(cookie_secure=True)) as client:
        session = await client.post("/api/session")

    assert "secure" in session.headers["set-cookie"].lower()


@pytest.mark.parametrize(
    "token",
    [
        "",
        "nonsense",
        token_of()[:-2],
        f"{token_of()}x",
        Tokens("another secret, also long enough").sign(ANNA),
        Tokens(SECRET, lasts=timedelta(hours=1))._serializer.dumps(["anna.ferri"]),
        Tokens(SECRET)._serializer.dumps(
            {"identity": "anna.ferri", "name": "A", "email": "a@b.it", "affiliation": "king"}
        ),
        "x" * 5000,
        "\u00e8\u00e8",
    ],
    ids=[
        "none",
        "nonsense",
        "cut",
        "longer",
        "of another secret",
        "a list",
        "of nobody's kind",
        "endless",
        "not ascii",
    ],
)
def test_a_token_that_is_garbled_or_not_ours_names_nobody(token: str) -> None:
    assert Tokens(SECRET).read(token) is None


def test_an_expired_token_names_nobody() -> None:
    tokens = Tokens(SECRET, lasts=timedelta(seconds=-1))

    assert tokens.read(tokens.sign(ANNA)) is None


def test_a_token_survives_names_from_everywhere() -> None:
    caller = Caller(
        identity="o.brien", name="Ó Brien “Niccolò” 李", email="o@example.edu", affiliation="guest"
    )

    assert Tokens(SECRET).read(token_of(caller)) == caller


def test_a_secret_too_short_to_be_one_is_refused() -> None:
    with pytest.raises(ValueError, match="SPORTELLO_SECRET"):
        Tokens("short")


async def test_a_garbled_token_is_not_signed_in() -> None:
    async with client_of(make_app(), Authorization="Bearer nonsense") as client:
        answer = await client.get("/api/mine")

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["detail"] == "You must sign in to do this."


async def test_a_page_sends_somebody_unknown_to_the_login_and_back() -> None:
    async with client_of(make_app(), Accept="text/html") as client:
        answer = await client.get("/mine?a=1&b=è")

    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=%2Fmine%3Fa%3D1%26b%3D%25C3%25A8"


CROSS = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example.org"},
    {"Origin": "http://desk.example.edu:8080"},
    {"Origin": "null"},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "null", "Sec-Fetch-Site": "none"},
    {"Origin": "http://[broken"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example.org"},
]
OWN: list[dict[str, str]] = [
    {},
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
    {"Origin": "http://desk.example.edu"},
    {"Origin": "https://desk.example.edu"},
    {"Origin": "https://desk.example.edu:443", "Sec-Fetch-Site": "same-origin"},
]


@pytest.mark.parametrize("headers", CROSS)
async def test_a_change_that_another_site_causes_is_refused_when_the_cookie_signs_it(
    headers: dict[str, str],
) -> None:
    app = make_app()
    async with client_of(app, Cookie=COOKIE) as client:
        answer = await client.post("/api/mine", headers=headers)

    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:sportello:problem:cross-site"
    assert app.state.seen == []


@pytest.mark.parametrize("headers", OWN)
async def test_a_change_from_our_own_pages_or_from_no_browser_passes(
    headers: dict[str, str],
) -> None:
    app = make_app()
    async with client_of(app, Cookie=COOKIE) as client:
        answer = await client.post("/api/mine", headers=headers)

    assert answer.status_code == 200
    assert app.state.seen == ["anna.ferri"]


@pytest.mark.parametrize("headers", CROSS)
async def test_a_form_without_javascript_is_defended_alike(headers: dict[str, str]) -> None:
    app = make_app()
    async with client_of(app, Cookie=COOKIE) as client:
        answer = await client.post("/form", data={"a": "b"}, headers=headers)

    assert answer.status_code == 403
    assert app.state.seen == []


@pytest.mark.parametrize("headers", CROSS)
async def test_a_bearer_token_cannot_be_sent_by_another_sites_page_and_passes(
    headers: dict[str, str],
) -> None:
    async with client_of(make_app(), Authorization=f"Bearer {token_of()}", Cookie=COOKIE) as client:
        answer = await client.post("/api/mine", headers=headers)

    assert answer.status_code == 200


async def test_reading_is_never_refused_as_cross_site() -> None:
    async with client_of(make_app(), Cookie=COOKIE) as client:
        answer = await client.get(
            "/api/mine",
            headers={"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example.org"},
        )

    assert answer.status_code == 200


async def test_another_site_cannot_log_somebody_in() -> None:
    async with client_of(make_app()) as client:
        answer = await client.post("/api/session", headers={"Origin": "https://evil.example.org"})

    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


async def test_a_public_origin_from_the_settings_counts_as_our_own() -> None:
    async with client_of(
        make_app(public_origins=frozenset({"https://help.example.edu"})), Cookie=COOKIE
    ) as client:
        ours = await client.post("/api/mine", headers={"Origin": "https://help.example.edu"})
        other = await client.post("/api/mine", headers={"Origin": "https://help.example.org"})

    assert (ours.status_code, other.status_code) == (200, 403)


@pytest.mark.parametrize(
    "authorization", ["Bearer", "Bearer ", "bearer   ", "", "Basic", "Basic eDp5"]
)
async def test_an_authorization_that_names_no_token_does_not_switch_the_defence_off(
    authorization: str,
) -> None:
    app = make_app()
    async with client_of(app, Cookie=COOKIE) as client:
        foreign = await client.post(
            "/api/mine",
            headers={"Authorization": authorization, "Origin": "https://evil.example.org"},
        )
        own = await client.post("/api/mine", headers={"Authorization": authorization})

    assert (foreign.status_code, own.status_code) == (403, 200)
    assert app.state.seen == ["anna.ferri"]


@pytest.mark.parametrize(
    "cookie",
    [
        (
            f"{COOKIE}; "
            f"{SESSION_COOKIE}={token_of(Caller('hugo.marchi', 'Hugo', 'h@example.edu', 'staff'))}"
        ),
        f"{SESSION_COOKIE}=x; a=b; {COOKIE}",
        f"{COOKIE};{SESSION_COOKIE}=",
    ],
)
async def test_two_session_cookies_are_nobody(cookie: str) -> None:
    async with client_of(make_app(), Cookie=cookie) as client:
        answer = await client.get("/api/who")

    assert answer.json() == {"identity": None}


async def test_behind_https_only_a_cookie_that_no_neighbour_can_set_signs_in() -> None:
    async with client_of(make_app(cookie_secure=True)) as client:
        session = await client.post("/api/session")
        old = await client.get("/api/who", headers={"Cookie": COOKIE})
        new = await client.get("/api/who", headers={"Cookie": f"__Host-{COOKIE}"})
        out = await client.delete("/api/session")

    name, *attributes = [part.strip() for part in session.headers["set-cookie"].split(";")]
    assert name.startswith(f"__Host-{SESSION_COOKIE}=")
    assert {"Secure", "Path=/"} <= set(attributes)
    assert not any(part.lower().startswith("domain") for part in attributes)
    assert (old.json(), new.json()) == ({"identity": None}, {"identity": "anna.ferri"})
    assert out.headers["set-cookie"].startswith(f'__Host-{SESSION_COOKIE}="";')
    assert "Secure" in out.headers["set-cookie"]


async def test_a_page_of_our_name_that_came_without_https_is_another_sites() -> None:
    async with client_of(
        make_app(public_origins=frozenset({"https://help.example.edu"})), Cookie=COOKIE
    ) as client:
        headers = {"Host": "help.example.edu"}
        plain = await client.post(
            "/api/mine", headers=headers | {"Origin": "http://help.example.edu"}
        )
        secure = await client.post(
            "/api/mine", headers=headers | {"Origin": "https://help.example.edu"}
        )
        inside = await client.post(
            "/api/mine", headers={"Host": "portal:8000", "Origin": "http://portal:8000"}
        )

    assert (plain.status_code, secure.status_code, inside.status_code) == (403, 200, 200)


async def test_a_public_origin_is_our_own_also_where_the_proxy_rewrites_host() -> None:
    async with client_of(
        make_app(public_origins=frozenset({"https://help.example.edu"})), Cookie=COOKIE
    ) as client:
        headers = {
            "Host": "portal:8000",
            "Origin": "https://help.example.edu",
            "Sec-Fetch-Site": "same-origin",
        }
        ours = await client.post("/api/mine", headers=headers)
        other = await client.post(
            "/api/mine", headers=headers | {"Origin": "https://evil.example.org"}
        )

    assert (ours.status_code, other.status_code) == (200, 403)
