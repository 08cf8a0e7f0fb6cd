"""The build of a wheel makes the static files by the launcher's own steps, or says what it
needs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from deploy.build_hook import StaticFiles, load_launcher
from tests.integration.launcher.conftest import Copy


@pytest.fixture
def clone(fresh_clone: Copy, monkeypatch: pytest.MonkeyPatch) -> Copy:
    for name in ("PATH", "CALLS"):
        monkeypatch.setenv(name, fresh_clone.environment[name])
    return fresh_clone


def build(clone: Copy) -> None:
    StaticFiles(
        str(clone.root), {}, cast("Any", None), cast("Any", None), str(clone.root), "wheel"
    ).initialize("standard", {})


def test_a_build_makes_the_static_files_once(clone: Copy) -> None:
    build(clone)
    build(clone)

    assert clone.calls == ["npm ci --ignore-scripts --no-audit --no-fund", "node build.mjs"]
    assert (clone.root / "shared/web/static/vendor/page.css").read_text() == "built\n"
    assert load_launcher(clone.root).are_assets_built()
    assert not (clone.root / ".venv").exists()


def test_a_build_without_node_says_what_it_needs(
    clone: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(
        RuntimeError, match=r"needs node 18 or newer with npm; install both, or run"
    ):
        build(clone)

    assert not (clone.root / "shared/web/static/vendor").exists()


def test_a_build_that_fails_says_why(clone: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NPM_FAILS", "the registry is away")

    with pytest.raises(RuntimeError, match=r"could not be installed; .*the registry is away"):
        build(clone)

    assert not load_launcher(clone.root).are_assets_built()
