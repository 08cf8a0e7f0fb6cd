"""Comparisons of the data that two services must agree on, for `compare`."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.cli.owed import in_words, walk_owed
from services.intake.queries import numbers_of_requests
from services.notify.domain.delivery import ENDED
from services.notify.domain.notices import Notice
from services.notify.queries import places_in, versions_chosen, walk_mails, walk_notices
from services.notify.repository.replay import Mail
from services.notify.usecases.replay import TOLD, notice_version
from services.portal.queries.compare import (
    versions_of_mails,
    versions_of_notices,
    versions_of_preferences,
)
from services.portal.queries.recovery import walk_pasts
from services.routing.queries import decided_among
from services.tickets.queries import (
    KnownMails,
    actors_of_changes,
    known_mails,
    numbers_of_tickets,
    pasts_of,
    waiting_for_queue,
    walk_queues,
)
from shared.comparison.pasts import beyond
from shared.core.errors import DeskMissing
from shared.database.database import Database

Databases = Mapping[str, Database]
UNHEARD = "?"
"""No queue has this name: the ticket is unknown."""

NEVER_MADE = "changes whose mails were never made"
WITHOUT_ARTICLE = "mails whose article tickets does not have"
UNKNOWN_FAILURES = "mails that failed without tickets knowing"
UNDECIDED = "tickets that wait for a queue without routing knowing"
UNHEARD_DECISIONS = "tickets that have not heard which queue routing decided"
MISPLACED = "tickets whose queue notify does not know"
WITHOUT_CHANGE = "notices of changes that tickets does not have"
AHEAD = "tickets of which the portal has what tickets does not have (recover mends that)"
BEHIND = "tickets of which the portal lacks something"
MAILS_UNSHOWN = "mails whose end the portal does not show"
NOTICES_UNSHOWN = "notices that the portal does not show as they stand"
PREFERENCES_UNSHOWN = "operators whose preferences the portal does not show"
MOST_IN_SENTENCE = 10
LOST_TICKETS = "mails of tickets that do not exist"


@dataclass(frozen=True, slots=True)
class Agreement:
    """The result of one comparison: `counts` as a sentence, differences by kind and key, and those
    that no command repairs.
    """

    counts: str
    different: Mapping[str, Mapping[object, str]]
    hopeless: Mapping[str, Mapping[object, str]] = field(default_factory=dict)

    def still(self, later: "Agreement") -> "Agreement":
        """Return `later` with only those differences whose key differed here already."""
        known = {key for which in self.different.values() for key in which}
        kept = {
            what: {key: words for key, words in which.items() if key in known}
            for what, which in later.different.items()
        }
        return Agreement(later.counts, kept, later.hopeless)

    @property
    def is_whole(self) -> bool:
        """Whether nothing differs."""
        return not any(self.different.values())


def bounded(different: Sequence[str]) -> str:
    """Return the first of `different` in one sentence, with the number of the others."""
    more = len(different) - MOST_IN_SENTENCE
    return ", ".join(different[:MOST_IN_SENTENCE]) + (f" and {more} more" if more > 0 else "")


async def requests_and_tickets(databases: Databases) -> Agreement:
    """Compare the requests of intake with the tickets made from them."""
    sent, made = await asyncio.gather(
        numbers_of_requests(databases["intake"]), numbers_of_tickets(databases["tickets"])
    )
    different = {
        "requests without a ticket": sorted(sent.keys() - made.keys()),
        "tickets of requests that intake does not have": sorted(made.keys() - sent.keys()),
        "requests whose number intake does not know": sorted(
            i for i in sent.keys() & made.keys() if sent[i] != made[i]
        ),
    }
    in_order: dict[str, dict[object, str]] = {
        what: {i: f"{i} ({made[i]})" if i in made else str(i) for i in which}
        for what, which in different.items()
    }
    return Agreement(f"requests: {len(sent)} in intake, {len(made)} in tickets", in_order)


async def tickets_and_routing(databases: Databases) -> Agreement:
    """Compare the tickets that wait for a queue with the decisions of routing."""
    waiting = await waiting_for_queue(databases["tickets"])
    decided = await decided_among(databases["routing"], waiting)
    undecided: dict[object, str] = {
        hop: number for hop, number in waiting.items() if hop not in decided
    }
    unheard: dict[object, str] = {hop: number for hop, number in waiting.items() if hop in decided}
    counts = (
        f"queues: {len(waiting)} tickets wait for one, {len(decided)} of these routing has decided"
    )
    return Agreement(counts, {UNDECIDED: undecided, UNHEARD_DECISIONS: unheard})


async def tickets_and_places(databases: Databases) -> Agreement:
    """Compare the queues of the tickets with notify's copy, which decides who may be notified."""
    count = 0
    different: dict[object, str] = {}
    async for tickets in walk_queues(databases["tickets"]):
        count += len(tickets)
        places = await places_in(databases["notify"], tickets)
        different |= {
            (ticket_id, queue): number
            for ticket_id, (number, queue) in tickets.items()
            if places.get(ticket_id, UNHEARD) != queue
        }
    return Agreement(
        f"places: {count} tickets, of {count - len(different)} notify knows the queue",
        {MISPLACED: different},
    )


async def tickets_and_owed_mails(
    databases: Databases, *, since: datetime, since_in_words: str
) -> Agreement:
    """Compare the mails that the history of the tickets owes with the ledgers of notify."""
    found: dict[object, str] = {}
    not_known: dict[object, str] = {}
    try:
        async for owed in walk_owed(
            databases["tickets"], databases["notify"], databases["routing"], since=since
        ):
            found |= {
                (each.event.ticket.id, each.event.ticket.version): in_words(each)
                for each in owed.unheard
            }
            not_known |= {
                (each.ticket_id, each.version): f"{each.number} version {each.version}: {each.what}"
                for each in owed.untold
            }
    except DeskMissing:
        return Agreement("mails: notify has no desk, so what is owed is not known", {})
    counts = f"mails: {len(found)} changes since {since_in_words} owe mails that were never made"
    return Agreement(
        counts, {NEVER_MADE: found}, {"changes of which it is not known what they owe": not_known}
    )


async def mails_and_articles(databases: Databases) -> Agreement:
    """Compare the mails of notify with the articles and the failures that tickets has."""
    count = 0
    lost: dict[object, str] = {}
    without: dict[object, str] = {}
    unknown: dict[object, str] = {}
    async for mails in walk_mails(databases["notify"]):
        count += len(mails)
        told = [mail for mail in mails if mail.state in TOLD and mail.delivery.kind != "link"]
        known = await known_mails(
            databases["tickets"],
            tickets={mail.delivery.ticket_id for mail in mails},
            articles={mail.delivery.article_id for mail in told},
        )
        lost |= {
            mail.delivery.id: _in_words(mail)
            for mail in mails
            if mail.delivery.ticket_id not in known.failures
        }
        here = [mail for mail in told if mail.delivery.ticket_id in known.failures]
        without |= {
            mail.delivery.id: _in_words(mail)
            for mail in here
            if mail.delivery.article_id not in known.articles
        }
        unknown |= {
            mail.delivery.id: _in_words(mail) for mail in mails if _is_failure_unknown(mail, known)
        }
    counts = f"deliveries: {count} mails to requesters and outside in notify"
    return Agreement(
        counts, {LOST_TICKETS: lost, WITHOUT_ARTICLE: without, UNKNOWN_FAILURES: unknown}
    )


async def notices_and_changes(databases: Databases) -> Agreement:
    """Compare the notices of notify with the changes of tickets that caused them."""
    count = 0
    without: dict[object, str] = {}
    async for raised in walk_notices(databases["notify"]):
        count += len(raised)
        actors = await actors_of_changes(
            databases["tickets"], {notice.ticket_id for notice, _ in raised}
        )
        without |= {
            notice.id: f"{notice.number} version {notice.ticket_version}"
            for notice, _ in raised
            if actors.get((notice.ticket_id, notice.ticket_version), UNHEARD)
            != notice.actor.identity
        }
    return Agreement(f"notices: {count} to operators in notify", {WITHOUT_CHANGE: without})


async def tickets_shown_otherwise(databases: Databases) -> Agreement:
    """Compare tickets and the portal ticket by ticket, used when their partitions differ."""
    ahead: dict[object, str] = {}
    behind: dict[object, str] = {}
    shown: set[UUID] = set()
    async for page in walk_pasts(databases["portal"]):
        shown |= page.keys()
        owners = await pasts_of(databases["tickets"], page)
        ahead |= {
            ticket_id: past.number
            for ticket_id, past in page.items()
            if beyond(past, owners.get(ticket_id))
        }
        behind |= {
            ticket_id: past.number
            for ticket_id, past in owners.items()
            if beyond(past, page[ticket_id])
        }
    async for tickets in walk_queues(databases["tickets"]):
        behind |= {
            ticket_id: number
            for ticket_id, (number, _) in tickets.items()
            if ticket_id not in shown
        }
    return Agreement("", {AHEAD: ahead, BEHIND: behind})


async def notify_and_portal(databases: Databases) -> Agreement:
    """Compare notify's ended mails, notices and preferences with the portal's copies."""
    counts = [0, 0]
    mails: dict[object, str] = {}
    notices: dict[object, str] = {}
    async for some in walk_mails(databases["notify"]):
        ended = [mail for mail in some if mail.state in ENDED]
        shown = await versions_of_mails(databases["portal"], {mail.delivery.id for mail in ended})
        mails |= {
            (mail.delivery.id, mail.version): _in_words(mail)
            for mail in ended
            if shown.get(mail.delivery.id) != mail.version
        }
        counts[0] += len(some)
    async for raised in walk_notices(databases["notify"]):
        shown = await versions_of_notices(databases["portal"], {notice.id for notice, _ in raised})
        notices |= {
            notice.id: notice.number
            for notice, mail in raised
            if not _is_shown(notice, mail, shown.get(notice.id))
        }
        counts[1] += len(raised)
    chosen, seen = (
        await versions_chosen(databases["notify"]),
        await versions_of_preferences(databases["portal"]),
    )
    preferences: dict[object, str] = {
        each: each for each, version in chosen.items() if seen.get(each) != version
    }
    different = {MAILS_UNSHOWN: mails, NOTICES_UNSHOWN: notices, PREFERENCES_UNSHOWN: preferences}
    return Agreement(
        f"shown: {counts[0]} mails, {counts[1]} notices and {len(chosen)} preferences in notify",
        different,
    )


def _is_shown(notice: Notice, mail: Mail | None, version: int | None) -> bool:
    if version is None:
        return False
    return mail is None or mail.state not in ENDED or version == notice_version(notice, mail)


def _is_failure_unknown(mail: Mail, known: KnownMails) -> bool:
    failures = known.failures.get(mail.delivery.ticket_id)
    return (
        mail.state == "failed"
        and failures is not None
        and failures.get(mail.delivery.id, 0) < mail.version
    )


def _in_words(mail: Mail) -> str:
    return f"{mail.delivery.ticket_number} ({mail.delivery.kind.replace('_', ' ')})"
