"""What outsiders look for first: the licence, publiccode.yml, SECURITY.md and one version."""

from __future__ import annotations

import json
import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.core.version import VERSION, find_version
from tests.architecture.publiccode import check_publiccode
from tests.architecture.tree import texts

LICENCE = "EUPL-1.2"
LINK = re.compile(r"(?:\]\(|(?:src|href)=\")([^)\s\"]+)")
ROOT = Path(__file__).resolve().parents[2]
FAULTS = {
    "softwareType: standalone/web": "softwareType: a web page",
    "publiccodeYmlVersion": "publiccodeYamlVersion",
    "  - help-desk\n": "  - helpdesk\n",
    "  license: EUPL-1.2": "  licence: EUPL-1.2",
    "localisationReady: true": "localisationReady: surely",
    "deploy/pictures/queue.png": "deploy/pictures/absent.png",
}


def project() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return found


def test_publiccode_follows_its_standard() -> None:
    assert check_publiccode(ROOT) == []


@pytest.mark.parametrize("written", sorted(FAULTS))
def test_a_fault_in_publiccode_is_found(written: str, tmp_path: Path) -> None:
    text = (ROOT / "publiccode.yml").read_text(encoding="utf-8")
    assert written in text
    shutil.copytree(ROOT / "deploy" / "pictures", tmp_path / "deploy" / "pictures")

    (tmp_path / "publiccode.yml").write_text(
        text.replace(written, FAULTS[written]), encoding="utf-8"
    )

    assert check_publiccode(tmp_path) != []


def test_every_file_names_the_same_licence() -> None:
    package = json.loads((ROOT / "shared/web/assets/package.json").read_bytes())
    public = yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf-8"))
    notice = (ROOT / "LICENSE").read_text()

    assert {project()["license"], package["license"], public["legal"]["license"]} == {LICENCE}
    assert f"SPDX-License-Identifier: {LICENCE}\n" in notice
    assert re.search(r"https://\S+eupl-12", notice) is not None


def test_the_version_stands_in_pyproject_and_is_read_by_the_rest() -> None:
    package = json.loads((ROOT / "shared/web/assets/package.json").read_bytes())
    public = yaml.safe_load((ROOT / "publiccode.yml").read_text(encoding="utf-8"))
    version = project()["version"]
    own = re.compile(rf"""(?i)version["']?\s*[:=]+\s*["']{re.escape(version)}["']""")

    # A catalogue reads publiccode.yml without our program, so the file repeats the version.
    assert version == VERSION == public["softwareVersion"]
    assert "version" not in package
    # The documents of the APIs are made by a command, and a test compares them with it.
    made = ("deploy/api/", "lock")
    assert [
        path
        for path, text in texts(ROOT)
        if own.search(text) and not any(part in path for part in made)
    ] == [
        "publiccode.yml",
        "pyproject.toml",
    ]


def test_without_a_pyproject_the_version_is_that_of_the_installed_package(tmp_path: Path) -> None:
    folder = tmp_path / "sportello-7.8.9.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.4\nName: sportello\nVersion: 7.8.9\n")

    with pytest.MonkeyPatch.context() as patched:
        patched.syspath_prepend(tmp_path)
        assert find_version(tmp_path / "pyproject.toml") == "7.8.9"


def test_security_says_how_to_report_what_is_supported_and_what_to_expect() -> None:
    text = (ROOT / "SECURITY.md").read_text()

    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings[:3] == ["Report a weakness", "What to expect", "What is supported"]


def test_every_link_of_a_page_leads_to_a_file_and_its_heading() -> None:
    broken = [
        f"{path}: {link}"
        for path, text in texts(ROOT)
        if path.endswith(".md")
        for link in LINK.findall(text)
        if not link.startswith(("https:", "http:")) and not leads_somewhere(ROOT / path, link)
    ]

    assert broken == []


def leads_somewhere(page: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    target = page.parent / name if name else page
    if not target.exists():
        return False
    headings = (
        re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE) if anchor else []
    )
    return not anchor or anchor in [heading.lower().replace(" ", "-") for heading in headings]


def test_the_readme_is_read_in_a_minute_and_shows_three_pictures() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    pictures = re.findall(r"deploy/pictures/\w+\.png", text)

    assert text.count("\n") <= 150
    assert set(pictures) == {
        f"deploy/pictures/{name}.png" for name in ("queue", "ticket", "requester")
    }
    assert max((ROOT / picture).stat().st_size for picture in pictures) < 200_000
    assert all(
        name in text
        for name in ("OTOBO", "Zammad", "uniTicket", "./sportello up --demo 40", "./sportello test")
    )
