"""`licences` lists every package of others, each with the licence that its metadata states."""

from __future__ import annotations

from email.message import Message

import pytest
from typer.testing import CliRunner

from services.__main__ import cli
from services.cli.licences import NOT_STATED, npm_licences, python_licences, stated


def about(**fields: str) -> Message:
    message = Message()
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    return message


def test_every_python_package_states_a_licence() -> None:
    found = {row.name: row for row in python_licences()}

    assert (found["fastapi"].licence, found["aio-pika"].licence) == ("MIT", "Apache-2.0")
    assert [row for row in found.values() if row.licence == NOT_STATED] == []


def test_the_npm_packages_are_those_of_the_lock() -> None:
    found = {row.name: row for row in npm_licences()}

    assert (found["bootstrap-italia"].licence, found["htmx.org"].version) == (
        "BSD-3-Clause",
        "4.0.1",
    )
    assert [row.name for row in found.values() if row.licence == NOT_STATED] == ["dom-walk"]


@pytest.mark.parametrize(
    ("metadata", "licence"),
    [
        (about(License_Expression="MIT", License="The whole text"), "MIT"),
        (about(License="ISC"), "ISC"),
        (
            about(License="x" * 70, Classifier="License :: OSI Approved :: BSD License"),
            "BSD License",
        ),
        (about(Name="silent"), NOT_STATED),
    ],
)
def test_the_newest_form_of_a_licence_wins(metadata: Message, licence: str) -> None:
    assert stated(metadata) == licence


def test_the_command_prints_one_line_for_each_package_and_the_licence_texts_of_the_pages() -> None:
    done = CliRunner().invoke(cli, ["licences"])

    lines = done.stdout.splitlines()
    count = len(list(python_licences())) + len(list(npm_licences()))
    assert done.exit_code == 0
    assert [len(line.split()) >= 4 for line in lines[:count]] == [True] * count
    assert {line.rpartition("/")[2] for line in lines[count:]} >= {
        "LICENSE",
        "titillium-web-OFL.txt",
    }
