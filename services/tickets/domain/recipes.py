"""The run of a recipe: which step comes next, as pure functions of the states of the steps."""

from collections.abc import Mapping
from uuid import UUID

from pydantic import JsonValue

from shared.contracts.desk import Recipe, RecipeStep
from shared.contracts.events.intake import Answer
from shared.contracts.events.ticket_state import ENDED, Run, RunState, State, Step, StepState
from shared.policy.conditions import holds

_GOING_ON: tuple[RunState, ...] = ("running", "asking")
ENDED_STEPS: frozenset[StepState] = frozenset(
    {"successful", "unsuccessful", "skipped", "cancelled"}
)


def begin_run(recipe: Recipe, *, run_id: UUID, fields: dict[str, Answer]) -> Run:
    """Return a run of `recipe` for a request with the answers `fields`; steps whose conditions do
    not hold are skipped.
    """
    steps = tuple(
        Step(
            name=step.name,
            state="waiting"
            if all(holds(each, fields.get(each.field)) for each in step.when)
            else "skipped",
        )
        for step in recipe.steps
    )
    return _settled(Run(id=run_id, recipe=recipe, steps=steps))


def due_steps(run: Run) -> list[RecipeStep]:
    """Return the steps that are due, because all steps that they come after are done.

    Empty unless `run` is running.
    """
    if run.state != "running":
        return []
    stands = {step.name: step for step in run.steps}
    return [
        step
        for step in run.recipe.steps
        if stands[step.name].state == "waiting" and all(_is_behind(stands[n]) for n in step.after)
    ]


def step_opened(run: Run, name: str, *, child: str) -> Run:
    """Return `run` with the step `name` being done by the ticket `child`."""
    return _with(run, name, state="open", child=child)


def step_ended(run: Run, name: str, *, is_successful: bool) -> Run:
    """Return `run` after the step `name` has ended; the recipe says what an unsuccessful end
    means.
    """
    if is_successful:
        return _settled(_with(run, name, state="successful"))
    policy = next(step.if_unsuccessful for step in run.recipe.steps if step.name == name)
    ended = _with(run, name, state="unsuccessful", accepted=policy == "continue")
    return stop_run(ended) if policy == "stop" else _settled(ended)


def run_as(run: Run, children: Mapping[str, State]) -> Run:
    """Return `run` as the states of its steps' tickets, by number, make it: ended ones end their
    steps, reopened ones reopen them.

    It depends on the states alone, and not on the order in which the news of them arrived.
    """
    for step in run.steps:
        state = children.get(step.child) if step.child else None
        if state is None:
            continue
        if step.state == "open" and state in ENDED:
            run = step_ended(run, step.name, is_successful=state == "closed_successful")
        elif step.state in ("successful", "unsuccessful") and state not in ENDED:
            run = _settled(_with(run, step.name, state="open", accepted=False))
    return run


def step_decided(run: Run, name: str, *, goes_on: bool) -> Run:
    """Return `run` after its owner's decision about the step `name`, which asks (see
    `asks_about`).
    """
    return (
        _settled(_with(run, name, state="unsuccessful", accepted=True))
        if goes_on
        else stop_run(run)
    )


def asks_about(run: Run) -> tuple[str, ...]:
    """Return the names of the steps about which the run asks its ticket's owner."""
    return (
        tuple(step.name for step in run.steps if step.state == "unsuccessful" and not step.accepted)
        if run.state == "asking"
        else ()
    )


def stop_run(run: Run) -> Run:
    """Return `run` stopped; children that are open stay open.

    A run that has ended is returned unchanged.
    """
    if run.state in ("done", "stopped"):
        return run
    steps = tuple(
        step.model_copy(update={"state": "cancelled"}) if step.state == "waiting" else step
        for step in run.steps
    )
    return run.model_copy(update={"steps": steps, "state": "stopped"})


def run_taken_up(run: Run, before: Mapping[str, JsonValue]) -> Run:
    """Return `run`, which was stopped, as it was before that: `before` is what history has of
    it.
    """
    state = next((each for each in _GOING_ON if each == before.get("state")), None)
    if run.state != "stopped" or state is None:
        return run
    steps = tuple(
        step.model_copy(update={"state": "waiting"}) if before.get(step.name) == "waiting" else step
        for step in run.steps
    )
    return run.model_copy(update={"steps": steps, "state": state})


def _is_behind(step: Step) -> bool:
    return step.state in ("successful", "skipped") or (
        step.state == "unsuccessful" and step.accepted
    )


def _with(run: Run, name: str, **changes: object) -> Run:
    return run.model_copy(
        update={
            "steps": tuple(
                step.model_copy(update=changes) if step.name == name else step for step in run.steps
            )
        }
    )


def _settled(run: Run) -> Run:
    """Return `run` in the state that its steps have brought it to."""
    if run.state == "stopped":
        return run
    state: RunState = "running"
    if any(step.state == "unsuccessful" and not step.accepted for step in run.steps):
        state = "asking"
    elif all(step.state in ENDED_STEPS for step in run.steps):
        state = "done"
    return run.model_copy(update={"state": state})
