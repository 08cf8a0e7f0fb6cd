"""Many tickets for the portal: some years of a university's help desk, always the same for the same
numbers.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from services.tickets.domain.numbers import ticket_number
from shared.contracts.desk import Desk
from shared.contracts.events.families import TicketChildOpened, TicketChildReported
from shared.contracts.events.ticket_state import Routing, State, TicketState
from shared.contracts.people import Actor, Context
from tests.bench.lives import Life, id_at, make_requester, make_text

PEOPLE = 20_000
SEED = 20261127
FAMILY_SHARE = 0.05
"""Of the tickets of first-level queues with a second level below: how many have a child."""

SHARES = {
    "studenti": (42, ("tasse", "carriera", "iscrizioni")),
    "studenti/carriere": (5, ("carriera",)),
    "studenti/tasse": (6, ("tasse",)),
    "ict": (22, ("account", "posta", "wifi")),
    "ict/identita": (4, ("account",)),
    "ict/rete": (3, ("wifi",)),
    "ict/rete/wifi": (2, ("wifi",)),
    "biblioteche": (7, ("biblioteca",)),
    "internazionale": (5, ("mobilita",)),
    "aule": (4, ("aula",)),
}
"""Queue -> how many of a hundred tickets end up there, and their forms."""

SUBJECTS = {
    "tasse": "Rata non registrata",
    "carriera": "Esame mancante sul libretto",
    "iscrizioni": "Iscrizione al secondo anno",
    "account": "Password dimenticata",
    "posta": "Casella di posta piena",
    "wifi": "Il Wi-Fi non va in aula",
    "biblioteca": "Prestito da rinnovare",
    "mobilita": "Periodo di studio in Portogallo",
    "aula": "Proiettore guasto",
}
CHILD_OF = {"studenti": "studenti/tasse", "ict": "ict/identita"}
ACTIVE: tuple[State, ...] = ("new", "open", "waiting_requester", "waiting_children", "postponed")
ACTIVE_SHARES = (30, 40, 20, 0, 10)


class Population:
    """Makes tickets that people opened before `now`, under `desk` (the example desk)."""

    def __init__(self, desk: Desk, *, now: datetime) -> None:
        self._now = now
        self._chance = Random(SEED)
        self._counters: dict[str, int] = {}
        self._workers = {
            queue: [
                Actor(identity=i, name=o.name)
                for i, o in desk.operators.items()
                if "rw" in desk.rights(i, queue)
            ]
            for queue in desk.queues
        }

    def ended(self, count: int, *, days: int) -> Iterator[Life]:
        """Make `count` tickets that have ended, opened in the last `days` days."""
        made = 0
        while made < count:
            for life in self._one(days=days, has_ended=True)[: count - made]:
                made += 1
                yield life

    def active(self, count: int, *, days: int) -> Iterator[Life]:
        """Make `count` tickets that have not ended, opened in the last `days` days."""
        for _ in range(count):
            yield self._one(days=days, has_ended=False)[0]

    def _one(self, *, days: int, has_ended: bool) -> list[Life]:
        chance = self._chance
        queue = chance.choices(list(SHARES), [share for share, _ in SHARES.values()])[0]
        opened = self._now - timedelta(days=1 + chance.random() * days)
        if not has_ended:
            life = self._life(queue, opened)
            self._leave_active(life, chance.choices(ACTIVE, ACTIVE_SHARES)[0])
            return [life]
        if queue not in CHILD_OF or chance.random() > FAMILY_SHARE:
            life = self._life(queue, opened)
            self._end(life)
            return [life]
        return self._family(queue, opened)

    def _family(self, queue: str, opened: datetime) -> list[Life]:
        parent = self._life(queue, opened)
        worker = self._worker(queue)
        parent.mail_notice("receipt")
        parent.take(worker)
        child = self._life(CHILD_OF[queue], parent.state.updated_at, parent=parent.state)
        number = child.state.number
        parent.tell_of_child(
            TicketChildOpened, number, "new", {"state": "waiting_children", "children": (number,)}
        )
        specialist = self._worker(CHILD_OF[queue])
        child.take(specialist)
        child.note(specialist)
        child.close(specialist, "closed_successful")
        parent.tell_of_child(TicketChildReported, number, "closed_successful", {"state": "open"})
        parent.close(worker, "closed_successful")
        return [parent, child]

    def _end(self, life: Life) -> None:
        chance = self._chance
        life.mail_notice("receipt")
        if chance.random() < 0.03:
            life.withdraw()
            return
        worker = self._work(life)
        life.close(worker, "closed_successful" if chance.random() < 0.88 else "closed_unsuccessful")

    def _leave_active(self, life: Life, state: State) -> None:
        life.mail_notice("receipt")
        if state == "new":
            return
        worker = self._work(life)
        if state == "waiting_requester":
            life.ask(worker)
        elif state == "postponed":
            life.postpone(worker)
        elif self._chance.random() < 0.1:
            life.move(life.state.queue or "", worker)

    def _work(self, life: Life) -> Actor:
        chance = self._chance
        worker = self._worker(life.state.queue or "")
        life.take(worker)
        life.mail_notice("taking_charge")
        for _ in range(chance.choice((0, 0, 0, 1))):
            life.ask(worker)
            life.reply()
        if chance.random() < 0.2:
            life.answer(worker)
        if chance.random() < 0.5:
            life.note(worker)
        return worker

    def _worker(self, queue: str) -> Actor:
        *usual, supervisor = self._workers[queue]
        return self._chance.choice(usual) if usual and self._chance.random() < 0.95 else supervisor

    def _life(self, queue: str, opened: datetime, *, parent: TicketState | None = None) -> Life:
        chance = self._chance
        request_type = chance.choice(SHARES[queue][1])
        day = f"{opened:%Y%m%d}"
        self._counters[day] = counter = self._counters.get(day, 0) + 1
        subject = f"{SUBJECTS[request_type]} {chance.getrandbits(40):010x}"
        description = make_text(chance, chance.randint(20, 80))
        state = TicketState.model_construct(
            id=UUID(int=chance.getrandbits(128), version=5),
            number=ticket_number(opened.date(), system_id=10, counter=counter),
            version=1,
            state="new",
            queue=queue,
            hop_id=id_at(opened, chance),
            priority=chance.choices((1, 2, 3, 4, 5), (1, 4, 80, 12, 3))[0],
            owner=None,
            responsible=None,
            last_owner=None,
            closed_by=None,
            requester=parent.requester if parent else make_requester(chance, PEOPLE),
            request_type=request_type,
            subject=subject,
            fields={
                "subject": subject,
                "description": description,
                "matricola": f"{chance.randrange(10**7):07d}",
            },
            context=Context.model_construct(
                origin="online-services", page="https://servizi.example.edu/tasse", reference=None
            ),
            language="it" if chance.random() < 0.85 else "en",
            parent_id=parent.id if parent else None,
            parent=parent.number if parent else None,
            routing=Routing.model_construct(rule="Tasse", reason=f"request_type = {request_type}"),
            created_at=opened,
            updated_at=opened,
        )
        return Life(state, chance)
