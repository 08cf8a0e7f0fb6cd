"""The forms of the example desk take what they are meant to take, by the API and by their pages."""

from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.desk_files import load_desk
from tests.integration.intake.conftest import Running, id_of

EXAMPLE = Path(__file__).resolve().parents[3] / "deploy" / "desk"
COMMON: dict[str, Any] = {"subject": "Oggetto", "description": "Testo", "consent": True}
ANSWERS: dict[str, dict[str, Any]] = {
    "iscrizioni": {"matricola": "123456", "corso": "Chimica"},
    "carriera": {"matricola": "1234567"},
    "tasse": {"matricola": "123456", "anno": "2026/2027", "importo": 156.5},
    "account": {"username": "giulia.neri"},
    "posta": {"indirizzo": "giulia.neri@studenti.example.edu"},
    "wifi": {"sede": "polo-nord"},
    "biblioteca": {"tipo": "accesso-risorse"},
    "mobilita": {"matricola": "123456", "paese": "Spagna", "periodo": "secondo semestre"},
    "aula": {"aula": "Centro, aula 3", "urgente": True},
}
WRONG: list[tuple[str, str, Any]] = [
    ("iscrizioni", "matricola", "12345"),
    ("iscrizioni", "matricola", "12345678"),
    ("tasse", "anno", "2026"),
    ("tasse", "importo", -1),
    ("tasse", "importo", "156"),
    ("posta", "indirizzo", "giulia"),
    ("wifi", "sede", "luna"),
    ("biblioteca", "tipo", "libri"),
    ("aula", "urgente", "si"),
]


@pytest.fixture
async def example(sqlite_intake: Running) -> Running:
    await sqlite_intake.apply(load_desk(EXAMPLE), version=2)
    return sqlite_intake


def body_of(**fields: Any) -> dict[str, Any]:
    return {
        "requester": {"name": "Giulia Neri", "email": "giulia.neri@studenti.example.edu"},
        "fields": COMMON | fields,
        "context": {"origin": "online-services"},
    }


async def test_every_form_takes_its_answers_and_is_open_to_everybody(example: Running) -> None:
    listed = [form["slug"] for form in (await example.client.get("/api/forms")).json()["items"]]
    for slug, answers in ANSWERS.items():
        id_of(await example.client.post(f"/api/forms/{slug}/requests", json=body_of(**answers)))

    events = await example.events()
    assert sorted(listed) == sorted(ANSWERS)
    assert [event.form for event in events] == list(ANSWERS)
    assert [event.fields for event in events] == list(ANSWERS.values())
    assert [event.priority for event in events] == [3] * 8 + [4]


@pytest.mark.parametrize(("slug", "name", "value"), WRONG)
async def test_a_wrong_answer_is_named(example: Running, slug: str, name: str, value: Any) -> None:
    answer = await example.client.post(
        f"/api/forms/{slug}/requests", json=body_of(**(ANSWERS[slug] | {name: value}))
    )

    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == [f"fields.{name}"]
    assert await example.wrote_nothing()


@pytest.mark.parametrize("slug", ANSWERS)
async def test_every_needed_answer_is_needed(example: Running, slug: str) -> None:
    optional = {"importo", "dispositivo"}

    answer = await example.client.post(
        f"/api/forms/{slug}/requests", json={**body_of(), "fields": {}}
    )

    needed = [
        f"fields.{name}"
        for name in ("subject", "description", *ANSWERS[slug], "consent")
        if name not in optional
    ]
    assert [one["field"] for one in answer.json()["errors"]] == needed


@pytest.mark.parametrize("slug", ANSWERS)
@pytest.mark.parametrize("language", ["it", "en"])
async def test_every_form_is_a_page_that_takes_the_same_answers(
    example: Running, slug: str, language: str
) -> None:
    typed = {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in (COMMON | ANSWERS[slug]).items()
    }
    page = await example.client.get(f"/forms/{slug}?lang={language}")

    answer = await example.client.post(
        f"/forms/{slug}", data={**typed, "name": "Giulia Neri", "email": "giulia@example.edu"}
    )

    assert page.status_code == 200
    assert f'<html lang="{language}">' in page.text
    assert answer.status_code == 303
    assert [event.fields for event in await example.events()] == [ANSWERS[slug]]
