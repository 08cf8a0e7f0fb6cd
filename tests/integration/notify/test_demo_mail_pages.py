"""The page that takes the place of everybody's mailbox while Sportello is tried."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from services.notify.adapters.folder_mail_sender import FolderMailSender
from services.notify.adapters.smtp_mail_sender import SmtpMailSender
from services.notify.mail.mime import outgoing_mail
from services.notify.main import MIGRATIONS, build, build_sender
from services.notify.settings import NotifySettings
from shared.contracts.events.routing import DeskApplied
from shared.core.clock import SystemClock
from shared.core.settings import CommonSettings, SettingsRefused
from shared.database.desk_copy import store_desk
from shared.database.migrate import migrate
from shared.runtime.bus import EmbeddedTransport
from shared.runtime.composition import Service
from shared.web.auth import Caller, Tokens
from tests.factories.mails import MAIL_FROM, NOON, NUMBER, make_claimed
from tests.factories.portal_desk import make_example_desk, make_person

SECRET = "s" * 32


def make_caller(identity: str) -> Caller:
    person = make_person(identity)
    return Caller(
        identity=identity, name=person.name, email=person.email, affiliation=person.affiliation
    )


def make_settings(folder: Path, smtp_url: str | None = None) -> CommonSettings:
    return CommonSettings(data=folder, secret=SecretStr(SECRET), smtp_url=smtp_url)


@pytest.fixture
async def notify(tmp_path: Path) -> AsyncIterator[Service]:
    service = build(make_settings(tmp_path), EmbeddedTransport(), SystemClock())
    await migrate(service.database, MIGRATIONS)
    yield service
    await service.database.close()


@pytest.fixture
async def browser(notify: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(notify.app), base_url="http://127.0.0.1:8004"
    ) as client:
        yield client


async def write_mails(folder: Path, count: int, **changes: Any) -> list[str]:
    """Writes mails, oldest first; returns the names of their files."""
    sender = FolderMailSender(folder / "mail")
    for number in range(count):
        facts: dict[str, Any] = {"subject": f"[Ticket#{NUMBER}] mail {number}"} | changes
        claimed = make_claimed(queued_at=NOON + timedelta(minutes=number), **facts)
        await sender.send(outgoing_mail(claimed, mail_from=MAIL_FROM))
    return sorted(path.name for path in (folder / "mail").iterdir())


async def test_without_mails_the_page_says_what_will_come_in_both_languages(
    browser: httpx.AsyncClient,
) -> None:
    italian = await browser.get("/demo/mail?lang=it")
    english = await browser.get("/demo/mail?lang=en")

    assert (italian.status_code, english.status_code) == (200, 200)
    assert "Ancora nessuna e-mail" in italian.text
    assert "No emails yet" in english.text


async def test_mails_are_listed_newest_first_over_several_pages(
    browser: httpx.AsyncClient, tmp_path: Path
) -> None:
    names = await write_mails(tmp_path, 51)

    first = await browser.get("/demo/mail?lang=en")
    older = await browser.get(f"/demo/mail?lang=en&before={names[1]}")

    assert first.text.index("mail 50<") < first.text.index("mail 49<") < first.text.index("mail 1<")
    assert f"/demo/mail?before={names[1]}" in first.text
    assert "mail 0<" not in first.text
    assert "mail 0<" in older.text
    assert "Newest emails" in older.text


async def test_one_mail_is_shown_whole_with_its_link_and_its_headers(
    browser: httpx.AsyncClient, tmp_path: Path
) -> None:
    (name,) = await write_mails(
        tmp_path, 1, body=f"Perché è così:\nhttps://help.example.edu/my/{NUMBER}\n"
    )

    page = (await browser.get(f"/demo/mail/{name}")).text

    assert "Perché è così:" in page
    assert f'<a href="https://help.example.edu/my/{NUMBER}"' in page
    assert "<dt>Auto-Submitted</dt><dd>auto-generated</dd>" in page
    assert "Giulia Neri &lt;giulia.neri@studenti.example.edu&gt;" in page


async def test_nothing_in_a_mail_becomes_markup(browser: httpx.AsyncClient, tmp_path: Path) -> None:
    script = "<script>alert(1)</script>"
    (name,) = await write_mails(
        tmp_path,
        1,
        body=f"{script}\n",
        subject=f"[Ticket#{NUMBER}] {script}",
        recipient_name=script,
    )

    pages = [(await browser.get(path)).text for path in ("/demo/mail", f"/demo/mail/{name}")]

    assert all(script not in page for page in pages)
    assert all("&lt;script&gt;alert(1)&lt;/script&gt;" in page for page in pages)


@pytest.mark.parametrize(
    "name",
    [
        "nothing",
        "20260928T120000.000000Z-0198f000-0000-7000-8000-00000000000d.eml",
        "..%2Fnotify.db",
        "%00",
    ],
)
async def test_what_is_no_mail_is_not_found(browser: httpx.AsyncClient, name: str) -> None:
    assert (await browser.get(f"/demo/mail/{name}")).status_code == 404


async def test_an_odd_place_in_the_list_is_no_error_of_ours(
    browser: httpx.AsyncClient, tmp_path: Path
) -> None:
    await write_mails(tmp_path, 1)

    assert (await browser.get("/demo/mail?before=zzz")).status_code == 200
    assert (await browser.get("/demo/mail?before=%00")).status_code == 422
    assert (await browser.get(f"/demo/mail?before={'x' * 5000}")).status_code == 422


def test_without_a_mail_server_mails_go_into_the_folder(tmp_path: Path) -> None:
    assert isinstance(build_sender(make_settings(tmp_path), NotifySettings()), FolderMailSender)


def test_with_a_mail_server_they_go_there(tmp_path: Path) -> None:
    assert isinstance(
        build_sender(make_settings(tmp_path, "smtp://127.0.0.1:25"), NotifySettings()),
        SmtpMailSender,
    )


def test_a_wrong_url_of_the_mail_server_is_refused_with_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(
        SettingsRefused,
        match=(
            r"SPORTELLO_SMTP_URL: the mail server's URL begins with 'http'; expected "
            r"smtp://host:port"
        ),
    ):
        build_sender(make_settings(tmp_path, "http://127.0.0.1"), NotifySettings())


@pytest.mark.parametrize(
    ("identity", "entries"), [("anna.ferri", 1), ("giulia.neri", 0), (None, 0)]
)
async def test_operators_find_their_way_back_to_their_tickets(
    identity: str | None, entries: int, notify: Service, browser: httpx.AsyncClient, tmp_path: Path
) -> None:
    (name,) = await write_mails(tmp_path, 1)
    async with notify.database.transaction() as uow:
        await store_desk(uow, [DeskApplied(version=1, desk=make_example_desk(), applied_at=NOON)])
    if identity is not None:
        browser.headers["Authorization"] = f"Bearer {Tokens(SECRET).sign(make_caller(identity))}"

    pages = [await browser.get("/demo/mail"), await browser.get(f"/demo/mail/{name}")]

    assert [page.text.count(">Gestione richieste<") for page in pages] == [entries, entries]
