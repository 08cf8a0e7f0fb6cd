"""Lives of tickets as tickets and notify would tell them, made up and always the same; no service
has to run for them.
"""

from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from services.portal.projection.projector import (
    Row,
    article_row,
    delivery_row,
    history_row,
    ticket_row,
    words_rows,
)
from services.tickets.domain.rights import actions_for
from shared.contracts.events.notify import DeliverySent, MailKind
from shared.contracts.events.ticket_state import (
    ENDED,
    AboutChild,
    Article,
    ArticleKind,
    State,
    TicketState,
)
from shared.contracts.events.tickets import (
    TicketAnswered,
    TicketClosed,
    TicketCreated,
    TicketEvent,
    TicketMoved,
    TicketNoted,
    TicketNotified,
    TicketPostponed,
    TicketQuestionAsked,
    TicketQueued,
    TicketRequesterReplied,
    TicketTaken,
    TicketWithdrawn,
)
from shared.contracts.people import SYSTEM, Actor, Requester

_TEXT = (
    "la rata delle tasse risulta ancora da pagare dopo il bonifico del mese scorso e vorrei "
    "sapere come posso regolarizzare la mia "
    "posizione prima della scadenza per iscrivermi agli esami della sessione invernale senza "
    "perdere la borsa di studio che mi spetta "
    "ho controllato nei servizi online ma il certificato non compare tra i documenti e il piano "
    "di studi non si apre dal portale "
    "gentile studente abbiamo verificato con l'ufficio competente la pratica che ci ha segnalato "
    "e le confermiamo quanto segue"
)
_WORDS = _TEXT.split() * 3


ONE_OF = 500
"""People of whom one is Giulia, who can sign in."""


class Life:
    """One ticket from its creation on; each method is something that happened to it, a while after
    what happened before.
    """

    def __init__(self, state: TicketState, chance: Random) -> None:
        """`state` is the ticket as it is created: version 1, in its queue already."""
        self.state = state
        self.history: list[Row] = []
        self.articles: list[Row] = []
        self._written: list[tuple[UUID, Article]] = []
        self.deliveries: list[Row] = []
        self._chance = chance
        self._asker = Actor.model_construct(
            identity=state.requester.identity, name=state.requester.name
        )
        queue = state.queue
        self.state = state.model_copy(update={"queue": None, "version": 0})
        self._happens(TicketCreated, {}, "request", self._asker)
        self._happens(TicketQueued, {"queue": queue})

    @property
    def ticket(self) -> Row:
        """The ticket as it is in the end."""
        return ticket_row(self.state)

    @property
    def words(self) -> Row:
        """The words that searches find the ticket by."""
        (row,) = words_rows({self.state.id: self.state}, self._written, desk=None)
        return row

    def mail_notice(self, kind: MailKind) -> None:
        """A notice was mailed to the requester."""
        self._mail(self._happens(TicketNotified, {}, "notice"), kind)

    def take(self, operator: Actor) -> None:
        self._happens(
            TicketTaken,
            {"state": "open", "owner": operator.identity, "responsible": operator.identity},
            actor=operator,
        )

    def note(self, operator: Actor) -> None:
        self._happens(TicketNoted, {}, "note", operator)

    def ask(self, operator: Actor) -> None:
        self._mail(
            self._happens(
                TicketQuestionAsked, {"state": "waiting_requester"}, "question", operator
            ),
            "question",
        )

    def answer(self, operator: Actor) -> None:
        self._mail(self._happens(TicketAnswered, {}, "answer", operator), "answer")

    def reply(self) -> None:
        """The requester wrote."""
        self._happens(TicketRequesterReplied, {"state": "open"}, "reply", self._asker)

    def move(self, queue: str, operator: Actor) -> None:
        """To `queue`, where nobody owns it."""
        self._happens(
            TicketMoved,
            {"queue": queue, "owner": None, "last_owner": self.state.owner},
            actor=operator,
        )

    def postpone(self, operator: Actor) -> None:
        until = self.state.updated_at + timedelta(days=30)
        self._happens(
            TicketPostponed, {"state": "postponed", "postponed_until": until}, actor=operator
        )

    def withdraw(self) -> None:
        self._happens(TicketWithdrawn, {"state": "withdrawn"}, actor=self._asker)

    def close(self, operator: Actor, state: State) -> None:
        sent = self._happens(
            TicketClosed, {"state": state, "closed_by": operator.identity}, "answer", operator
        )
        self._mail(sent, "final_answer")

    def tell_of_child(
        self, kind: type[TicketEvent], child: str, child_state: State, changes: dict[str, Any]
    ) -> None:
        """Something happened to the child whose number is `child`."""
        about = AboutChild.model_construct(
            number=child, news="outcome" if child_state in ENDED else "opened", state=child_state
        )
        self._happens(kind, changes, "child", SYSTEM, about)

    def _happens(
        self,
        kind: type[TicketEvent],
        changes: dict[str, Any],
        article: ArticleKind | None = None,
        actor: Actor = SYSTEM,
        about: AboutChild | None = None,
    ) -> Article | None:
        before = self.state
        now = before.updated_at + timedelta(
            seconds=self._chance.expovariate(1 / 20_000) if before.version > 1 else 1
        )
        update = {
            **changes,
            "version": before.version + 1,
            "updated_at": now if before.version else before.created_at,
        }
        if update.get("state") in ENDED:
            update["closed_at"] = now
        state = before.model_copy(update=update)
        allowed = actions_for(
            state.state, is_child=state.parent_id is not None, has_owner=state.owner is not None
        )
        self.state = state.model_copy(update={"actions": allowed})
        written = self._article(article, actor, about) if article else None
        event = kind.model_construct(
            ticket=self.state,
            actor=actor,
            changes={
                name: (_shown(getattr(before, name)), _shown(value))
                for name, value in changes.items()
            },
        )
        self.history.append(history_row(event))
        if written is not None:
            self.articles.append(article_row(self.state.id, written))
            self._written.append((self.state.id, written))
        return written

    def _article(self, kind: ArticleKind, author: Actor, about: AboutChild | None) -> Article:
        return Article.model_construct(
            id=self._some_id(),
            kind=kind,
            author=author,
            visible_to_requester=kind not in ("note", "child"),
            subject=self.state.subject,
            body=make_text(self._chance, self._chance.randint(30, 120)),
            created_at=self.state.updated_at,
            child=about,
        )

    def _mail(self, article: Article | None, kind: MailKind) -> None:
        if article is None:
            raise ValueError("a mail carries an article")
        sent = DeliverySent.model_construct(
            delivery_id=self._some_id(),
            version=3,
            ticket_id=self.state.id,
            article_id=article.id,
            kind=kind,
            state="sent",
            recipient=self.state.requester.email,
            subject=article.subject,
            body=article.body,
            owed_at=article.created_at,
            at=article.created_at + timedelta(seconds=1),
        )
        self.deliveries.append(delivery_row(sent))

    def _some_id(self) -> UUID:
        return id_at(self.state.updated_at, self._chance)


def make_text(chance: Random, words: int) -> str:
    """Return a text of so many words (at most 150), about 5 letters each."""
    start = chance.randrange(len(_WORDS) // 3)
    return " ".join(_WORDS[start : start + words])


def make_requester(chance: Random, people: int) -> Requester:
    """Return one of `people` students."""
    number = chance.randrange(people)
    if number % ONE_OF == 0:
        return Requester.model_construct(
            identity="giulia.neri",
            name="Giulia Neri",
            email="giulia.neri@studenti.example.edu",
            affiliation="student",
        )
    return Requester.model_construct(
        identity=f"studente.{number}",
        name=f"Studente {number:x} Rossi",
        email=f"studente.{number}@studenti.example.edu",
        affiliation="student",
    )


def id_at(moment: datetime, chance: Random) -> UUID:
    """Return a UUIDv7 of `moment`, as those in use are ordered by time."""
    milliseconds = int(moment.timestamp() * 1000)
    return UUID(
        int=(milliseconds << 80)
        | (7 << 76)
        | (chance.getrandbits(12) << 64)
        | (2 << 62)
        | chance.getrandbits(62)
    )


def _shown(value: object) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
