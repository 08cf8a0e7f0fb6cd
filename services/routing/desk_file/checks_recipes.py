"""Cross checks of the recipes of forms: each step can be begun, gets what its queue needs, and
comes to its turn.
"""

from collections.abc import Iterator, Mapping, Sequence

from services.routing.desk_file.checks_conditions import check_conditions
from services.routing.desk_file.checks_forms import NO_ANSWERS
from services.routing.desk_file.findings import Findings
from services.routing.desk_file.mistakes import Loc, one_of
from services.routing.desk_file.shape import DeskInFile
from shared.contracts.desk import Form, RecipeStep

RUN_STATE = "state"
"""Beside the names of the steps, the key under which history shows the run."""


def check_recipes(desk: DeskInFile, findings: Findings) -> None:
    """Check the recipe of every form that has one."""
    for slug, form in desk.forms.items():
        if form.recipe is None:
            continue
        loc: Loc = ("forms", slug, "recipe", "steps")
        _check_order(form.recipe.steps, loc, findings)
        for index, step in enumerate(form.recipe.steps):
            at = (*loc, index)
            _check_queue(desk, slug, step, at, findings)
            _check_fields(desk, form, step, at, findings)
            check_conditions(step.when, form.fields, (*at, "when"), findings)


def _check_order(steps: Sequence[RecipeStep], loc: Loc, findings: Findings) -> None:
    """Check that names are clear and that every step comes after what can end."""
    first: dict[str, int] = {}
    for index, step in enumerate(steps):
        if first.setdefault(step.name, index) != index:
            found = (
                f'a step "{step.name}" again (first at '
                f"{findings.place_of((*loc, first[step.name]))})"
            )
            findings.mistake(
                (*loc, index, "name"), found=found, expected="a name of its own for each step"
            )
        if step.name == RUN_STATE:
            expected = "another name, for under this one a history shows how the whole run stands"
            findings.mistake(
                (*loc, index, "name"), found=f'a step "{step.name}"', expected=expected
            )
    for index, step in enumerate(steps):
        for position, name in enumerate(step.after):
            if name not in first:
                expected = one_of(first.keys() - {step.name}, near=name)
                at = (*loc, index, "after", position)
                findings.mistake(
                    at, found=f'step "{name}", which the recipe does not have', expected=expected
                )
    for loop in _loops({name: steps[index].after for name, index in first.items()}):
        found = f"steps that wait for each other: {' -> '.join([*loop, loop[0]])}"
        expected = (
            "an order in which some step comes first"
            if len(loop) > 1
            else "only steps that can end before this one begins"
        )
        findings.mistake((*loc, first[loop[0]], "after"), found=found, expected=expected)


def _loops(after: Mapping[str, Sequence[str]]) -> Iterator[list[str]]:
    """Return the steps of each loop, once each, beginning with the step that comes first in the
    file.
    """
    left = dict(after)
    order = list(after)
    while True:
        while ready := [name for name, before in left.items() if not left.keys() & set(before)]:
            for name in ready:
                del left[name]
        if not left:
            return
        # All that is left waits for something that is left: whoever goes on from one to the next
        # comes round.
        way = [next(iter(left))]
        while (further := next(name for name in left[way[-1]] if name in left)) not in way:
            way.append(further)
        loop = way[way.index(further) :]
        turn = loop.index(min(loop, key=order.index))
        yield [*loop[turn:], *loop[:turn]]
        for name in loop:
            del left[name]


def _check_queue(
    desk: DeskInFile, slug: str, step: RecipeStep, loc: Loc, findings: Findings
) -> None:
    at = (*loc, "queue")
    if step.queue not in desk.queues:
        findings.unknown(at, "queue", step.queue, desk.queues, section="queues")
    elif desk.queues[step.queue].closed:
        open_queues = [name for name, queue in desk.queues.items() if not queue.closed]
        findings.mistake(
            at,
            found=f'queue "{step.queue}", which is closed',
            expected=one_of(open_queues, near=step.queue),
        )
    elif desk.queues_of_requests(slug) == {step.queue} and not any(
        m[0] == "rules" for m in findings.mended
    ):
        found = f'queue "{step.queue}", to which the rules send the requests themselves'
        findings.mistake(
            at, found=found, expected="another queue, for a child is opened where its parent is not"
        )


def _check_fields(
    desk: DeskInFile, form: Form, step: RecipeStep, loc: Loc, findings: Findings
) -> None:
    """Check that the form has what the step passes on, and that this is all that its queue
    needs.
    """
    fields = {field.name: field for field in form.fields if field.name not in NO_ANSWERS}
    for index, name in enumerate(step.fields):
        if name in NO_ANSWERS:
            findings.no_answer((*loc, "fields", index), name, fields)
        elif name not in fields:
            findings.unknown(
                (*loc, "fields", index), "field", name, fields, section="forms", of_any=True
            )
    queue = desk.queues.get(step.queue)
    for needed in queue.needs if queue is not None else ():
        found = f'no field "{needed}", which queue "{step.queue}" needs'
        if needed not in fields:
            findings.mistake(
                (*loc, "queue"),
                found=f"{found}, in the form",
                expected="another queue, or a form that asks for it",
            )
        elif needed not in step.fields:
            findings.mistake(
                (*loc, "fields"),
                found=found,
                expected=f'"{needed}" among the fields that are passed on',
                at_key=True,
            )
        elif not fields[needed].required and not any(each.field == needed for each in step.when):
            found = (
                f'field "{needed}", which may be left out although queue "{step.queue}" needs it'
            )
            expected = (
                f"a condition on it under `when`, such as {{ field: {needed}, operator: present }}"
            )
            findings.warning((*loc, "fields"), found=found, expected=expected, at_key=True)
