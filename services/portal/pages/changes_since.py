"""What came to a ticket while somebody wrote: shown above their text before it is sent all the
same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from services.portal.domain.views import ArticleView
from shared.policy.actions.registry import ACTIONS
from shared.web.errors import Problem

ASK_ABOUT_NEWS = frozenset(action.key for action in ACTIONS if action.writes_to)
"""The actions whose forms carry the version that was read."""


@dataclass(frozen=True, slots=True)
class CameSince:
    """A change that came meanwhile: the event that told it, who made it ("" for the system), and
    the articles it added.
    """

    event: str
    author: str
    at: datetime
    articles: Sequence[ArticleView]


def news_in(problem: Problem | None, articles: Iterable[ArticleView]) -> list[CameSince]:
    """Return what `problem` says that came; `articles` are those of the ticket that its reader may
    see.
    """
    told = cast("Sequence[dict[str, Any]]", problem.facts.get("news", ())) if problem else ()
    by_moment: dict[datetime, list[ArticleView]] = {}
    for article in articles:
        by_moment.setdefault(article.created_at, []).append(article)
    moments = [datetime.fromisoformat(each["at"]) for each in told]
    return [
        CameSince(each["event"], each["actor"]["name"], at, by_moment.get(at, ()))
        for each, at in zip(told, moments, strict=True)
    ]


def version_read(shown: int, problem: Problem | None) -> int:
    """Return the version that the forms of a page carry: the one `shown`, or the one that `problem`
    tells of, if that is newer.

    So what somebody was told of once is not asked again, even while the read model is on its way
    there.
    """
    told = (
        problem.facts.get("version", 0)
        if problem is not None and problem.kind == "changed-since"
        else 0
    )
    return max(shown, told) if isinstance(told, int) else shown
