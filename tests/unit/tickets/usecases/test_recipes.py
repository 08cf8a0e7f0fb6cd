"""Recipes: which step comes when, and how a run is held by messages."""

from uuid import uuid4

import pytest

from services.tickets.domain.recipes import (
    asks_about,
    begin_run,
    due_steps,
    run_as,
    step_ended,
    step_opened,
    stop_run,
)
from services.tickets.domain.ticket import Ticket
from services.tickets.usecases.children import bounce, hear_of_children
from services.tickets.usecases.closing import close
from services.tickets.usecases.merging import merge
from services.tickets.usecases.ownership import take
from services.tickets.usecases.recipes import begin_due_steps, decide_step
from services.tickets.usecases.undoing import undo
from shared.contracts.desk import Desk, FieldCondition, Recipe, RecipeStep
from shared.contracts.events.families import ChildTold, RunDue
from shared.contracts.events.ticket_state import Run, RunState
from shared.core.cause import Cause
from shared.core.errors import HeldBySomebodyElse, ImpossibleValue
from tests.factories.tickets import ANNA, make_queued_ticket, minutes
from tests.factories.tickets_desk import make_desk, make_operator, make_text
from tests.fakes.tickets_do import Asked, do
from tests.fakes.tickets_store import FakeCounters, FakeTickets


def make_step(name: str, queue: str = "studenti/carriere", **more: object) -> RecipeStep:
    facts: dict[str, object] = {
        "name": name,
        "title": make_text(name),
        "text": make_text(f"Fate {name}."),
        "queue": queue,
        **more,
    }
    return RecipeStep.model_validate(facts)


def make_recipe(*steps: RecipeStep) -> Recipe:
    return Recipe(title=make_text("Mobilità"), steps=steps)


def make_run(*steps: RecipeStep) -> Run:
    return begin_run(make_recipe(*steps), run_id=uuid4(), fields={"anno": "2026"})


IN_PARALLEL_AFTER_ONE = (
    make_step("a"),
    make_step("b", after=("a",)),
    make_step("c", "ict", after=("a",)),
)


def names(run: Run) -> list[str]:
    return [step.name for step in due_steps(run)]


def states(run: Run | None) -> dict[str, str]:
    return {step.name: step.state for step in run.steps} if run else {}


# ------------------------------------------------------------ which step comes next


def test_steps_come_when_all_that_they_come_after_is_behind_them() -> None:
    run = make_run(*IN_PARALLEL_AFTER_ONE)
    assert names(run) == ["a"]

    run = step_opened(run, "a", child="1")
    assert names(run) == []

    assert names(step_ended(run, "a", is_successful=True)) == ["b", "c"]


def test_a_step_whose_condition_does_not_hold_is_left_out() -> None:
    run = make_run(
        make_step("a", when=(FieldCondition(field="anno", operator=">=", value=2027),)),
        make_step("b", after=("a",)),
    )

    assert (states(run), names(run)) == ({"a": "skipped", "b": "waiting"}, ["b"])


def test_a_recipe_of_which_nothing_applies_is_done_at_once() -> None:
    assert (
        make_run(make_step("a", when=(FieldCondition(field="paese", operator="present"),))).state
        == "done"
    )


@pytest.mark.parametrize(
    ("policy", "state", "next_steps", "asks"),
    [
        ("stop", "stopped", [], ()),
        ("continue", "running", ["b"], ()),
        ("ask", "asking", [], ("a",)),
    ],
)
def test_an_unsuccessful_step_stops_goes_on_or_asks(
    policy: str, state: RunState, next_steps: list[str], asks: tuple[str, ...]
) -> None:
    run = step_opened(
        make_run(make_step("a", if_unsuccessful=policy), make_step("b", after=("a",))),
        "a",
        child="1",
    )

    run = step_ended(run, "a", is_successful=False)

    assert (run.state, names(run), asks_about(run)) == (state, next_steps, asks)


def test_a_run_follows_the_states_of_its_tickets_in_whatever_order_they_are_heard_of() -> None:
    run = step_opened(make_run(make_step("a"), make_step("b")), "a", child="1")
    run = step_opened(run, "b", child="2")

    ended = run_as(run, {"1": "closed_successful", "2": "withdrawn"})
    reopened = run_as(ended, {"1": "open", "2": "withdrawn"})

    assert (states(ended), ended.state) == ({"a": "successful", "b": "unsuccessful"}, "asking")
    assert states(reopened) == {"a": "open", "b": "unsuccessful"}
    assert run_as(reopened, {"1": "open", "2": "withdrawn"}) == reopened


def test_a_stopped_run_goes_on_no_more() -> None:
    run = stop_run(make_run(*IN_PARALLEL_AFTER_ONE))

    assert (run.state, names(run), set(states(run).values())) == ("stopped", [], {"cancelled"})
    assert stop_run(run) == run


# ------------------------------------------------------------ on a ticket


class Office:
    """One ticket with a recipe, and what tickets tells itself, handed on until all is quiet."""

    def __init__(self, *steps: RecipeStep, fields: dict[str, str] | None = None) -> None:
        desk = make_desk()
        form = desk.forms["tasse"].model_copy(update={"recipe": make_recipe(*steps)})
        self.desk: Desk = desk.model_copy(update={"forms": {"tasse": form}})
        self.ticket = make_queued_ticket(number="2026092710000016")
        self.ticket.fields = {"matricola": "123456", "anno": "2026", **(fields or {})}
        self.tickets = FakeTickets(self.ticket)
        self.counters = FakeCounters()
        self._handed_on = 0
        self._minute = 5.0

    def by(self, identity: str) -> Asked:
        self._minute += 1
        cause = Cause.fresh()
        return Asked(
            make_operator(identity),
            minutes(self._minute),
            Cause(cause.correlation_id, uuid4(), cause.traceparent),
        )

    async def settle(self, *, twice: bool = False) -> None:
        while self._handed_on < len(self.tickets.further):
            event = self.tickets.further[self._handed_on]
            self._handed_on += 1
            for _ in range(2 if twice else 1):
                if isinstance(event, RunDue):
                    due = [(event.ticket_id, Cause.fresh())]
                    await begin_due_steps(
                        self.tickets,
                        self.counters,
                        self.tickets,
                        self.desk,
                        due=due,
                        now=minutes(self._minute),
                    )
                elif isinstance(event, ChildTold):
                    news = [(event, Cause.fresh())]
                    await hear_of_children(
                        self.tickets,
                        self.counters,
                        self.tickets,
                        self.desk,
                        news=news,
                        now=minutes(self._minute),
                    )

    async def take(self, *, twice: bool = False) -> None:
        await do(
            take, self.tickets, self.desk, number=self.ticket.number, asked=self.by("anna.ferri")
        )
        await self.settle(twice=twice)

    async def end(self, step: str, *, successful: bool = True, twice: bool = False) -> None:
        child = self.child(step)
        worker = "luisa.villa"
        await do(take, self.tickets, self.desk, number=child.number, asked=self.by(worker))
        outcome = "successful" if successful else "unsuccessful"
        await do(
            close,
            self.tickets,
            self.desk,
            number=child.number,
            outcome=outcome,
            answer=f"{step}.",
            asked=self.by(worker),
        )
        await self.settle(twice=twice)

    def child(self, step: str) -> Ticket:
        run = self.now.run
        assert run is not None
        number = next(each.child for each in run.steps if each.name == step)
        return next(ticket for ticket in self.tickets.kept.values() if ticket.number == number)

    @property
    def now(self) -> Ticket:
        return self.tickets.kept[self.ticket.id]


async def test_a_recipe_begins_when_the_ticket_is_first_taken_and_runs_to_its_end() -> None:
    office = Office(*IN_PARALLEL_AFTER_ONE)

    await office.take()
    begun = (office.now.state, states(office.now.run))
    await office.end("a")
    in_parallel = (office.now.state, states(office.now.run))
    await office.end("b")
    await office.end("c")

    assert begun == ("waiting_children", {"a": "open", "b": "waiting", "c": "waiting"})
    assert in_parallel == ("waiting_children", {"a": "successful", "b": "open", "c": "open"})
    assert (office.now.state, office.now.run and office.now.run.state) == ("open", "done")
    assert len(office.now.children) == 3


async def test_a_recipe_opens_its_children_in_the_owners_name_with_the_named_fields_only() -> None:
    office = Office(make_step("a", fields=("matricola",)))

    await office.take()

    child = office.child("a")
    created = next(event for event in office.tickets.events if event.ticket.id == child.id)
    assert (created.actor.identity, created.articles[0].body) == ("anna.ferri", "Fate a.")
    assert (child.subject, child.queue, child.fields) == (
        "a",
        "studenti/carriere",
        {"matricola": "123456"},
    )


async def test_no_step_is_repeated_when_every_message_comes_twice() -> None:
    office = Office(*IN_PARALLEL_AFTER_ONE)

    await office.take(twice=True)
    for step in ("a", "b", "c"):
        await office.end(step, twice=True)

    assert (len(office.now.children), office.now.state) == (3, "open")


async def test_a_ticket_that_was_taken_before_begins_no_second_run() -> None:
    office = Office(make_step("a"))
    await office.take()
    run = office.now.run
    ticket = office.now
    ticket.released(actor=ANNA, desk=office.desk, at=minutes(30))

    await do(
        take, office.tickets, office.desk, number=ticket.number, asked=office.by("bruno.galli")
    )
    await office.settle()

    assert (office.now.owner, office.now.run) == ("bruno.galli", run)


async def test_the_owner_decides_about_a_step_that_asks() -> None:
    office = Office(make_step("a"), make_step("b", after=("a",)))
    await office.take()
    await office.end("a", successful=False)
    asking = (office.now.state, office.now.run and office.now.run.state)

    await do(
        decide_step,
        office.tickets,
        office.desk,
        number=office.ticket.number,
        step="a",
        decision="continue",
        asked=office.by("anna.ferri"),
        counters=office.counters,
    )

    assert asking == ("open", "asking")
    assert (office.now.state, states(office.now.run)) == (
        "waiting_children",
        {"a": "unsuccessful", "b": "open"},
    )


@pytest.mark.parametrize(
    ("step", "identity", "refusal"),
    [
        ("z", "anna.ferri", ImpossibleValue("step", "unknown_step", "z")),
        ("b", "anna.ferri", ImpossibleValue("step", "not_asking", "b")),
        ("a", "bruno.galli", HeldBySomebodyElse("anna.ferri")),
    ],
)
async def test_only_what_is_asked_is_decided_and_by_the_owner(
    step: str, identity: str, refusal: Exception
) -> None:
    office = Office(make_step("a"), make_step("b", after=("a",)))
    await office.take()
    await office.end("a", successful=False)
    known = len(office.tickets.done)

    with pytest.raises(type(refusal)) as refused:
        await do(
            decide_step,
            office.tickets,
            office.desk,
            number=office.ticket.number,
            step=step,
            decision="continue",
            asked=office.by(identity),
            counters=office.counters,
        )

    assert refused.value == refusal
    assert len(office.tickets.done) == known


async def test_a_step_that_lacks_what_its_queue_needs_comes_back_to_the_owner() -> None:
    office = Office(make_step("a"))
    needy = office.desk.queues["studenti/carriere"].model_copy(update={"needs": ("matricola",)})
    office.desk = office.desk.model_copy(
        update={"queues": {**office.desk.queues, "studenti/carriere": needy}}
    )

    await office.take()

    child = office.child("a")
    assert (child.state, child.queue) == ("returned", "studenti/carriere")
    assert office.now.state == "waiting_children"


async def test_a_bounced_step_stays_open_and_the_run_waits() -> None:
    office = Office(make_step("a"))
    await office.take()

    await do(
        bounce,
        office.tickets,
        office.desk,
        number=office.child("a").number,
        reason="Manca l'anno",
        asked=office.by("carla.monti"),
    )
    await office.settle()

    assert (office.child("a").state, states(office.now.run), office.now.state) == (
        "returned",
        {"a": "open"},
        "waiting_children",
    )


async def test_closing_the_ticket_ends_its_run() -> None:
    office = Office(make_step("a"), make_step("b", after=("a",)))
    await office.take()
    await office.end("a", successful=False)

    await do(
        close,
        office.tickets,
        office.desk,
        number=office.ticket.number,
        outcome="unsuccessful",
        answer="Niente",
        asked=office.by("anna.ferri"),
    )

    assert (office.now.run and office.now.run.state, states(office.now.run)) == (
        "stopped",
        {"a": "unsuccessful", "b": "cancelled"},
    )


async def merge_and_take_back(office: Office) -> tuple[Run | None, dict[str, str]]:
    """Return the run as it was before, and where its steps stood while the ticket was merged."""
    other = make_queued_ticket(number="2026092710000025")
    office.tickets.kept[other.id] = other
    before = office.now.run
    await do(
        merge,
        office.tickets,
        office.desk,
        number=office.ticket.number,
        into=other.number,
        asked=office.by("luisa.villa"),
    )
    version, meanwhile = office.now.version, states(office.now.run)
    await do(
        undo,
        office.tickets,
        office.desk,
        number=office.ticket.number,
        version=version,
        asked=office.by("luisa.villa"),
    )
    return before, meanwhile


async def test_a_merge_taken_back_lets_a_run_that_asks_ask_again() -> None:
    office = Office(make_step("a"), make_step("b", after=("a",)))
    await office.take()
    await office.end("a", successful=False)

    before, meanwhile = await merge_and_take_back(office)

    assert meanwhile == {"a": "unsuccessful", "b": "cancelled"}
    assert office.now.run == before
    assert asks_about(before or make_run()) == ("a",)


async def test_a_merge_taken_back_lets_a_run_that_had_not_opened_its_step_go_on_once() -> None:
    office = Office(*IN_PARALLEL_AFTER_ONE)
    await do(
        take,
        office.tickets,
        office.desk,
        number=office.ticket.number,
        asked=office.by("anna.ferri"),
    )

    before, meanwhile = await merge_and_take_back(office)
    await office.settle(twice=True)

    assert before is not None
    assert (before.state, set(meanwhile.values())) == ("running", {"cancelled"})
    assert (office.now.state, states(office.now.run)) == (
        "waiting_children",
        {"a": "open", "b": "waiting", "c": "waiting"},
    )
    assert len(office.now.children) == 1


async def test_of_two_ends_in_one_batch_the_second_waits_for_the_step_that_the_first_opened() -> (
    None
):
    office = Office(make_step("a"), make_step("b"), make_step("c", after=("a",)))
    await office.take()
    await office.settle()
    for step in ("a", "b"):
        number = office.child(step).number
        await do(take, office.tickets, office.desk, number=number, asked=office.by("luisa.villa"))
        await do(
            close,
            office.tickets,
            office.desk,
            number=number,
            outcome="successful",
            answer="Fatto",
            asked=office.by("luisa.villa"),
        )
    news = [
        (event, Cause.fresh())
        for event in office.tickets.further[-2:]
        if isinstance(event, ChildTold)
    ]

    await hear_of_children(
        office.tickets, office.counters, office.tickets, office.desk, news=news, now=minutes(21)
    )

    after = office.tickets.kept[office.ticket.id]
    assert (after.state, states(after.run)) == (
        "waiting_children",
        {"a": "successful", "b": "successful", "c": "open"},
    )
