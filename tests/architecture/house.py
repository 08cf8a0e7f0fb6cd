"""The house's own rules, those that no tool knows.

Each check takes the root of a repository and returns its complaints.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path

from tests.architecture.private_names import check_bounds, check_private_names
from tests.architecture.tree import files, python_texts, texts
from tests.architecture.use_cases import check_use_cases

LONGEST_FILE = 400
COUNTED = (".py", ".mjs", ".js", ".css", ".html")
TOP = {
    ".ci", ".dockerignore", ".editorconfig", ".git", ".gitignore", "CHANGELOG.md",
    "CONTRIBUTING.md", "DECISIONS.md", "LICENSE",
    "README.md", "SECURITY.md", "deploy", "docs", "publiccode.yml", "pyproject.toml",
    "requirements-node.lock",
    "requirements-test.lock", "requirements.lock", "services", "shared", "sportello", "tests",
}  # fmt: skip
MADE_BESIDE = {".sportello.lock", ".venv", "var"}
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "service"}
# Put together here, so that this file passes its own check.
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("unpkg", "com"),
        ("cdn", "jsdelivr", "net"),
        ("docker", "io"),
        ("ghcr", "io"),
        ("quay", "io"),
        ("deb", "debian", "org"),
        ("archive", "ubuntu", "com"),
    )
]
MACHINE_PATH = re.compile(r"(?<![\w.~*)}\]-])/(?:work|root|tmp|home)/[\w.-]")


def check_length(root: Path) -> list[str]:
    """Above 300 lines a file is worth a look; above 400 it becomes a package."""
    return [
        f"{path}: {count} lines, {LONGEST_FILE} at most; split it by meaning"
        for path, text in texts(root)
        if path.endswith(COUNTED) and not path.startswith("tests/") and "/migrations/" not in path
        if (count := text.count("\n")) > LONGEST_FILE
    ]


def check_top(root: Path) -> list[str]:
    """What lies at the top of the repository is decided once."""
    names = {path.relative_to(root).parts[0] for path in files(root)} | {
        path.name for path in root.iterdir() if path.is_dir()
    }
    made = {
        name
        for name in names
        if name.endswith((".egg-info", "_cache")) or name == ".hypothesis" or name == "__pycache__"
    }
    return [
        f"{name}: does not belong at the top of the repository"
        for name in sorted(names - TOP - MADE_BESIDE - made)
    ]


def check_names(root: Path) -> list[str]:
    """A module is named after what it holds."""
    return [
        f"{path}: name it after what it holds"
        for path, _ in python_texts(root)
        if set(Path(path).with_suffix("").parts) & VAGUE_NAMES
    ]  # fmt: skip


def check_quadratic_filters(root: Path) -> list[str]:
    """A filter of Jinja whose time grows with the square of a text is not given people's texts: one
    of dots held a service for seconds.
    """
    return [
        f"{path}: uses {name}; expected `linked` (shared.web.linked)"
        for path, text in texts(root)
        if path.endswith((".html", ".txt"))
        for name in re.findall(r"\|\s*(urlize|wordwrap)\b", text)
    ]


def check_registries(root: Path) -> list[str]:
    """No file names a package registry or a content network: each installation has its own."""
    return [
        f"{path}: names {host}" for path, text in texts(root) for host in REGISTRIES if host in text
    ]


def check_machine_paths(root: Path) -> list[str]:
    """No file knows where somebody's machine keeps it."""
    return [
        f"{path}:{number}: {found.group()}... is a path of one machine"
        for path, text in texts(root)
        if not path.endswith(".lock")
        for number, line in enumerate(text.splitlines(), 1)
        if (found := MACHINE_PATH.search(line)) and not line.startswith("#!")
    ]


def check_packages(root: Path) -> list[str]:
    """`__init__.py` is empty or says what the package is; nothing happens on import."""
    return [
        f"{path}: holds more than a docstring"
        for path, text in python_texts(root)
        if Path(path).name == "__init__.py" and not is_docstring_only(text)
    ]


def is_docstring_only(text: str) -> bool:
    body = ast.parse(text).body
    return all(
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        for node in body[:1]
    ) and (len(body) <= 1)


def check_assertions(root: Path) -> list[str]:
    """Every test asserts, itself or through functions of the tests."""
    modules = {
        path: ast.parse(text) for path, text in python_texts(root) if path.startswith("tests/")
    }
    functions = {
        path: [node for node in ast.walk(module) if isinstance(node, Function)]
        for path, module in modules.items()
    }
    everywhere = [function for found in functions.values() for function in found]
    asserting = {function.name for function in everywhere if asserts(function)}
    while more := {f.name for f in everywhere if f.name not in asserting and calls(f) & asserting}:
        asserting |= more
    return [
        f"{path}:{function.lineno}: {function.name} asserts nothing"
        for path, found in functions.items()
        for function in found
        if function.name.startswith("test_")
        and not asserts(function)
        and not calls(function) & asserting
    ]


def check_logged_errors(root: Path) -> list[str]:
    """An error is logged by `error_text`, which quotes nobody; its own text may."""
    return [
        f"{path}:{node.lineno}: logs an error's own text; expected error_text(...)"
        for path, text in python_texts(root)
        if path.startswith(("services/", "shared/"))
        for handler in ast.walk(ast.parse(text))
        if isinstance(handler, ast.ExceptHandler) and handler.name
        for node in ast.walk(handler)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and getattr(node.func.value, "id", "") == "log"
        if any(
            quotes(argument.value, handler.name)
            for argument in node.keywords
            if argument.arg != "exc_info"
        )
    ]


HISTORY_OF_THE_PORTAL = {"HISTORY", "HistoryRow"}
READS_HISTORY = {
    "services/portal/models.py",
    "services/portal/projection/repository.py",
    "services/portal/queries/history.py",
    # These two read it for those who run the service: digests, and what a restored installation has
    # beyond others.
    "services/portal/queries/compare.py",
    "services/portal/queries/recovery.py",
}


def check_history(root: Path) -> list[str]:
    """The portal's history names tickets that not every reader may see: it is read in one place,
    for a viewer.
    """
    return [
        f"{path}:{node.lineno}: reads the history itself; expected services.portal.queries.history"
        for path, text in python_texts(root)
        if path.startswith("services/portal/") and path not in READS_HISTORY
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom)
        and HISTORY_OF_THE_PORTAL & {alias.name for alias in node.names}
    ]


FILES_OF_AN_ACTION = {
    "services/tickets/domain/lifecycle.py",
    "services/tickets/domain/ticket.py",
    "services/tickets/usecases/sharing.py",
    "services/tickets/commands.py",
    "shared/contracts/commands/tickets.py",
    "shared/contracts/events/tickets.py",
    "shared/policy/actions/between.py",
}


def check_files_of_an_action(root: Path) -> list[str]:
    """One action stands in few files of code: the others derive from its row (CONTRIBUTING.md).

    It is seen on `unshare`.
    """
    return [
        f"{path}: names the action `unshare`; expected the registry of actions"
        for path, text in python_texts(root)
        if not path.startswith("tests/")
        and path not in FILES_OF_AN_ACTION
        and "unshare" in text.lower()
    ]


def quotes(value: ast.expr, name: str) -> bool:
    """Whether `value` makes text of the variable `name` by itself: `repr(name)`, `str(name)`,
    `f"{name}"`, or `name` alone.
    """
    if isinstance(value, ast.Name):
        return value.id == name
    made = [
        node
        for node in ast.walk(value)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("repr", "str")
    ]
    filled = [node.value for node in ast.walk(value) if isinstance(node, ast.FormattedValue)]
    return any(
        isinstance(part, ast.Name) and part.id == name
        for part in (*filled, *(a for call in made for a in call.args))
    )


Function = ast.FunctionDef | ast.AsyncFunctionDef


def asserts(function: Function) -> bool:
    return any(isinstance(node, ast.Assert) for node in ast.walk(function)) or bool(
        calls(function) & {"raises", "warns", "fail"}
    )


def calls(function: Function) -> set[str]:
    """The names of what it calls: `f` of `f()` and of `x.f()`."""
    called = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    return {node.id for node in called if isinstance(node, ast.Name)} | {
        node.attr for node in called if isinstance(node, ast.Attribute)
    }


CHECKS: dict[str, Callable[[Path], list[str]]] = {
    "length": check_length,
    "top": check_top,
    "names": check_names,
    "quadratic filters": check_quadratic_filters,
    "registries": check_registries,
    "machine paths": check_machine_paths,
    "packages": check_packages,
    "assertions": check_assertions,
    "logged errors": check_logged_errors,
    "history": check_history,
    "files of an action": check_files_of_an_action,
    "private names": check_private_names,
    "bounds": check_bounds,
    "use cases": check_use_cases,
}
