"""The parts of the services' README.md that are made from code: what each service hears and says.

`python -m tests.contract.service_pages` writes them anew.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

from services.tickets.lifecycle_picture import draw_mermaid
from shared.contracts.events.base import EVENT_CLASSES
from shared.messaging.topology import HEARS, producer_of

ROOT = Path(__file__).resolve().parents[2]
BEGIN = "<!-- {}: made by `python -m tests.contract.service_pages`, held by a test -->"
END = "<!-- /{} -->"


def pages() -> dict[Path, dict[str, str]]:
    """Return the README.md of each service with its made parts: their names and their texts."""
    parts = {service: {"messages": messages_of(service)} for service in HEARS}
    parts["tickets"]["lifecycle"] = f"```mermaid\n{draw_mermaid()}```"
    return {ROOT / "services" / service / "README.md": parts[service] for service in HEARS}


def messages_of(service: str) -> str:
    """Return two tables: what `service` hears, by producer, and what it says, by consumers."""
    heard: dict[str, list[str]] = defaultdict(list)
    for event in HEARS[service]:
        heard[producer_of(event.NAME)].append(event.NAME)
    said: dict[str, list[str]] = defaultdict(list)
    for name in EVENT_CLASSES:
        if producer_of(name) == service:
            consumers = [each for each in HEARS if name in {e.NAME for e in HEARS[each]}]
            said[", ".join(consumers)].append(name)
    return f"{table('it hears from', heard)}\n\n{table('it says to', said)}"


def table(title: str, rows: dict[str, list[str]]) -> str:
    lines = [f"| {title} | events |", "|---|---|"]
    for who in sorted(rows):
        lines.append(f"| {who} | {', '.join(f'`{name}`' for name in sorted(rows[who]))} |")
    return "\n".join(lines)


def with_parts(text: str, parts: dict[str, str]) -> str:
    """Return `text` with each made part in its place.

    Raises ValueError if there is no such place.
    """
    for name, part in parts.items():
        begin, end = BEGIN.format(name), END.format(name)
        pattern = f"{re.escape(begin)}.*?{re.escape(end)}"
        made = f"{begin}\n\n{part}\n\n{end}"
        # A backslash in the part is no reference to a group.
        text, count = re.subn(pattern, made.replace("\\", r"\\"), text, flags=re.DOTALL)
        if count != 1:
            raise ValueError(f"{count} places for {name}; expected 1, from {begin} to {end}")
    return text


if __name__ == "__main__":
    for path, parts in pages().items():
        path.write_text(with_parts(path.read_text(encoding="utf-8"), parts), encoding="utf-8")
