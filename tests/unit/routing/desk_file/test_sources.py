"""A description may be a file or a folder of files; what is not there to read is told in a
sentence.
"""

import os
from pathlib import Path

import pytest

from services.routing.desk_file.load import read_desk
from tests.fixtures.desk_files import load_desk
from tests.unit.routing.desk_file.small_desk import SMALL_DESK, broken

FORMS_AT, RULES_AT = SMALL_DESK.index("forms:\n"), SMALL_DESK.index("\nrules:\n") + 1
HEAD, FORMS, RULES = SMALL_DESK[:FORMS_AT], SMALL_DESK[FORMS_AT:RULES_AT], SMALL_DESK[RULES_AT:]


def in_folder(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def sentences(path: Path) -> list[str]:
    reading = read_desk(path)
    assert reading.desk is None
    return [str(mistake).replace(str(path), "DESK") for mistake in reading.mistakes]


def test_a_folder_is_read_as_one_description(tmp_path: Path) -> None:
    folder = in_folder(tmp_path, a=HEAD, b=FORMS, c=RULES)
    (folder / "README.md").write_text("[not YAML")
    (folder / ".hidden.yaml").write_text("[not YAML")
    whole = tmp_path / "one"
    whole.mkdir()
    (whole / "desk.yml").write_text(SMALL_DESK)

    assert load_desk(folder) == load_desk(whole / "desk.yml")


def test_parts_spread_over_files_are_joined_in_the_order_of_the_names(tmp_path: Path) -> None:
    extra = (
        "queues:\n  aule: { title: { it: Aule, en: Rooms }, level: 1, group: ict }\nrules:\n  "
        "- { name: Prima, when: {}, queue: aule }\n"
    )

    desk = load_desk(in_folder(tmp_path, a=extra, b=SMALL_DESK))

    assert list(desk.queues) == ["aule", "studenti", "studenti/tasse", "ict"]
    assert [rule.name for rule in desk.rules] == ["Prima", "Tasse", "Escalation"]


def test_mistakes_say_the_file_they_are_in(tmp_path: Path) -> None:
    extra = (
        "rules:\n  - { name: Prima, when: {}, queue: aula }\nqueues:\n  ict: { title: { it: "
        "A, en: A }, level: 1, group: ict }\n"
    )

    found = sentences(in_folder(tmp_path, a=SMALL_DESK, b=extra))

    assert found == [
        (
            'DESK/b.yaml:2:37: rules[3].queue: found queue "aula", which does not exist; expected '
            "one "
            "of ict, studenti, studenti/tasse"
        ),
        (
            'DESK/b.yaml:4:3: queues.ict: found the key "ict" again (first at DESK/a.yaml:20:3); '
            "expected each key once"
        ),
    ]


def test_what_is_said_once_may_not_be_said_in_two_files(tmp_path: Path) -> None:
    found = sentences(in_folder(tmp_path, a=SMALL_DESK, b="default_queue: ict\n"))

    assert found == [
        (
            'DESK/b.yaml:1:1: default_queue: found the key "default_queue" again (first at '
            "DESK/a.yaml:3:1); expected each key once"
        )
    ]


def test_what_no_file_says_is_missing_from_the_folder(tmp_path: Path) -> None:
    found = sentences(in_folder(tmp_path, a=HEAD, c=RULES))

    assert 'DESK: found no "forms"; expected "forms": a mapping of names to what they mean' in found


def test_an_unreadable_file_hides_no_mistake_of_shape_and_blames_nothing_on_its_content(
    tmp_path: Path,
) -> None:
    found = sentences(
        in_folder(
            tmp_path,
            a=broken(("level: 2", "level: due")).partition("forms:\n")[0],
            b="forms: [\n",
            c=RULES,
        )
    )

    assert found == [
        (
            'DESK/a.yaml:17:12: queues.studenti/tasse.level: found "due"; expected a whole number '
            "from 1 to 9"
        ),
        "DESK/b.yaml:2:1: found bad YAML while parsing a flow node that began in line 2: "
        "expected the node content, but found '<stream end>'; expected valid YAML",
    ]


def test_a_folder_without_yaml_files_is_no_description(tmp_path: Path) -> None:
    assert sentences(tmp_path) == [
        (
            "DESK: found a folder without YAML files; expected at least one file whose name ends "
            "in "
            ".yaml or .yml"
        )
    ]


@pytest.mark.parametrize("name", ["nowhere.yaml", "a\0b.yaml", "x" * 300])
def test_a_file_that_is_not_there_is_told(name: str, tmp_path: Path) -> None:
    reading = read_desk(tmp_path / name)

    assert len(reading.mistakes) == 1
    assert reading.mistakes[0].found.startswith("nothing that can be read (")
    assert "\0" not in str(reading.mistakes[0])
    assert reading.desk is None


def test_something_else_than_a_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "desk.yaml")

    assert sentences(tmp_path / "desk.yaml") == [
        (
            "DESK: found nothing that can be read (not a file); expected a YAML file, or a folder "
            "of "
            "YAML files"
        )
    ]


def test_files_that_are_too_large_together_are_refused(tmp_path: Path) -> None:
    found = sentences(in_folder(tmp_path, a="# " + "x" * 700_000, b="# " + "x" * 700_000))

    assert (
        "DESK/b.yaml: found more than 1 MiB in all files up to this one; expected a description "
        "of at most 1 MiB"
    ) in found


def test_a_desk_that_the_bus_cannot_carry_is_refused(tmp_path: Path) -> None:
    people = "".join(
        f"  p{n}:\n    name: {'x' * 200}\n    email: p{n}@example.edu\n    affiliation: guest\n"
        for n in range(1000)
    )
    text = broken(("people:\n", "people:\n" + people))
    (tmp_path / "desk.yaml").write_text(text)

    assert sentences(tmp_path / "desk.yaml") == [
        (
            "DESK:1:1: found a description that takes 264 KiB when sent to the services; expected "
            "at "
            "most 240 KiB"
        )
    ]


def test_reading_returns_all_mistakes_at_once(tmp_path: Path) -> None:
    (tmp_path / "desk.yaml").write_text(
        broken(("default_queue: ict", "default_queue: itc"), ("level: 2", "level: due"))
    )

    reading = read_desk(tmp_path / "desk.yaml")

    assert reading.desk is None
    assert [(m.line, m.path) for m in reading.mistakes] == [
        (3, "default_queue"),
        (17, "queues.studenti/tasse.level"),
    ]
