"""A recipe at work, as operators see it."""

from pydantic import BaseModel, ConfigDict

from shared.contracts.events.ticket_state import Run, RunState, StepState


class StepView(BaseModel):
    """A step of a run; `child` is the number of the ticket that does it.

    `asks`: it ended unsuccessfully and the owner must decide.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    state: StepState
    child: str | None
    queue: str
    asks: bool


class RunView(BaseModel):
    """A run of a recipe, with its steps in the recipe's order."""

    model_config = ConfigDict(frozen=True)

    state: RunState
    title: str
    steps: list[StepView]


def run_view(run: Run, language: str) -> RunView:
    """Return `run` with its titles in `language`."""
    described = {step.name: step for step in run.recipe.steps}
    steps = [
        StepView.model_construct(
            name=step.name,
            title=described[step.name].title.in_language(language),
            state=step.state,
            child=step.child,
            queue=described[step.name].queue,
            asks=run.state == "asking" and step.state == "unsuccessful" and not step.accepted,
        )
        for step in run.steps
    ]
    return RunView.model_construct(
        state=run.state, title=run.recipe.title.in_language(language), steps=steps
    )
