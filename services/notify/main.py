"""Puts notify together."""

from datetime import timedelta
from functools import partial
from pathlib import Path

from services.notify.adapters.folder_mail_sender import FolderMailSender
from services.notify.adapters.mail_folder import MailFolder
from services.notify.adapters.smtp_mail_sender import SmtpMailSender
from services.notify.adapters.smtp_server import SmtpServer
from services.notify.commands import COMMANDS
from services.notify.consumers import HANDLERS, wake_sending
from services.notify.context import LoggedBrokenTexts, NotifyContext
from services.notify.dispatcher import Dispatcher, SendingPolicy
from services.notify.jobs import JOBS
from services.notify.mail.templates.values import Pages
from services.notify.pages import demo_mail_router
from services.notify.ports import MailSender
from services.notify.settings import NotifySettings
from shared.core.backoff import Backoff
from shared.core.clock import Clock
from shared.core.settings import CommonSettings, SettingsRefused
from shared.database.database import Database
from shared.messaging.commands import CommandServer
from shared.messaging.consumer import Consumer
from shared.observability.metrics import REGISTRY, Meter
from shared.runtime.bus import Bus
from shared.runtime.composition import Service, standard_checks
from shared.web.app import build_app
from shared.web.auth import Tokens
from shared.web.health import Health
from shared.web.state import WebOptions

NAME = "notify"
MIGRATIONS = Path(__file__).with_name("migrations")
GATHER_SECONDS = 0.2
"""Mails that are owed within this time share a commit; on a busy machine they come after what
people see on their screens.
"""


def build(common: CommonSettings, bus: Bus, clock: Clock) -> Service:
    """Return notify, not yet started.

    Raises SettingsRefused for a mail server's URL that is none.
    """
    settings = NotifySettings()
    database = Database(
        common.database_url_for(NAME), service=NAME, pool_size=common.pool_size, clock=clock
    )
    sender = build_sender(common, settings)
    # A SQLite file has one process; `up` holds a lock on its folder.
    context = build_context(
        database,
        sender,
        settings,
        pages=_pages(common),
        is_alone=database.is_sqlite,
        limit_recipient=common.intake_limit_recipient,
    )
    checks = standard_checks(database=database, migrations=MIGRATIONS, bus=bus, needs_desk=True)
    meter = Meter(NAME)
    consumer = Consumer(
        database=database, handlers=HANDLERS, context=context, meter=meter, gather=GATHER_SECONDS
    )
    consumer.after_commit(partial(wake_sending, context))
    pages = demo_mail_router(
        MailFolder(_mail_folder(common)), database, goes_to_server=common.smtp_url is not None
    )
    app = build_app(
        title="Sportello: notify",
        packages=("services.notify",),
        tokens=Tokens(common.secret.get_secret_value()),
        routers=[pages] if common.identity == "demo" else [],
        health=Health(checks=checks, registry=REGISTRY),
        options=WebOptions.of(common),
    )
    return Service(
        name=NAME,
        database=database,
        migrations=MIGRATIONS,
        app=app,
        meter=meter,
        context=context,
        consumer=consumer,
        commands=CommandServer(database=database, commands=COMMANDS, context=context, meter=meter),
        checks=checks,
        jobs=JOBS,
        on_stop=(context.dispatcher.stop,),
    )


def build_sender(common: CommonSettings, settings: NotifySettings) -> MailSender:
    """Return who takes the mails: the mail server of SPORTELLO_SMTP_URL, or the folder `mail` of
    the state folder.
    """
    if common.smtp_url is None:
        return FolderMailSender(_mail_folder(common))
    try:
        server = SmtpServer.from_url(common.smtp_url, plain_password=settings.smtp_plain_password)
    except ValueError as error:
        raise SettingsRefused(f"SPORTELLO_SMTP_URL: {error}") from error
    return SmtpMailSender(
        server,
        connections=settings.smtp_connections,
        timeout=settings.smtp_timeout,
        verify_certificate=settings.smtp_verify,
    )


def build_context(
    database: Database,
    sender: MailSender,
    settings: NotifySettings,
    *,
    pages: Pages,
    is_alone: bool,
    limit_recipient: int,
) -> NotifyContext:
    """Return what notify's handlers and jobs have in hand.

    `is_alone`: no other process works on `database`.

    `limit_recipient` is intake's limit, which notify keeps for all that strangers can have mailed.
    """
    policy = SendingPolicy(
        backoff=_backoff(settings.retry_first, settings.retry_longest),
        server_backoff=_backoff(settings.server_retry_first, settings.server_retry_longest),
        give_up_after=timedelta(days=settings.give_up_days),
        batch=settings.batch,
        operators_pause=settings.operators_pause,
    )
    return NotifyContext(
        database=database,
        dispatcher=Dispatcher(database, sender, policy, is_alone=is_alone),
        pages=pages,
        broken_texts=LoggedBrokenTexts(),
        gather=timedelta(seconds=settings.gather),
        gather_new=timedelta(seconds=settings.gather_new),
        digest_at=settings.digest_at,
        limit_recipient=limit_recipient,
    )


def _pages(common: CommonSettings) -> Pages:
    return Pages(
        public_url=common.public_url.rstrip("/"),
        secret=common.secret.get_secret_value(),
        mail_is_read=common.mail_is_read,
    )


def _mail_folder(common: CommonSettings) -> Path:
    return common.data / "mail"


def _backoff(first: float, longest: float) -> Backoff:
    """Return waits that are shortened by up to a quarter, so that many mails do not come back at
    once.
    """
    return Backoff(first, longest, jitter=(1.0, 0.75))
