"""What notify's handlers and jobs have in hand."""

import asyncio
from dataclasses import dataclass, field

from services.notify.sending import Dispatcher
from services.notify.usecases import BrokenTexts
from shared.database.database import Database


@dataclass(frozen=True, slots=True)
class NotifyContext:
    """The parts of one running notify. `public_url` has no slash at its end; `mails_waiting` is set when rows were added."""

    database: Database
    dispatcher: Dispatcher
    public_url: str
    broken_texts: BrokenTexts
    mails_waiting: asyncio.Event = field(default_factory=asyncio.Event)
