"""Signing in and out, and who one is."""

import dataclasses

import pytest
from fastapi import FastAPI

from services.portal.context import PortalContext
from shared.web.auth import SESSION_COOKIE
from tests.unit.portal.conftest import TOKENS, Browser


async def test_choosing_an_identity_gives_a_cookie_and_a_token_that_both_work(
    browser: Browser,
) -> None:
    client = browser(None)

    answer = await client.post("/api/session", json={"identity": "anna.ferri"})

    assert answer.status_code == 200
    token = answer.json()["token"]
    assert answer.cookies[SESSION_COOKIE] == token
    assert (await client.get("/api/me")).json()["identity"] == "anna.ferri"
    bearer = await browser(None).get("/api/me", headers={"Authorization": f"Bearer {token}"})
    assert bearer.json()["identity"] == "anna.ferri"


async def test_a_token_names_identity_address_and_affiliation(browser: Browser) -> None:
    token = (await browser(None).post("/api/session", json={"identity": "giulia.neri"})).json()[
        "token"
    ]

    caller = TOKENS.read(token)

    assert caller is not None
    assert (caller.identity, caller.email, caller.affiliation) == (
        "giulia.neri",
        "giulia.neri@studenti.example.edu",
        "student",
    )


async def test_signing_out_takes_the_cookie_back(browser: Browser) -> None:
    client = browser(None)
    await client.post("/api/session", json={"identity": "anna.ferri"})

    answer = await client.delete("/api/session")

    assert answer.status_code == 204
    assert SESSION_COOKIE not in client.cookies
    assert (await client.get("/api/me")).status_code == 401


async def test_somebody_who_is_not_signed_in_may_sign_out(browser: Browser) -> None:
    assert (await browser(None).delete("/api/session")).status_code == 204


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"identity": "nobody.known"}, "identity"),
        ({"identity": ""}, "identity"),
        ({"identity": 7}, "identity"),
        ({"identity": "a" * 101}, "identity"),
        ({}, "identity"),
        ({"identity": "anna.ferri", "role": "admin"}, "role"),
        ([], "body"),
    ],
)
async def test_an_unknown_or_malformed_identity_is_not_valid(
    body: object, field: str, browser: Browser
) -> None:
    client = browser(None)

    answer = await client.post("/api/session", json=body)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert SESSION_COOKIE not in client.cookies


async def test_a_malformed_key_is_refused_here_too(browser: Browser) -> None:
    client = browser(None)

    answer = await client.post(
        "/api/session", json={"identity": "anna.ferri"}, headers={"Idempotency-Key": "two words"}
    )

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "Idempotency-Key")
    assert SESSION_COOKIE not in client.cookies


async def test_a_key_signs_in_one_person_however_often_and_nobody_else(browser: Browser) -> None:
    client, key = browser(None), {"Idempotency-Key": "monday"}
    answers = [
        await client.post("/api/session", json={"identity": "anna.ferri"}, headers=key)
        for _ in range(2)
    ]

    refused = await browser(None).post(
        "/api/session", json={"identity": "bruno.galli"}, headers=key
    )

    assert [(answer.status_code, answer.json()["identity"]) for answer in answers] == [
        (200, "anna.ferri")
    ] * 2
    assert (refused.status_code, refused.json()["type"]) == (
        409,
        "urn:sportello:problem:key-reused",
    )
    assert "set-cookie" not in refused.headers


async def test_where_people_sign_in_elsewhere_nobody_may_choose_who_to_be(
    app: FastAPI, portal: PortalContext, browser: Browser
) -> None:
    app.state.portal = dataclasses.replace(portal, is_demo=False)
    client = browser(None)

    answer = await client.post("/api/session", json={"identity": "anna.ferri"})

    assert (answer.status_code, answer.json()["type"]) == (403, "urn:sportello:problem:demo-only")
    assert SESSION_COOKIE not in client.cookies


async def test_another_sites_page_cannot_sign_somebody_in(browser: Browser) -> None:
    answer = await browser(None).post(
        "/api/session", json={"identity": "anna.ferri"}, headers={"Origin": "https://evil.test"}
    )

    assert answer.status_code == 403


async def test_an_operator_is_told_roles_and_permissions_per_queue(browser: Browser) -> None:
    answer = await browser("anna.ferri").get("/api/me")

    assert answer.json() == {
        "identity": "anna.ferri",
        "name": "Anna Ferri",
        "email": "anna.ferri@example.edu",
        "affiliation": "staff",
        "roles": ["requester", "operator"],
        "permissions": {
            "studenti": ["create", "move_into", "note", "owner", "priority", "ro", "rw"],
            "studenti/carriere": ["move_into"],
            "studenti/tasse": ["move_into"],
        },
    }


@pytest.mark.parametrize(
    ("identity", "roles"),
    [
        ("luisa.villa", ["requester", "operator", "supervisor"]),
        ("ivo.santi", ["requester", "operator"]),
        ("giulia.neri", ["requester"]),
    ],
)
async def test_roles_follow_the_desk(identity: str, roles: list[str], browser: Browser) -> None:
    assert (await browser(identity).get("/api/me")).json()["roles"] == roles
