"""Whether a mail or a notice tells of a change that the ticket's history has."""

from collections.abc import Mapping
from uuid import UUID

from services.notify.domain.mails import CARRIES
from shared.comparison.pasts import Past
from shared.contracts.events.guests import GuestLinkAsked
from shared.contracts.events.notify import MailKind
from shared.contracts.events.tickets import (
    TicketAssigned,
    TicketCreated,
    TicketExpired,
    TicketReminded,
    TicketTaken,
)

_TELL_OF: Mapping[MailKind, frozenset[str]] = {
    "receipt": frozenset({TicketCreated.NAME}),
    "taking_charge": frozenset({TicketTaken.NAME, TicketAssigned.NAME}),
    "reminder": frozenset({TicketReminded.NAME}),
    "expired": frozenset({TicketExpired.NAME}),
    "link": frozenset({GuestLinkAsked.NAME}),
}
"""The events that owe a mail of each kind that is no article written by a person."""


def is_mail_of(past: Past | None, *, kind: MailKind, version: int, article_id: UUID) -> bool:
    """Return whether a mail to a requester or an outside address tells of what happened to the
    ticket (None: there is no ticket).
    """
    if past is None:
        return False
    if kind in CARRIES:
        return article_id in past.articles
    change = past.changes.get(version)
    return change is not None and change.event in _TELL_OF[kind]


def is_notice_of(past: Past | None, *, version: int, actor: str | None) -> bool:
    """Return whether a notice tells of a change that `actor` made to the ticket (None: there is no
    ticket).
    """
    change = past.changes.get(version) if past else None
    return change is not None and change.actor == actor
