"""What the page of a ticket says about its history: who was told of each change."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Protocol

from services.portal.domain.viewer import Viewer
from services.portal.pages.labels import NOTICE_STATES
from shared.contracts.events.notify import NoticeState
from shared.web.language import Translator


class Told(Protocol):
    """A notice of the change that made `ticket_version`, and how it came to `operator`."""

    @property
    def ticket_version(self) -> int: ...
    @property
    def operator(self) -> str: ...
    @property
    def state(self) -> NoticeState: ...


def told_by_version(notices: Iterable[Told], viewer: Viewer, translate: Translator) -> dict[int, list[tuple[str, str]]]:
    """Return, by the version that a change made, who was told of it as (name, how)."""
    told: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    for notice in notices:
        told[notice.ticket_version].append((viewer.desk.person_name(notice.operator), translate(NOTICE_STATES[notice.state])))
    return told
