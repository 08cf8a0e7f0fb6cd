"""Show a requester what the office wrote while they were writing, and ask once whether to send.

Tickets refuses a reply after any change that its requester can see. Only words of the office are
worth a question, so after any other change, such as an operator who took the ticket, the reply is
sent again with the version that tickets named.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime

from fastapi import Request

from services.portal.context import portal_of
from services.portal.domain.views import ArticleView
from services.portal.pages.submit import Attempt, Typed
from services.portal.queries.articles import has_words_of_office
from services.portal.queries.history import moment_of
from services.portal.queries.tickets import find_state
from services.portal.queries.viewers import Reading
from services.portal.usecases import Done
from shared.core.ids import derived_id
from shared.text.sentences import N_
from shared.web.state import translator_of

_FROM_OFFICE = frozenset({"question", "answer"})
_WRITTEN = N_(
    "The office has written to you since you opened this page. Your message has not been sent yet."
)


async def send_unless_unread(
    request: Request, number: str, typed: Typed, send: Callable[[Typed], Awaitable[Done | Attempt]]
) -> Done | Attempt:
    """Send what was `typed` about the ticket `number`, or return the attempt that asks about what
    the office wrote meanwhile.
    """
    tried = await send(typed)
    told = _version_told(tried)
    if told is None or not isinstance(tried, Attempt):
        return tried
    async with portal_of(request).database.reading() as connection:
        if not await _is_unread(connection, number, typed, told):
            # Derived, so that the same form sent again is the same command.
            again = str(
                derived_id("portal.sent-after-news", typed.get("command_id", ""), str(told))
            )
            return await send({**typed, "expected_version": str(told), "command_id": again})
    problem = tried.problem and replace(
        tried.problem, detail=translator_of(request)(_WRITTEN), refusal=None
    )
    return replace(tried, problem=problem)


async def unread_in(
    connection: Reading, number: str, tried: Attempt, articles: Sequence[ArticleView]
) -> list[ArticleView]:
    """Return what the office wrote among the `articles` that the requester may read, where `tried`
    was refused for it.
    """
    if _version_told(tried) is None:
        return []
    since = await _read_at(connection, number, tried.typed)
    return [
        each
        for each in articles
        if each.kind in _FROM_OFFICE and (since is None or each.created_at > since)
    ]


def _version_told(tried: Done | Attempt) -> int | None:
    problem = tried.problem if isinstance(tried, Attempt) else None
    told = (
        problem.facts.get("version")
        if problem is not None and problem.kind == "changed-since"
        else None
    )
    return told if isinstance(told, int) else None


async def _is_unread(connection: Reading, number: str, typed: Typed, told: int) -> bool:
    ticket, since = await find_state(connection, number), await _read_at(connection, number, typed)
    if ticket is None or since is None or ticket.version < told:
        # What came is on its way to this page, so nobody can say here what it is.
        return True
    return await has_words_of_office(connection, ticket.id, since=since)


async def _read_at(connection: Reading, number: str, typed: Typed) -> datetime | None:
    """Return when the version came that the form carries, None where that is not known."""
    version = typed.get("expected_version", "")
    return await moment_of(connection, number, int(version)) if version.isdecimal() else None
