"""The words of the mails to operators.

Which language an operator reads is not known, so each says the same in both, in few words: what
happened, to which ticket, where to read more. What people wrote stays in the ticket, whose rights
are checked when it is opened.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import groupby

from services.notify.domain.notices import Notice
from services.notify.domain.text import MAX_SUBJECT, numbered, one_line, shortened, storable
from services.notify.mail.templates.values import Pages, shipped_text
from shared.contracts.desk import Desk
from shared.contracts.events.notify import NoticeKind
from shared.contracts.reasons import RELEASE_REASONS
from shared.policy.happenings import Happening

LANGUAGES = ("it", "en")
_SYSTEM = {"it": "Il sistema", "en": "The system"}
MAX_TICKETS = 100
"""How many tickets a digest names; it says how many more there are."""
MAX_HAPPENINGS = 10
"""How many different things a digest tells of one ticket, the newest; it says how many more there
are.
"""
LONGEST_REASON = 200
"""So many characters of a reason stand in a digest; the whole reason is in the ticket."""


@dataclass(frozen=True, slots=True)
class NoticeText:
    """Subject and body of a mail to an operator."""

    subject: str
    body: str


def notice_text(
    desk: Desk, notice: Notice, happening: Happening, *, subject: str, pages: Pages
) -> NoticeText:
    """Return the words that notify of `happening` under `subject`."""
    body = shipped_text("notice.body.txt").render(
        happened={
            language: happening_in_words(desk, happening, language) for language in LANGUAGES
        },
        reason={language: _reason_in_words(happening, language) for language in LANGUAGES},
        subject=one_line(notice.subject),
        number=notice.number,
        queue={language: desk.queue_title(notice.queue, language) for language in LANGUAGES},
        link=_link(pages, notice.number),
        **_answering(pages),
        desk=desk.name,
    )
    return NoticeText(subject, storable(body))


def single_text(desk: Desk, notice: Notice, *, pages: Pages) -> NoticeText:
    """Return the words of a notice that waited for others and found none."""
    happening = notice.happening or Happening(
        "undelivered" if notice.kind == "undelivered" else "created",
        notice.actor.name,
        None,
        notice.queue,
        notice.reason,
    )
    return notice_text(
        desk,
        notice,
        happening,
        subject=notice.mail_subject or numbered(notice.number, ""),
        pages=pages,
    )


def gathered_text(
    desk: Desk, kind: NoticeKind, queue: str | None, notices: Sequence[Notice], *, pages: Pages
) -> NoticeText:
    """Return the words of a mail that lists `notices` of one kind in one queue."""
    heads = {}
    for language in LANGUAGES:
        facts = {"count": len(notices), "kind": kind, "queue": desk.queue_title(queue, language)}
        heads[language] = one_line(shipped_text(f"{language}/gathered.txt").render(facts))
    tickets = [
        {
            "number": notice.number,
            "subject": one_line(notice.subject),
            "link": _link(pages, notice.number),
        }
        for notice in notices[:MAX_TICKETS]
    ]
    body = shipped_text("gathered.body.txt").render(
        heads=heads,
        tickets=tickets,
        more=max(len(notices) - MAX_TICKETS, 0),
        desk=desk.name,
        **_answering(pages),
    )
    return NoticeText(shortened(f"{heads['it']} / {heads['en']}", MAX_SUBJECT), storable(body))


def several_text(desk: Desk, notices: Sequence[Notice], *, pages: Pages) -> NoticeText:
    """Return the words of a mail that tells `notices` of one ticket, which are sorted by
    version.
    """
    last = notices[-1]
    words = {language: _told_in_words(desk, notices, language) for language in LANGUAGES}
    body = shipped_text("several.body.txt").render(
        count=len(notices),
        words={language: each[-MAX_HAPPENINGS:] for language, each in words.items()},
        more=max(len(each) for each in words.values()) - MAX_HAPPENINGS,
        subject=one_line(last.subject),
        number=last.number,
        link=_link(pages, last.number),
        desk=desk.name,
        **_answering(pages),
    )
    return NoticeText(last.mail_subject or numbered(last.number, ""), storable(body))


def digest_text(desk: Desk, notices: Sequence[Notice], *, day: date, pages: Pages) -> NoticeText:
    """Return the words of a digest of `notices`, which are sorted by ticket and version; `day` is
    the one it is sent on.
    """
    tickets = []
    for number, together in groupby(notices, key=lambda notice: notice.number):
        told = list(together)
        words = {language: _told_in_words(desk, told, language) for language in LANGUAGES}
        tickets.append(
            {
                "number": number,
                "subject": one_line(told[-1].subject),
                "link": _link(pages, number),
                "words": {language: each[-MAX_HAPPENINGS:] for language, each in words.items()},
                "more": max(len(each) for each in words.values()) - MAX_HAPPENINGS,
            }
        )
    body = shipped_text("digest.body.txt").render(
        count=len(notices),
        tickets=tickets[:MAX_TICKETS],
        ticket_count=len(tickets),
        more=max(len(tickets) - MAX_TICKETS, 0),
        desk=desk.name,
        **_answering(pages),
    )
    subject = f"Riepilogo del {day:%d/%m/%Y} / Digest of {day:%d/%m/%Y}: {desk.name.it}"
    return NoticeText(shortened(one_line(subject), MAX_SUBJECT), storable(body))


def _told_in_words(
    desk: Desk, notices: Sequence[Notice], language: str
) -> list[dict[str, str | int]]:
    """Return what `notices` of one ticket tell: each sentence once, with its reason and how often
    it happened.
    """
    told = Counter(_with_reason(desk, notice, language) for notice in notices)
    return [
        {"happened": happened, "reason": reason, "times": times}
        for (happened, reason), times in told.items()
    ]


def _with_reason(desk: Desk, notice: Notice, language: str) -> tuple[str, str]:
    happening = notice.happening
    if happening is None:
        return notice_in_words(notice.kind, language), ""
    return happening_in_words(desk, happening, language), shortened(
        _reason_in_words(happening, language), LONGEST_REASON
    )


def happening_in_words(desk: Desk, happening: Happening, language: str) -> str:
    """Return what happened, to whom, in one sentence without its full stop."""
    facts = {
        "key": happening.key,
        "actor": one_line(happening.actor) or _SYSTEM[language],
        "other": desk.person_name(happening.other),
        "queue": desk.queue_title(happening.queue, language),
    }
    return shipped_text(f"{language}/happened.txt").render(facts).strip()


def _reason_in_words(happening: Happening, language: str) -> str:
    """Return the reason; what the system itself gives as one is translated, what people wrote is
    not.
    """
    reason = one_line(happening.reason or "")
    if reason not in RELEASE_REASONS:
        return reason
    return shipped_text(f"{language}/system_reason.txt").render(reason=reason).strip()


@lru_cache(maxsize=64)
def notice_in_words(kind: NoticeKind, language: str) -> str:
    """Return what a notice of `kind` says, in a few words."""
    return shipped_text(f"{language}/notice_kind.txt").render(kind=kind).strip()


def _answering(pages: Pages) -> dict[str, str]:
    return {
        f"answering_{language}": _how_to_answer(language, pages.mail_is_read)
        for language in LANGUAGES
    }


@lru_cache(maxsize=4)
def _how_to_answer(language: str, mail_is_read: bool) -> str:
    return (
        shipped_text(f"{language}/operators_answer.txt").render(mail_is_read=mail_is_read).strip()
    )


def _link(pages: Pages, number: str) -> str:
    return f"{pages.public_url}/manage/tickets/{number}"
