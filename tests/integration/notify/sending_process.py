"""A notify that only sends, as a process that can be killed: `python -m
tests.integration.notify.sending_process DATABASE_URL SMTP_URL`.
"""

import asyncio
import sys

from services.notify.adapters.smtp_mail_sender import SmtpMailSender
from services.notify.adapters.smtp_server import SmtpServer
from services.notify.mail.templates.values import Pages
from services.notify.main import build_context
from services.notify.settings import NotifySettings
from shared.database.database import Database
from tests.factories.mails import StandingClock


async def main(database_url: str, smtp_url: str) -> None:
    database = Database(database_url, service="notify", clock=StandingClock())
    sender = SmtpMailSender(SmtpServer.from_url(smtp_url), connections=1, timeout=30)
    context = build_context(
        database,
        sender,
        NotifySettings(),
        pages=Pages(public_url="https://help.example.edu", secret="a secret of the tests"),
        is_alone=False,
        limit_recipient=0,
    )
    while await context.dispatcher.send_due():
        pass


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
