"""Who of the operators is told of what: the matrix, row by row."""

from typing import Any
from uuid import uuid4

import pytest

from services.notify.domain.mails import MailOwed, mail_owed
from services.notify.domain.matrix import (
    MAY_MUTE,
    NoticeOwed,
    Subscribers,
    Why,
    is_muted,
    notices_owed,
)
from shared.contracts.desk import Desk, Right
from shared.contracts.events import families, guests, mails, merging, tickets
from shared.contracts.events.notify import NoticeKind
from shared.contracts.events.ticket_state import AboutChild
from shared.contracts.events.tickets import TicketEvent
from shared.contracts.people import SYSTEM, Actor, Requester
from shared.messaging.topology import HEARS
from tests.factories.mails import make_article
from tests.factories.notices import RIGHTS, about, make_notices_desk, make_operator

CHILD = {"child_id": uuid4(), "child": "2026092810000025"}
OTHER = {"other_id": uuid4(), "other": "2026092810000025"}
RESENT = {"delivery_id": uuid4(), "to": "giulia@example.org"}
FAILED = RESENT | {"article_id": uuid4(), "kind": "final_answer", "reason": "550 no such mailbox"}
FREE: dict[str, Any] = {"owner": None}
LEFT = {"changes": {"owner": ("old-owner", None)}}
GIVEN = {"changes": {"owner": ("old-owner", "owner")}}
FROM_CHILD = make_article(
    "answer", "Sì.", child=AboutChild(number="2026092810000025", news="answer", state="open")
)

OWNER = {"owner": "owner"}
RESPONSIBLE = {"responsible": "responsible"}
WATCHER = {"watcher": "watcher"}
OLD_OWNER = {"old-owner": "old_owner"}
LAST_OWNER = {"last-owner": "last_owner"}
# `somebody`, who works it too, is the one who acts.
QUEUE = {"owner": "queue", "colleague": "queue"}
SYSTEMS_QUEUE = {"somebody": "queue", "owner": "queue", "colleague": "queue"}

TOLD: list[tuple[str, TicketEvent, NoticeKind | None, dict[str, str]]] = [
    (
        "a request without a queue",
        about(
            tickets.TicketCreated,
            extra={"request_id": uuid4()},
            queue=None,
            owner=None,
            responsible=None,
            watchers=(),
        ),
        None,
        {},
    ),
    (
        "a child opened in a queue",
        about(
            tickets.TicketCreated,
            extra={"request_id": None},
            queue="studenti/tasse",
            owner=None,
            responsible=None,
            watchers=(),
        ),
        "created",
        {"expert": "queue"},
    ),
    (
        "a ticket that reached its queue",
        about(tickets.TicketQueued, actor=SYSTEM, owner=None, responsible=None, watchers=()),
        "created",
        SYSTEMS_QUEUE,
    ),
    (
        "a ticket that reached its queue by an operator's own act",
        about(
            tickets.TicketQueued,
            actor=SYSTEM,
            extra={"caused_by": "somebody"},
            owner=None,
            responsible=None,
            watchers=(),
        ),
        "created",
        QUEUE,
    ),
    (
        "an escalated ticket that reached its queue",
        about(
            tickets.TicketQueued,
            actor=SYSTEM,
            extra={"escalated_from": "studenti"},
            owner=None,
            queue="studenti/tasse",
        ),
        "moved",
        RESPONSIBLE | LAST_OWNER | WATCHER | {"somebody": "queue", "expert": "queue"},
    ),
    (
        "escalated, its queue unknown",
        about(tickets.TicketEscalated, extra=LEFT, owner=None, queue=None),
        None,
        {},
    ),
    (
        "asked for a queue again",
        about(tickets.TicketRoutingRequested, actor=SYSTEM, owner=None, queue=None),
        None,
        {},
    ),
    (
        "taken",
        about(tickets.TicketTaken, extra={"first_time": True}),
        "taken",
        OWNER | RESPONSIBLE | WATCHER,
    ),
    (
        "taken from who had lost his right",
        about(
            tickets.TicketTaken, extra=GIVEN | {"first_time": False}, actor=Actor(identity="owner")
        ),
        "taken",
        OLD_OWNER | RESPONSIBLE | WATCHER,
    ),
    (
        "assigned",
        about(tickets.TicketAssigned, extra=GIVEN | {"first_time": False}),
        "owner_changed",
        OWNER | OLD_OWNER | RESPONSIBLE | WATCHER,
    ),
    (
        "released",
        about(tickets.TicketReleased, extra=LEFT, owner=None),
        "owner_changed",
        OLD_OWNER | RESPONSIBLE | WATCHER,
    ),
    (
        "released by the system",
        about(
            tickets.TicketReleasedBySystem,
            actor=SYSTEM,
            extra={"changes": {"owner": ("last-owner", None)}},
            owner=None,
        ),
        "released",
        LAST_OWNER | RESPONSIBLE | SYSTEMS_QUEUE,
    ),
    (
        "a responsible taken away by the system",
        about(
            tickets.TicketReleasedBySystem,
            actor=SYSTEM,
            extra={"changes": {"responsible": ("old-responsible", None)}},
            responsible=None,
        ),
        "responsible_changed",
        OWNER | {"old-responsible": "old_responsible"} | WATCHER,
    ),
    (
        "another responsible",
        about(
            tickets.TicketResponsibleChanged,
            extra={"changes": {"responsible": ("old-responsible", "responsible")}},
        ),
        "responsible_changed",
        OWNER | RESPONSIBLE | {"old-responsible": "old_responsible"} | WATCHER,
    ),
    ("a question", about(tickets.TicketQuestionAsked), "question", RESPONSIBLE | WATCHER),
    (
        "a reply to its owner",
        about(tickets.TicketRequesterReplied),
        "requester_replied",
        OWNER | RESPONSIBLE | WATCHER,
    ),
    (
        "a reply to a merged request",
        about(tickets.TicketRequesterReplied, state="merged"),
        None,
        {},
    ),
    (
        "a reply that nobody holds",
        about(tickets.TicketRequesterReplied, owner=None, actor=Actor(identity="giulia.neri")),
        "requester_replied",
        RESPONSIBLE | LAST_OWNER | WATCHER | SYSTEMS_QUEUE,
    ),
    (
        "a reply that opens a closed ticket again",
        about(
            tickets.TicketRequesterReplied,
            extra={"changes": {"state": ("closed_successful", "open")}},
        ),
        "requester_replied",
        OWNER | LAST_OWNER | RESPONSIBLE | WATCHER,
    ),
    ("a note", about(tickets.TicketNoted), "note", OWNER | RESPONSIBLE | WATCHER),
    (
        "moved",
        about(tickets.TicketMoved, extra=LEFT, owner=None, queue="studenti/tasse"),
        "moved",
        OLD_OWNER | RESPONSIBLE | WATCHER | {"expert": "queue"},
    ),
    (
        "a move taken back",
        about(
            tickets.TicketMoveUndone,
            extra={"undone": 4, "changes": {"owner": ("old-owner", "owner")}},
        ),
        "moved",
        OWNER | OLD_OWNER | RESPONSIBLE | WATCHER | {"colleague": "queue"},
    ),
    (
        "closed",
        about(tickets.TicketClosed, state="closed_successful"),
        "closed",
        OWNER | RESPONSIBLE | WATCHER,
    ),
    (
        "a child closed, at the child",
        about(
            tickets.TicketClosed,
            state="closed_successful",
            parent_id=uuid4(),
            parent="2026092810000025",
        ),
        "closed",
        OWNER | RESPONSIBLE | WATCHER | {"colleague": "queue"},
    ),
    (
        "a child withdrawn, at the child",
        about(
            tickets.TicketWithdrawn,
            state="withdrawn",
            owner=None,
            parent_id=uuid4(),
            parent="2026092810000025",
        ),
        "closed",
        RESPONSIBLE | WATCHER | QUEUE,
    ),
    (
        "expired",
        about(tickets.TicketExpired, actor=SYSTEM, state="closed_unsuccessful"),
        "closed",
        OWNER | RESPONSIBLE | WATCHER,
    ),
    (
        "expired without an owner",
        about(tickets.TicketExpired, actor=SYSTEM, state="closed_unsuccessful", **FREE),
        "closed",
        RESPONSIBLE | WATCHER | SYSTEMS_QUEUE,
    ),
    (
        "withdrawn",
        about(tickets.TicketWithdrawn, state="withdrawn", owner=None),
        "closed",
        RESPONSIBLE | WATCHER,
    ),
    (
        "reopened for its owner",
        about(tickets.TicketReopened),
        "reopened",
        OWNER | LAST_OWNER | RESPONSIBLE | WATCHER,
    ),
    (
        "reopened for nobody",
        about(tickets.TicketReopened, extra=LEFT, **FREE),
        "reopened",
        LAST_OWNER | RESPONSIBLE | WATCHER | QUEUE,
    ),
    ("postponed", about(tickets.TicketPostponed), "changed", RESPONSIBLE),
    ("resumed", about(tickets.TicketResumed), "changed", OWNER | RESPONSIBLE),
    ("due", about(tickets.TicketDue, actor=SYSTEM), "due", OWNER | RESPONSIBLE),
    (
        "due without an owner",
        about(tickets.TicketDue, actor=SYSTEM, **FREE),
        "due",
        RESPONSIBLE | SYSTEMS_QUEUE,
    ),
    ("another priority", about(tickets.TicketPriorityChanged), "changed", RESPONSIBLE),
    (
        "an answer",
        about(tickets.TicketAnswered, extra={"articles": (make_article("answer", "Sì."),)}),
        "changed",
        RESPONSIBLE,
    ),
    (
        "a child's answer",
        about(tickets.TicketAnswered, extra={"articles": (FROM_CHILD,)}),
        "child",
        OWNER | RESPONSIBLE | WATCHER,
    ),
    ("a link", about(tickets.TicketLinked), "changed", RESPONSIBLE),
    ("a link taken away", about(tickets.TicketUnlinked), "changed", RESPONSIBLE),
    (
        "a mail that was not delivered",
        about(mails.TicketUndelivered, actor=SYSTEM, extra=FAILED),
        "undelivered",
        OWNER | RESPONSIBLE,
    ),
    (
        "a mail that was not delivered, of a ticket without an owner",
        about(mails.TicketUndelivered, actor=SYSTEM, extra=FAILED, owner=None),
        "undelivered",
        RESPONSIBLE | SYSTEMS_QUEUE,
    ),
    ("a mail sent again", about(mails.TicketMailResent, extra=RESENT), "changed", RESPONSIBLE),
    (
        "a forward",
        about(tickets.TicketForwarded, extra={"to": "a@example.org"}),
        "changed",
        RESPONSIBLE,
    ),
    (
        "a child opened",
        about(families.TicketChildOpened, extra=CHILD),
        "child",
        OWNER | RESPONSIBLE | WATCHER,
    ),
    (
        "a child ended",
        about(families.TicketChildReported, extra=CHILD | {"news": "outcome"}),
        "child",
        OWNER | RESPONSIBLE | WATCHER,
    ),
    (
        "a child ended where nobody holds the parent",
        about(families.TicketChildReported, extra=CHILD | {"news": "outcome"}, **FREE),
        "child",
        RESPONSIBLE | WATCHER | QUEUE,
    ),
    (
        "a child withdrawn where nobody holds the parent",
        about(families.TicketChildReported, extra=CHILD | {"news": "withdrawn"}, **FREE),
        "child",
        RESPONSIBLE | WATCHER | QUEUE,
    ),
    (
        "a child's answer where nobody holds the parent",
        about(tickets.TicketAnswered, extra={"articles": (FROM_CHILD,)}, **FREE),
        "child",
        RESPONSIBLE | WATCHER | QUEUE,
    ),
    (
        "a child came back to an owner",
        about(families.TicketChildReported, extra=CHILD | {"news": "returned"}),
        "child",
        OWNER | RESPONSIBLE | WATCHER,
    ),
    (
        "a child came back to nobody",
        about(families.TicketChildReported, extra=CHILD | {"news": "returned"}, **FREE),
        "child",
        RESPONSIBLE | WATCHER | QUEUE,
    ),
    (
        "a child's question to nobody",
        about(families.TicketChildReported, extra=CHILD | {"news": "question"}, **FREE),
        "child",
        RESPONSIBLE | WATCHER | QUEUE,
    ),
    (
        "bounced",
        about(families.TicketBounced, extra=LEFT, state="returned", **FREE),
        "child",
        OLD_OWNER | RESPONSIBLE | WATCHER,
    ),
    (
        "resent",
        about(
            families.TicketResent,
            extra={"bounced_by": "bouncer"},
            state="new",
            owner=None,
            queue="studenti/tasse",
        ),
        "child",
        {"bouncer": "bounced_by"} | RESPONSIBLE | WATCHER | {"expert": "queue"},
    ),
    ("a recipe decided", about(families.TicketRunDecided), "changed", RESPONSIBLE),
    (
        "merged",
        about(merging.TicketMerged, extra={"into_id": uuid4(), "into": "1"}, state="merged"),
        "changed",
        OWNER | RESPONSIBLE,
    ),
    (
        "absorbed",
        about(merging.TicketAbsorbed, extra={"absorbed_id": uuid4(), "absorbed": "1"}),
        "changed",
        OWNER | RESPONSIBLE,
    ),
    (
        "a merge taken back",
        about(merging.TicketMergeUndone, extra=OTHER),
        "changed",
        OWNER | RESPONSIBLE,
    ),
    ("a guest confirmed", about(guests.RequesterConfirmed), None, {}),
    ("a guest's link asked for again", about(guests.GuestLinkAsked, actor=SYSTEM), None, {}),
    ("shared with somebody", about(tickets.TicketShared), "changed", RESPONSIBLE),
    ("shared with somebody no more", about(tickets.TicketUnshared), "changed", RESPONSIBLE),
    ("a watcher more", about(tickets.TicketWatchersChanged), None, {}),
    ("a reminder to the requester", about(tickets.TicketReminded, actor=SYSTEM), None, {}),
    ("a notice to the requester", about(tickets.TicketNotified, actor=SYSTEM), None, {}),
]


def owed(
    event: TicketEvent, desk: Desk | None = None, *, mail: MailOwed | None = None
) -> list[NoticeOwed]:
    desk = desk or make_notices_desk()
    return notices_owed(event, desk, Subscribers(desk), mail=mail)


@pytest.mark.parametrize(
    ("event", "kind", "told"), [row[1:] for row in TOLD], ids=[row[0] for row in TOLD]
)
def test_each_row_of_the_matrix(
    event: TicketEvent, kind: NoticeKind | None, told: dict[str, Why]
) -> None:
    found = owed(event)

    assert {one.operator: one.why for one in found} == told
    assert {one.kind for one in found} == ({kind} if kind else set())


def test_the_table_has_every_event_that_notify_hears_of_tickets() -> None:
    assert {type(event) for _, event, _, _ in TOLD} == {
        event for event in HEARS["notify"] if issubclass(event, TicketEvent)
    }


@pytest.mark.parametrize("event", [row[1] for row in TOLD], ids=[row[0] for row in TOLD])
def test_who_acts_is_never_told_and_nobody_is_told_twice(event: TicketEvent) -> None:
    by_nobody = [one.operator for one in owed(event.model_copy(update={"actor": SYSTEM}))]

    by_each = {
        each: [
            one.operator for one in owed(event.model_copy(update={"actor": Actor(identity=each)}))
        ]
        for each in RIGHTS
    }

    assert len(by_nobody) == len(set(by_nobody))
    assert by_each == {each: [one for one in by_nobody if one != each] for each in RIGHTS}


@pytest.mark.parametrize("event", [row[1] for row in TOLD], ids=[row[0] for row in TOLD])
def test_nobody_is_told_of_a_ticket_that_he_may_not_see(event: TicketEvent) -> None:
    desk = make_notices_desk(
        operators={
            name: make_operator(name, {"urp": ("move_into", "create"), "altri": ("rw",)})
            for name in RIGHTS
        }
    )

    assert owed(event, desk) == []


def test_a_ticket_without_a_queue_is_told_only_to_who_sees_all() -> None:
    everything: dict[str, tuple[Right, ...]] = dict.fromkeys(("urp", "tasse", "altri"), ("rw",))
    rights: dict[str, dict[str, tuple[Right, ...]]] = {
        "owner": {"urp": ("rw",)},
        "watcher": everything,
    }
    desk = make_notices_desk(operators={name: make_operator(name, rights[name]) for name in rights})

    assert owed(about(tickets.TicketNoted, queue=None), desk) == [
        NoticeOwed("watcher", "note", "watcher")
    ]


@pytest.mark.parametrize(
    "requester",
    [
        Requester(identity="watcher", name="", email="home@example.org"),
        Requester(name="", email="WATCHER@example.edu", assurance="confirmed"),
    ],
    ids=["by identity", "by address"],
)
def test_an_operator_whose_own_request_it_is_gets_the_mail_of_the_requester_and_no_notice_beside_it(
    requester: Requester,
) -> None:
    articles = {"articles": (make_article("answer", "Fatto."),)}
    closed = about(
        tickets.TicketClosed, state="closed_successful", requester=requester, extra=articles
    )
    noted = about(tickets.TicketNoted, requester=requester)

    assert [one.operator for one in owed(closed, mail=mail_owed(closed))] == [
        "owner",
        "responsible",
    ]
    assert [one.operator for one in owed(noted, mail=mail_owed(noted))] == [
        "owner",
        "responsible",
        "watcher",
    ]


def test_an_operator_whose_address_somebody_typed_is_told_as_an_operator_all_the_same() -> None:
    typed = Requester(name="Watcher", email="watcher@example.edu")
    articles = {"articles": (make_article("answer", "Fatto."),)}
    closed = about(tickets.TicketClosed, state="closed_successful", requester=typed, extra=articles)

    assert [one.operator for one in owed(closed, mail=mail_owed(closed))] == [
        "owner",
        "responsible",
        "watcher",
    ]


def test_an_operator_to_whose_address_something_is_forwarded_is_not_told_of_it_again() -> None:
    articles = {"articles": (make_article("forward", "Guarda."),)}
    forwarded = about(tickets.TicketForwarded, extra=articles | {"to": "responsible@example.edu"})
    elsewhere = about(
        tickets.TicketForwarded,
        extra=articles | {"to": "a@example.org"},
        requester=Requester(identity="responsible", name="", email="b@example.org"),
    )

    assert owed(forwarded, mail=mail_owed(forwarded)) == []
    assert [one.operator for one in owed(elsewhere, mail=mail_owed(elsewhere))] == ["responsible"]


def test_an_owner_who_may_no_longer_work_the_queue_counts_as_none() -> None:
    event = about(
        tickets.TicketRequesterReplied,
        owner="old-owner",
        last_owner="old-owner",
        responsible=None,
        watchers=(),
    )

    assert owed(event) == [
        NoticeOwed("old-owner", "requester_replied", "last_owner"),
        NoticeOwed("owner", "requester_replied", "queue"),
        NoticeOwed("colleague", "requester_replied", "queue"),
    ]


def test_somebody_who_is_several_things_is_told_as_the_weightiest() -> None:
    event = about(
        tickets.TicketReopened,
        owner="owner",
        responsible="owner",
        last_owner="owner",
        watchers=("owner", "colleague"),
    )

    assert owed(event) == [
        NoticeOwed("owner", "reopened", "owner"),
        NoticeOwed("colleague", "reopened", "watcher"),
    ]


def test_only_queue_and_watchers_may_mute_and_only_what_they_muted() -> None:
    whys: tuple[Why, ...] = (
        "owner",
        "old_owner",
        "responsible",
        "old_responsible",
        "last_owner",
        "bounced_by",
        "watcher",
        "queue",
    )

    assert (
        {why for why in whys if is_muted(NoticeOwed("owner", "note", why), frozenset({"note"}))}
        == MAY_MUTE
        == {"watcher", "queue"}
    )
    assert not is_muted(NoticeOwed("owner", "note", "queue"), frozenset({"closed"}))


def test_a_queue_that_the_desk_no_longer_has_has_no_subscribers() -> None:
    subscribers = Subscribers(make_notices_desk())

    assert subscribers.of("gone") == ()
    assert subscribers.of(None) == ()
    assert subscribers.of("studenti") == ("somebody", "owner", "colleague")
