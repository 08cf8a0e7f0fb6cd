"""Mails as files."""

import asyncio
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from services.notify.adapters.folder_mail_sender import FolderMailSender, file_name
from services.notify.adapters.mail_folder import MailFolder
from services.notify.domain.outcomes import Accepted, Delayed
from services.notify.mail.mime import outgoing_mail
from services.notify.ports import OutgoingMail
from tests.factories.mails import MAIL_FROM, NOON, NUMBER, make_claimed


def make_mail(**changes: Any) -> OutgoingMail:
    return outgoing_mail(make_claimed(**changes), mail_from=MAIL_FROM)


async def test_a_mail_becomes_one_whole_file_named_by_time_and_delivery(tmp_path: Path) -> None:
    mail = make_mail()

    outcome = await FolderMailSender(tmp_path / "mail").send(mail)

    assert outcome == Accepted()
    assert os.listdir(tmp_path / "mail") == [f"20260928T120000.000000Z-{mail.delivery_id}.eml"]
    assert (
        tmp_path / "mail" / f"20260928T120000.000000Z-{mail.delivery_id}.eml"
    ).read_bytes() == mail.content


async def test_a_state_folder_that_mails_make_is_closed_to_others(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        await FolderMailSender(tmp_path / "state" / "mail").send(make_mail())
    finally:
        os.umask(before)

    assert [
        oct(path.stat().st_mode & 0o777)
        for path in (tmp_path / "state", tmp_path / "state" / "mail")
    ] == ["0o700", "0o700"]


async def test_the_same_delivery_again_makes_no_second_file(tmp_path: Path) -> None:
    sender, mail = FolderMailSender(tmp_path), make_mail()

    await sender.send(mail)
    await sender.send(mail)

    assert len(os.listdir(tmp_path)) == 1


async def test_mails_sent_at_the_same_moment_each_become_their_file_and_have_their_own_outcome(
    tmp_path: Path,
) -> None:
    sender = FolderMailSender(tmp_path)
    mails = [make_mail(queued_at=NOON + timedelta(minutes=minute)) for minute in range(5)]
    (tmp_path / file_name(mails[3])).mkdir()

    outcomes = await asyncio.gather(*(sender.send(mail) for mail in mails))

    written = [path.read_bytes() for path in sorted(tmp_path.glob("*.eml")) if path.is_file()]
    assert [type(outcome) for outcome in outcomes] == [
        Accepted,
        Accepted,
        Accepted,
        Delayed,
        Accepted,
    ]
    assert written == [mail.content for mail in (*mails[:3], mails[4])]


async def test_a_folder_that_cannot_be_written_delays_mails(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file where the folder should be")

    outcome = await FolderMailSender(tmp_path / "mail").send(make_mail())

    assert isinstance(outcome, Delayed)
    assert outcome.fault == "server"
    assert outcome.reason.startswith("the folder of mails cannot be written: ")


async def test_mails_are_listed_newest_first_and_page_by_page(tmp_path: Path) -> None:
    sender, folder = FolderMailSender(tmp_path), MailFolder(tmp_path)
    for minute in range(5):
        await sender.send(
            make_mail(
                queued_at=NOON + timedelta(minutes=minute), subject=f"[Ticket#{NUMBER}] {minute}"
            )
        )

    first = folder.newest(2)
    second = folder.newest(2, before=first[-1].name)

    assert [mail.subject[-1] for mail in (*first, *second)] == ["4", "3", "2", "1"]
    assert first[0].queued_at == NOON + timedelta(minutes=4)
    assert first[0].recipient == "Giulia Neri <giulia.neri@studenti.example.edu>"
    assert first[0].body == ""


async def test_a_mail_is_found_whole_by_its_name(tmp_path: Path) -> None:
    sender, folder = FolderMailSender(tmp_path), MailFolder(tmp_path)
    await sender.send(make_mail(body="Perché è così.\n"))

    found = folder.find(folder.newest(1)[0].name)

    assert found is not None
    assert found.body == "Perché è così.\n"
    assert ("Auto-Submitted", "auto-generated") in found.headers


def test_no_name_leads_out_of_the_folder_or_to_other_files(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    folder = MailFolder(tmp_path / "mail")

    assert [
        folder.find(name)
        for name in ("../secret", "secret", "", "20260928T120000.000000Z-x.eml", "..%2fsecret")
    ] == [None] * 5
    assert folder.find("20260928T120000.000000Z-0198f000-0000-7000-8000-00000000000d.eml") is None
    assert folder.newest(10) == []


async def test_unfinished_and_foreign_files_are_not_shown(tmp_path: Path) -> None:
    mail = make_mail()
    await FolderMailSender(tmp_path).send(mail)
    (tmp_path / f"20260928T120001.000000Z-{mail.delivery_id}.part").write_bytes(b"half")
    (tmp_path / "notes.eml").write_bytes(b"")

    assert len(MailFolder(tmp_path).newest(10)) == 1
