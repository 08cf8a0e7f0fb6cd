"""What is written down twice must agree: settings and deploy/env.example, dependencies and their
locks.
"""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.tree import texts

SETTING = re.compile(r"SPORTELLO_[A-Z0-9]+(?:_[A-Z0-9]+)*\b(?!_)")
DOCUMENTED = re.compile(r"^#?(SPORTELLO_[A-Z0-9_]+)=", re.MULTILINE)
LOCKED = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", re.MULTILINE)
READ_IN = (
    "services/",
    "shared/",
    "tests/servers/",
    "tests/conftest.py",
    "tests/bench/",
    "sportello",
    "deploy/",
)


def check_settings(root: Path) -> list[str]:
    """Every setting that something reads stands in deploy/env.example, and nothing else does."""
    example = (root / "deploy" / "env.example").read_text()
    documented, known = set(DOCUMENTED.findall(example)), set(settings_read(root))
    missing = [f"deploy/env.example: {name} is missing" for name in sorted(known - documented)]
    return missing + [
        f"deploy/env.example: nothing reads {name}" for name in sorted(documented - known)
    ]


def settings_read(root: Path) -> Iterator[str]:
    for path, text in texts(root):
        if path.startswith(READ_IN) and path != "deploy/env.example" and not path.endswith(".md"):
            yield from SETTING.findall(text)
        if (
            path.endswith(".py")
            and path.startswith(("services/", "shared/"))
            and "env_prefix" in text
        ):
            yield from settings_of_classes(ast.parse(text))


def settings_of_classes(module: ast.Module) -> Iterator[str]:
    """The environment names of pydantic settings: the prefix of the class and the names of its
    fields.
    """
    for group in (node for node in ast.walk(module) if isinstance(node, ast.ClassDef)):
        prefixes = [
            str(keyword.value.value)
            for node in ast.walk(group)
            if isinstance(node, ast.Call)
            for keyword in node.keywords
            if keyword.arg == "env_prefix" and isinstance(keyword.value, ast.Constant)
        ]
        fields = [
            node.target.id
            for node in group.body
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
        ]
        yield from (f"{prefix}{field}".upper() for prefix in prefixes for field in fields)


def check_locks(root: Path) -> list[str]:
    """The locks hold every dependency with checksums and no addresses, and the tests' lock repeats
    the program's.
    """
    project = tomllib.loads((root / "pyproject.toml").read_text())
    names = ("requirements.lock", "requirements-test.lock", "requirements-node.lock")
    written = {name: (root / name).read_text() for name in names}
    locked = {name: dict(LOCKED.findall(text)) for name, text in written.items()}
    program, tests, node = (locked[name] for name in names)
    complaints = [f"{name}: has an address" for name, text in written.items() if "://" in text]
    for name, text in written.items():
        blocks = re.split(r"(?m)^(?=[a-z0-9])", text)
        complaints += [
            f"{name}: {block.split()[0]} has no checksum"
            for block in blocks
            if "==" in block and "--hash=" not in block
        ]
    for lock, versions, wanted in (
        ("requirements.lock", program, project["project"]["dependencies"]),
        ("requirements-test.lock", tests, project["project"]["optional-dependencies"]["test"]),
        ("requirements-node.lock", node, project["dependency-groups"]["node"]),
    ):
        complaints += [
            f"{lock}: {name} is missing"
            for name in map(package_name, wanted)
            if name not in versions
        ]
    complaints += [
        f"requirements-test.lock: {name} is {tests.get(name)}, in requirements.lock {version}"
        for name, version in program.items()
        if tests.get(name) != version
    ]
    return complaints


def package_name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found is not None, requirement
    return re.sub(r"[-_.]+", "-", found.group()).lower()


def check_npm_lock(root: Path) -> list[str]:
    """npm's locks have a checksum for every package and no download address."""
    complaints: list[str] = []
    for path in (path for path, _ in texts(root) if path.endswith("package-lock.json")):
        packages = json.loads((root / path).read_text())["packages"]
        complaints += [
            f"{path}: {name} has a download address"
            for name, package in packages.items()
            if "resolved" in package
        ]
        complaints += [
            f"{path}: {name} has no checksum"
            for name, package in packages.items()
            if name and "integrity" not in package
        ]
    return complaints
