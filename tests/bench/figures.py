"""Figures and how they are shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value.

    `ceiling` names the figure it is a part of, for the ratio; `goal` is what was aimed at.

    `fewer` is the same with a tenth of the tickets.
    """

    group: str
    name: str
    value: float
    unit: str
    ceiling: str | None = None
    goal: str = ""
    fewer: float | None = None


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` (0..1) of `values` lies; NaN for none."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def latencies(group: str, name: str, seconds: Sequence[float], *, goal: str = "") -> list[Figure]:
    """Return p50, p95 and p99 of `seconds` as milliseconds; `goal` belongs to the p95."""
    return [
        Figure(
            group,
            f"{name} p{share}",
            percentile(seconds, share / 100) * 1000,
            "ms",
            goal=goal if share == 95 else "",
        )
        for share in (50, 95, 99)
    ]


def show(figures: Sequence[Figure]) -> None:
    """Print a table."""
    ceilings = {figure.name: figure.value for figure in figures}
    table = Table(
        "what",
        "measured",
        "with a tenth of the tickets",
        "of ceiling",
        "goal",
        title="Sportello bench",
    )
    group = ""
    for figure in figures:
        if figure.group != group:
            group = figure.group
            table.add_section()
            table.add_row(f"[bold]{group}[/bold]", "", "", "", "")
        ratio = (
            f"{figure.value / ceilings[figure.ceiling]:.0%} of {figure.ceiling}"
            if figure.ceiling in ceilings
            else ""
        )
        fewer = f"{figure.fewer:,.1f} {figure.unit}" if figure.fewer is not None else ""
        table.add_row(
            f"  {figure.name}", f"{figure.value:,.1f} {figure.unit}", fewer, ratio, figure.goal
        )
    Console(width=140).print(table)


def as_json(figures: Sequence[Figure], facts: dict[str, Any]) -> dict[str, Any]:
    """Return everything for `--json`."""
    ceilings = {figure.name: figure.value for figure in figures}
    rows = [
        {
            "group": f.group,
            "name": f.name,
            "value": f.value,
            "unit": f.unit,
            "goal": f.goal,
            "ratio": f.value / ceilings[f.ceiling] if f.ceiling in ceilings else None,
            "ratio_to": f.ceiling,
            "with_a_tenth_of_the_tickets": f.fewer,
        }
        for f in figures
    ]
    return {"machine": facts, "figures": rows}
