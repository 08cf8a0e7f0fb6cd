"""The published events keep what their readers rely on; what may not change is proven on planted
changes.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import Field, create_model

from shared.contracts.events.base import Event
from shared.contracts.values import Part, Personal
from tests.contract import schema_changes
from tests.contract.schema_changes import (
    incompatible_changes,
    kept_schemas,
    problems,
    schema_of,
    what_to_do,
    written,
)

NAME = "tests.thing.happened.v1"
MARK = Field(json_schema_extra={"personal": True})


class Inner(Part):
    kind: Literal["a", "b"]
    note: Personal[str]
    weight: int | None = None


def plant(**fields: Any) -> type[Event]:
    """An event class with these fields beside those of `PUBLISHED`, which they replace; it stands
    in no register.
    """
    return create_model("Happened", __base__=Event, **{**PUBLISHED, **fields})


PUBLISHED: dict[str, Any] = {
    "id": (UUID, ...),
    "name": (Personal[str], ...),
    "count": (int, ...),
    "state": (Literal["on", "off"], ...),
    "maybe": (str | None, None),
    "inner": (Inner, ...),
    "many": (tuple[Inner, ...], ()),
    "pair": (tuple[str, int], ("", 0)),
    "by_key": (dict[str, int], Field(default_factory=dict)),
    "at": (datetime | None, None),
    "short": (Annotated[str, Field(max_length=10)], ""),
}


class Renamed(Part):
    kind: Literal["a", "b"]
    remark: Personal[str]
    weight: int | None = None


class Narrowed(Part):
    kind: Literal["a"]
    note: str
    weight: int


INCOMPATIBLE = {
    "a field is removed": ({"count": None}, ["count is removed or renamed"]),
    "a field of a part is renamed": (
        {"inner": (Renamed, ...)},
        ["inner.note is removed or renamed", "inner.remark is newly required"],
    ),
    "a field is newly required": ({"fresh": (str, ...)}, ["fresh is newly required"]),
    "an optional field becomes required": (
        {"maybe": (str | None, ...)},
        ["maybe is newly required"],
    ),
    "a type changes": ({"count": (str, ...)}, ["count is narrowed: integer was possible"]),
    "null is no longer possible": ({"maybe": (str, "")}, ["maybe is narrowed: null was possible"]),
    "a value is no longer possible": (
        {"state": (Literal["on"], ...)},
        ["state is narrowed: off was possible"],
    ),
    "any text becomes a few": (
        {"name": (Annotated[Literal["x", "y"], MARK], ...)},
        ["name is narrowed: any value was possible"],
    ),
    "text gets a format": (
        {"maybe": (datetime | None, None)},
        ["maybe is narrowed: format date-time"],
    ),
    "text gets shorter": (
        {"short": (Annotated[str, Field(max_length=9)], "")},
        ["short is narrowed: maxLength 9"],
    ),
    "text gets a limit": (
        {"name": (Annotated[str, Field(max_length=9), MARK], ...)},
        ["name is narrowed: maxLength 9"],
    ),
    "text gets a pattern": (
        {"name": (Annotated[str, Field(pattern="^a"), MARK], ...)},
        ["name is narrowed: pattern ^a"],
    ),
    "a number gets a floor": (
        {"count": (Annotated[int, Field(ge=0)], ...)},
        ["count is narrowed: minimum 0"],
    ),
    "a part in a list is narrowed": (
        {"many": (tuple[Narrowed, ...], ())},
        [
            "many[].kind is narrowed: b was possible",
            "many[].note is no longer marked as personal",
            "many[].weight is narrowed: null was possible",
            "many[].weight is newly required",
        ],
    ),
    "a pair grows": (
        {"pair": (tuple[str, int, int], ("", 0, 0))},
        ["pair has another number of places", "pair is narrowed: minItems 3"],
    ),
    "values by key change": (
        {"by_key": (dict[str, str], Field(default_factory=dict))},
        ["by_key{} is narrowed: integer was possible"],
    ),
    "a field is no longer marked as personal": (
        {"name": (str, ...)},
        ["name is no longer marked as personal"],
    ),
}
ADDITIVE = {
    "a field with a default": {"fresh": (str, "")},
    "a value more": {"state": (Literal["on", "off", "broken"], ...)},
    "null as well": {"count": (int | None, ...)},
    "another type as well": {"count": (int | str, ...)},
    "a whole number becomes any": {"count": (float, ...)},
    "longer text": {"short": (Annotated[str, Field(max_length=11)], "")},
    "no limit any more": {"short": (str, "")},
    "marked as personal": {"maybe": (Annotated[str | None, MARK], None)},
    "anything": {"by_key": (dict[str, Any], Field(default_factory=dict))},
}


def fields_of(changed: dict[str, Any]) -> type[Event]:
    removed = {name for name, field in changed.items() if field is None}
    kept = {name: field for name, field in {**PUBLISHED, **changed}.items() if name not in removed}
    return create_model("Happened", __base__=Event, **kept)


@pytest.mark.parametrize(("changed", "said"), INCOMPATIBLE.values(), ids=INCOMPATIBLE)
def test_an_incompatible_change_is_found_and_named(
    changed: dict[str, Any], said: list[str]
) -> None:
    assert sorted(
        incompatible_changes(schema_of(plant()), schema_of(fields_of(changed)))
    ) == sorted(said)


@pytest.mark.parametrize("changed", ADDITIVE.values(), ids=ADDITIVE)
def test_an_additive_change_is_allowed(changed: dict[str, Any]) -> None:
    assert incompatible_changes(schema_of(plant()), schema_of(plant(**changed))) == []


def test_no_change_is_no_change() -> None:
    assert incompatible_changes(schema_of(plant()), schema_of(plant())) == []


def test_a_key_like_a_keyword_is_a_field_all_the_same() -> None:
    event = plant(title=(str, ...), description=(str, ...))

    assert {"title", "description"} <= set(schema_of(event)["properties"])
    assert incompatible_changes(schema_of(event), schema_of(plant())) == [
        "title is removed or renamed",
        "description is removed or renamed",
    ]


def test_an_incompatible_change_is_told_with_how_to_add_a_second_version() -> None:
    assert what_to_do("tickets.ticket.taken.v1") == (
        "tickets.ticket.taken.v1 is published and its readers rely on it. Leave its class as it "
        "was and add another one with "
        'NAME = "tickets.ticket.taken.v2", say both until every reader hears the new one, then '
        "retire the old."
    )


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which `PUBLISHED` is kept, as the only event there is."""
    monkeypatch.setattr(schema_changes, "FOLDER", tmp_path)
    monkeypatch.setattr(schema_changes, "EVENT_CLASSES", {NAME: plant()})
    (tmp_path / f"{NAME}.json").write_text(written(schema_of(plant())))
    return tmp_path


def test_all_is_well_while_nothing_changes(published: Path) -> None:
    assert problems() == []


def test_a_class_that_is_gone_is_a_problem(
    published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema_changes, "EVENT_CLASSES", {})

    assert problems() == [f"{NAME}: it is gone. {what_to_do(NAME)}"]


def test_an_incompatible_change_is_a_problem(
    published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema_changes, "EVENT_CLASSES", {NAME: fields_of({"count": None})})

    assert problems() == [f"{NAME}: count is removed or renamed. {what_to_do(NAME)}"]


@pytest.mark.parametrize(
    "classes", [{NAME: plant(fresh=(str, ""))}, {NAME: plant(), "tests.thing.ended.v1": plant()}]
)
def test_what_was_added_must_be_kept_by_the_command(
    published: Path, monkeypatch: pytest.MonkeyPatch, classes: dict[str, type[Event]]
) -> None:
    monkeypatch.setattr(schema_changes, "EVENT_CLASSES", classes)
    (changed,) = [
        name for name, event in classes.items() if kept_schemas().get(name) != schema_of(event)
    ]

    assert problems() == [
        f"{changed} has grown or is new; keep its schema with `python -m tests.contract.schemas`"
    ]


def test_the_command_finds_everything_kept(repository: Path) -> None:
    before = {path.name: path.read_text() for path in schema_changes.FOLDER.glob("*.json")}

    done = subprocess.run(
        [sys.executable, "-m", "tests.contract.schemas"],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert {path.name: path.read_text() for path in schema_changes.FOLDER.glob("*.json")} == before
