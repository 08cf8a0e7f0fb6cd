"""A use case has one shape: first what it works with, then facts by keyword; it never commits."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.tree import python_texts

HELD = ("services/intake/usecases", "services/notify/usecases", "services/routing/usecases")
WORKS_WITH = {"uow", "work", "database", "intake", "desk"}
"""What a use case may take by position: its transaction, database or running service, and the desk
in force.
"""
COMMITS = {"commit", "transaction"}


def check_use_cases(root: Path) -> list[str]:
    """Public coroutines of `usecases` take facts by keyword, or are `(work, command)`; the edge
    commits.
    """
    return [
        f"{path}:{line}: {complaint}"
        for path, text in python_texts(root)
        if path.startswith(HELD)
        for node in ast.parse(text).body
        if isinstance(node, ast.AsyncFunctionDef)
        for line, complaint in faults_of(node)
    ]


def faults_of(use_case: ast.AsyncFunctionDef) -> Iterator[tuple[int, str]]:
    by_position = [each.arg for each in use_case.args.args]
    facts = [name for name in by_position if name not in WORKS_WITH]
    if not use_case.name.startswith("_") and facts and by_position != ["work", "command"]:
        yield (
            use_case.lineno,
            f"{use_case.name} takes {', '.join(facts)} by position; expected keywords",
        )
    for node in ast.walk(use_case):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in COMMITS
        ):
            yield (
                node.lineno,
                f"{use_case.name} calls {node.func.attr}; expected the edge to commit",
            )
