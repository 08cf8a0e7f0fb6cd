"""The steps of an upgrade, as Alembic computes them.

The private name of Alembic that this module, and no other, uses is
`ScriptDirectory._upgrade_revs(destination, current_rev)`. It returns the steps from a revision to
another. The public `alembic.command.upgrade` calls it too, but only through an `env.py` in the
folder of the migrations, which opens a connection of its own; our migrations run in the transaction
of their caller.

pyproject.toml bounds Alembic below its next minor version. When the canary in
tests/contract/test_private_names.py fails after an upgrade: see what `alembic.command.upgrade`
passes to `EnvironmentContext` now, do the same here, run the tests of the migrations, then raise
the bound.
"""

from alembic.runtime.migration import RevisionStep
from alembic.script import ScriptDirectory


def steps_to_head(scripts: ScriptDirectory, current: str) -> list[RevisionStep]:
    """Return the migrations that lead from revision `current` to the newest, in order."""
    return scripts._upgrade_revs("head", current)
