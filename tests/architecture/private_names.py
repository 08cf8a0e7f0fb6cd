"""Private names of libraries are used in one module each, and such a library has an upper bound."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.tree import python_texts

PRIVATE_USES = {
    "services/notify/adapters/smtp_protocol.py": "aiosmtplib",
    "shared/database/aiosqlite_threads.py": "aiosqlite",
    "shared/database/alembic_upgrade.py": "alembic",
    "shared/database/sqlalchemy_compiler.py": "sqlalchemy",
    "shared/messaging/rabbitmq/pamqp_patch.py": "pamqp",
    "shared/runtime/connection.py": "uvicorn",
}
"""By module, the library whose private names it uses.

Its docstring says which, why, and what to do after an upgrade.
"""

OURS = {"services", "shared", "tests"}
INTERNAL = {"positiontup", "binds", "construct_params", "read_response"}
"""Internal names of libraries that do not begin with an underscore."""
DOCUMENTED = {"_asdict", "_fields", "_make", "_mapping", "_replace"}
"""Of named tuples and of SQLAlchemy's rows."""


def check_private_names(root: Path) -> list[str]:
    """A private name is used through `self` or `cls`, a library's only in the module for it."""
    return [
        f"{path}:{line}: uses {name}; expected one module for the private names of a library"
        for path, text in python_texts(root)
        if path.startswith(("services/", "shared/")) and path not in PRIVATE_USES
        for line, name in private_uses(ast.parse(text))
    ]


def check_bounds(root: Path) -> list[str]:
    """A library whose private names are used has an upper bound in pyproject.toml."""
    file = root / "pyproject.toml"
    wanted = (
        tomllib.loads(file.read_text(encoding="utf-8"))["project"]["dependencies"]
        if file.exists()
        else []
    )
    bounded = {
        re.split(r"[^\w-]", wanted_one, maxsplit=1)[0] for wanted_one in wanted if "<" in wanted_one
    }
    unbounded = set(PRIVATE_USES.values()) - bounded if file.exists() else set()
    return [
        f"pyproject.toml: {library} has no upper bound, and its private names are used"
        for library in sorted(unbounded)
    ]


def private_uses(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the line and the name of each use of a private name that is not the module's own."""
    theirs = set()
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and not is_ours(node.module or ""):
            theirs |= {alias.asname or alias.name for alias in node.names}
            parts = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
            yield from ((node.lineno, part) for part in parts if is_private(part))
        elif isinstance(node, ast.Import):
            theirs |= {
                alias.asname or alias.name for alias in node.names if not is_ours(alias.name)
            }
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute):
            owner = node.value.id if isinstance(node.value, ast.Name) else ""
            is_replaced = isinstance(node.ctx, ast.Store) and owner in theirs
            if (
                (is_private(node.attr) and owner not in ("self", "cls"))
                or node.attr in INTERNAL
                or is_replaced
            ):
                yield node.lineno, node.attr
        elif isinstance(node, ast.Call):
            yield from (
                (node.lineno, each.arg)
                for each in node.keywords
                if each.arg and is_private(each.arg)
            )


def is_private(name: str) -> bool:
    return (
        name.startswith("_")
        and not name.startswith("__")
        and name not in DOCUMENTED
        and name != "_"
    )


def is_ours(module: str) -> bool:
    top = module.split(".")[0]
    return top in OURS or top in sys.stdlib_module_names
