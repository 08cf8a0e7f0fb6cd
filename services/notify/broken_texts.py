"""Tells about texts of the desk that do not work: each once in the log, every time in the figures."""

from collections.abc import Sequence

import structlog

from services.notify.mail.templates.mails import BrokenText
from services.notify.metrics import count_broken_text

log = structlog.get_logger()


class LoggedBrokenTexts:
    """Reports each text once per version of the desk, so that a thousand mails do not make a thousand lines."""

    def __init__(self) -> None:
        self._told: set[tuple[int, str, str]] = set()

    def report(self, desk_version: int, broken: Sequence[BrokenText]) -> None:
        """Report `broken`, found with the desk's version `desk_version`."""
        for text in broken:
            count_broken_text()
            known = (desk_version, text.key, text.language)
            if known not in self._told:
                self._told.add(known)
                log.error(
                    "notify.mail_text.broken", desk_version=desk_version, key=text.key, language=text.language, problem=text.problem[:300]
                )
