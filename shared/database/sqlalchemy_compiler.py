"""A statement of SQLAlchemy as text and parameters for the driver.

Names of SQLAlchemy's compiler that are not part of its public API, and that this module, and no
other, uses:

- `SQLCompiler.positiontup`, the names of the parameters in the driver's order (None without any);
- `SQLCompiler.binds`, the bound parameters by name, with their types;
- `SQLCompiler.construct_params(params, _check=False)`, the values that the statement itself has;
  `_check=False` because the other values come with each execution.

pyproject.toml bounds SQLAlchemy below its next minor version. When the canary in
tests/contract/test_private_names.py fails after an upgrade: look at
`sqlalchemy.sql.compiler.SQLCompiler`, adapt `compile_statement`, run
tests/integration/database/test_prepared.py, then raise the bound.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.sql import ClauseElement
from sqlalchemy.types import TypeEngine


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a statement; `fixed` is the value that the statement has for it, or None."""

    name: str
    fixed: Any
    type: TypeEngine[Any]


def compile_statement(
    statement: ClauseElement,
    dialect: Dialect,
    columns: Sequence[str] | None,
) -> tuple[str, list[Parameter]]:
    """Return the text of `statement` and its parameters, in the order in which the driver takes
    them.

    `columns` are those that an insert is given.
    """
    compiled: Any = statement.compile(dialect=dialect, column_keys=columns)
    fixed = compiled.construct_params({}, _check=False)
    order = compiled.positiontup or ()
    return str(compiled), [
        Parameter(name, fixed.get(name), compiled.binds[name].type) for name in order
    ]
