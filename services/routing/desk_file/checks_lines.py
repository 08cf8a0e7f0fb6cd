"""Cross checks of the texts that stand in one line: names of people and rules, titles, labels."""

from collections.abc import Iterator

from services.routing.desk_file.findings import Findings
from services.routing.desk_file.mistakes import Loc
from services.routing.desk_file.shape import DeskInFile
from shared.contracts.desk import Form, Text


def check_lines(desk: DeskInFile, findings: Findings) -> None:
    """Check that no name, title or label has a line break: they become parts of sentences, lists
    and mail headers.
    """
    for loc, line in _lines(desk):
        if "\n" in line.strip():
            findings.mistake(loc, found="a text of several lines", expected="one line")


def _lines(desk: DeskInFile) -> Iterator[tuple[Loc, str]]:
    yield from _of_text(("name",), desk.name)
    for section, described in (
        ("groups", desk.groups),
        ("queues", desk.queues),
        ("forms", desk.forms),
    ):
        for key, part in described.items():
            yield from _of_text((section, key, "title"), part.title)
    for section, people in (("operators", desk.operators), ("people", desk.people)):
        for identity, person in people.items():
            yield (section, identity, "name"), person.name
    for index, rule in enumerate(desk.rules):
        yield ("rules", index, "name"), rule.name
    for slug, form in desk.forms.items():
        yield from _of_form(("forms", slug), form)


def _of_form(loc: Loc, form: Form) -> Iterator[tuple[Loc, str]]:
    for index, field in enumerate(form.fields):
        yield from _of_text((*loc, "fields", index, "label"), field.label)
        for position, choice in enumerate(field.choices):
            yield from _of_text((*loc, "fields", index, "choices", position, "label"), choice.label)
    if form.recipe is not None:
        yield from _of_text((*loc, "recipe", "title"), form.recipe.title)
        for index, step in enumerate(form.recipe.steps):
            yield from _of_text((*loc, "recipe", "steps", index, "title"), step.title)


def _of_text(loc: Loc, text: Text) -> Iterator[tuple[Loc, str]]:
    yield (*loc, "it"), text.it
    yield (*loc, "en"), text.en
