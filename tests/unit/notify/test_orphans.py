"""Which mails and notices tell of a change that the restored tickets have."""

from uuid import UUID, uuid4

import pytest

from services.notify.domain.orphans import is_mail_of, is_notice_of
from shared.comparison.pasts import Past, PastChange
from shared.contracts.events.notify import MailKind
from shared.contracts.events.tickets import (
    TicketAssigned,
    TicketClosed,
    TicketCreated,
    TicketEvent,
    TicketExpired,
    TicketReminded,
)

ANSWER = uuid4()
NAMES: tuple[type[TicketEvent], ...] = (
    TicketCreated,
    TicketAssigned,
    TicketReminded,
    TicketExpired,
    TicketClosed,
)
PAST = Past(
    "1",
    5,
    0,
    {i: PastChange(event.NAME, "anna", i) for i, event in enumerate(NAMES, start=1)},
    {ANSWER: 1},
)


@pytest.mark.parametrize(
    ("kind", "version"), [("receipt", 1), ("taking_charge", 2), ("reminder", 3), ("expired", 4)]
)
def test_a_notice_to_the_requester_tells_of_its_event_alone(kind: MailKind, version: int) -> None:
    told = [v for v in range(1, 7) if is_mail_of(PAST, kind=kind, version=v, article_id=uuid4())]

    assert told == [version]
    assert not is_mail_of(None, kind=kind, version=version, article_id=uuid4())


@pytest.mark.parametrize("kind", ["question", "answer", "final_answer", "forward"])
@pytest.mark.parametrize(("article", "is_there"), [(ANSWER, True), (uuid4(), False)])
def test_a_mail_that_carries_an_article_tells_of_that_article(
    kind: MailKind, article: UUID, is_there: bool
) -> None:
    assert is_mail_of(PAST, kind=kind, version=9, article_id=article) is is_there


def test_a_notice_to_an_operator_tells_of_a_change_by_who_made_it() -> None:
    assert is_notice_of(PAST, version=5, actor="anna")
    assert not is_notice_of(PAST, version=5, actor="bruno")
    assert not is_notice_of(PAST, version=6, actor="anna")
    assert not is_notice_of(None, version=5, actor="anna")
