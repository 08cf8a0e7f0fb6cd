"""Keeps the JSON Schema of every event: `python -m tests.contract.schemas`.

Refuses where a published one was changed incompatibly.
"""

from __future__ import annotations

import sys

from shared.contracts.events.base import EVENT_CLASSES
from tests.contract.schema_changes import (
    file_of,
    incompatible_changes,
    kept_schemas,
    schema_of,
    what_to_do,
    written,
)


def main() -> int:
    kept = kept_schemas()
    refused = [
        f"{name}: it is gone. {what_to_do(name)}" for name in kept if name not in EVENT_CLASSES
    ]
    for name, event in EVENT_CLASSES.items():
        schema = schema_of(event)
        changes = incompatible_changes(kept[name], schema) if name in kept else []
        refused += [f"{name}: {change}. {what_to_do(name)}" for change in changes]
        if not changes and kept.get(name) != schema:
            file_of(name).write_text(written(schema), encoding="utf-8")
            print(f"{name} kept")
    for sentence in refused:
        print(sentence, file=sys.stderr)
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
