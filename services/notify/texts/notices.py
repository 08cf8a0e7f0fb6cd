"""The words of the mails to operators.

Which language an operator reads is not known, so each says the same in both, in few words: what happened, to which ticket, where to read
more. What people wrote stays in the ticket, whose rights are checked when it is opened.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import groupby

from services.notify.domain.notices import Notice
from services.notify.domain.words import MAX_SUBJECT, numbered, one_line, shortened, storable
from services.notify.texts.shipped import shipped_texts
from shared.desk import Desk
from shared.events.notify import NoticeKind

MAX_TICKETS = 100
"""How many tickets a digest names; it says how many more there are."""


@dataclass(frozen=True, slots=True)
class NoticeText:
    """Subject and body of a mail to an operator."""

    subject: str
    body: str


def notice_text(desk: Desk, notice: Notice, *, public_url: str) -> NoticeText:
    """Return the words that tell `notice`; they are the same for everybody who is told of the change."""
    words = {language: notice_in_words(notice.kind, language) for language in ("it", "en")}
    subject = one_line(notice.subject)
    body = (
        shipped_texts()
        .get_template("notice.body.txt")
        .render(
            words=words,
            subject=subject,
            number=notice.number,
            queue={language: desk.queue_title(notice.queue, language) for language in words},
            actor=one_line(notice.actor.name),
            link=_link(public_url, notice.number),
            desk=desk.name,
        )
    )
    return NoticeText(numbered(notice.number, f"{words['it']} / {words['en']}: {subject}"), storable(body))


def digest_text(desk: Desk, notices: Sequence[Notice], *, day: date, public_url: str) -> NoticeText:
    """Return the words of a digest of `notices`, which are sorted by ticket and version; `day` is the one it is sent on."""
    tickets = []
    for number, together in groupby(notices, key=lambda notice: notice.number):
        told = list(together)
        kinds = list(dict.fromkeys(notice.kind for notice in told))
        tickets.append(
            {
                "number": number,
                "subject": one_line(told[-1].subject),
                "link": _link(public_url, number),
                "words": {language: ", ".join(notice_in_words(kind, language) for kind in kinds) for language in ("it", "en")},
            }
        )
    body = (
        shipped_texts()
        .get_template("digest.body.txt")
        .render(
            count=len(notices),
            tickets=tickets[:MAX_TICKETS],
            ticket_count=len(tickets),
            more=max(len(tickets) - MAX_TICKETS, 0),
            desk=desk.name,
        )
    )
    subject = f"Riepilogo del {day:%d/%m/%Y} / Digest of {day:%d/%m/%Y}: {desk.name.it}"
    return NoticeText(shortened(one_line(subject), MAX_SUBJECT), storable(body))


@lru_cache(maxsize=64)
def notice_in_words(kind: NoticeKind, language: str) -> str:
    """Return what a notice of `kind` says, in a few words."""
    return shipped_texts().get_template(f"{language}/notice_kind.txt").render(kind=kind).strip()


def _link(public_url: str, number: str) -> str:
    return f"{public_url}/manage/tickets/{number}"
