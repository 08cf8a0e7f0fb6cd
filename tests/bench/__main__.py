"""Runs the bench: ceilings, then distributed, then embedded, side by side in one run."""

import json
import os
import platform
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer
import uvloop
from rich.console import Console

from tests.bench.acting import measure_acting
from tests.bench.ceilings import COMMITS_8, PUBLISHES, measure_ceilings
from tests.bench.costs import measure_costs
from tests.bench.figures import Figure, as_json, latencies, show
from tests.bench.hostile import measure_hostile
from tests.bench.installation import Measured, start_distributed, start_embedded
from tests.bench.load import sustain, unloaded
from tests.bench.reading import measure_reading
from tests.servers.choose import choose_postgres, choose_rabbit

RATE = 20.0
PARTS = (
    "distributed",
    "commands",
    "costs",
    "reading",
    "scaled",
    "embedded",
    "costs-embedded",
    "reading-embedded",
    "hostile",
)
WARM_UP_SECONDS = 3.0
"""At the same rate and not counted: pools open their connections, statements are prepared."""
console = Console(stderr=True)


def main(
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the figures to this file, too.")
    ] = None,
    seconds: Annotated[float, typer.Option(help="Length of each load.")] = 30.0,
    only: Annotated[str, typer.Option(help=f"One of {', '.join(PARTS)}; or all.")] = "all",
) -> None:
    """Measure this installation on this machine and print a table."""
    figures = uvloop.run(_measure(seconds, only))
    show(figures)
    if json_file is not None:
        facts = {
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "system": platform.platform(),
            "seconds": seconds,
        }
        json_file.write_text(json.dumps(as_json(figures, facts), indent=2) + "\n", encoding="utf-8")


async def _measure(seconds: float, only: str) -> list[Figure]:
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="sportello-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        if only not in ("embedded", "costs-embedded", "reading-embedded", "hostile"):
            with choose_postgres(durable=True) as postgres, choose_rabbit() as rabbit:
                console.print("ceilings of this machine")
                rabbit.create_vhosts(
                    [
                        "ceilings",
                        "one",
                        "costs",
                        "two-tickets",
                        "two-portals",
                        "two-both",
                        "reading",
                    ]
                )
                url = postgres.create_database("sportello_ceiling")
                figures += await measure_ceilings(url, rabbit.vhost_url("ceilings"))
                if only == "commands":
                    async with await start_distributed(
                        postgres, rabbit, "one", folder / "commands"
                    ) as running:
                        figures += await measure_acting(running, seconds=seconds / 2, goal="< 60")
                if only in ("all", "distributed"):
                    console.print("five services, one process each")
                    running = await start_distributed(postgres, rabbit, "one", folder / "one")
                    async with running:
                        figures += await _one_installation(
                            running,
                            seconds,
                            goals=("< 15", "< 60", "< 40", "< 60"),
                            rate_goal=">= 600 (1,500)",
                        )
                if only in ("all", "costs"):
                    console.print("five services, doing nothing and a little")
                    async with await start_distributed(
                        postgres, rabbit, "costs", folder / "costs"
                    ) as running:
                        figures += await measure_costs(running)
                if only in ("all", "reading"):
                    console.print("five services, many tickets to read")
                    async with await start_distributed(
                        postgres, rabbit, "reading", folder / "reading"
                    ) as running:
                        figures += await measure_reading(running)
                if only in ("all", "scaled"):
                    figures += await _scaled(postgres, rabbit, folder, seconds)
        if only in ("all", "embedded"):
            console.print("embedded")
            async with await start_embedded(folder / "embedded") as running:
                figures += await _one_installation(
                    running, seconds, goals=("", "< 30", "", ""), rate_goal=">= 400"
                )
        if only in ("all", "costs-embedded"):
            console.print("embedded, doing nothing and a little")
            async with await start_embedded(folder / "costs-embedded") as running:
                figures += await measure_costs(running)
        if only in ("all", "reading-embedded"):
            console.print("embedded, many tickets to read")
            async with await start_embedded(folder / "reading-embedded") as running:
                figures += await measure_reading(running)
        if only in ("all", "hostile"):
            console.print("embedded, bodies made to cost")
            async with await start_embedded(folder / "hostile") as running:
                figures += await measure_hostile(running)
    return figures


async def _one_installation(
    running: Measured, seconds: float, *, goals: tuple[str, str, str, str], rate_goal: str
) -> list[Figure]:
    group = running.name
    figures = [Figure(f"{group}: start", "until ready", running.started_in, "s")]
    await unloaded(running, rate=RATE, seconds=WARM_UP_SECONDS)
    found = await unloaded(running, rate=RATE, seconds=seconds / 2)
    heading = f"{group}: latencies at {RATE:.0f} requests/s"
    figures += latencies(heading, "POST accepted", found.accepted, goal=goals[0])
    figures += latencies(heading, "POST to visible in the portal", found.visible, goal=goals[1])
    figures += latencies(heading, "take", found.take, goal=goals[2])
    figures += await measure_acting(running, seconds=seconds / 2, goal=goals[3])
    figures += await _throughput(running, seconds, rate_goal)
    memory = running.memory()
    figures += [Figure(f"{group}: memory", process, size, "MB") for process, size in memory.items()]
    figures.append(Figure(f"{group}: memory", "together", sum(memory.values()), "MB"))
    return figures


async def _throughput(
    running: Measured, seconds: float, goal: str, *, label: str = ""
) -> list[Figure]:
    done = await sustain(running, seconds=seconds)
    group = f"{running.name}: sustained for {seconds:.0f} s{label}"
    if done.missing or done.doubled:
        raise RuntimeError(
            f"of {done.accepted} requests {done.missing} are missing and {done.doubled} doubled"
        )
    shares = sorted(done.processor_share.items(), key=lambda item: -item[1])
    return [
        Figure(
            group, f"requests accepted{label}", done.accepted_per_second, "/s", ceiling=COMMITS_8
        ),
        Figure(
            group,
            f"tickets routed and visible{label}",
            done.visible_per_second,
            "/s",
            ceiling=PUBLISHES,
            goal=goal,
        ),
        Figure(group, f"requests checked to be there exactly once{label}", done.accepted, ""),
        Figure(group, f"the last visible after the load ended{label}", done.drained_in, "s"),
        Figure(group, f"mails sent by then{label}", done.mails_by_then, ""),
        *(
            Figure(group, f"processor used by {name}{label}", share * 100, "% of a core")
            for name, share in shares
        ),
        Figure(
            group,
            f"processors used together{label}",
            sum(s for _, s in shares) / (os.cpu_count() or 1) * 100,
            "% of the machine",
        ),
    ]


async def _scaled(postgres: Any, rabbit: Any, folder: Path, seconds: float) -> list[Figure]:
    figures: list[Figure] = []
    for vhost, counts in (
        ("two-tickets", {"tickets": 2}),
        ("two-portals", {"portal": 2}),
        ("two-both", {"tickets": 2, "portal": 2}),
    ):
        label = ", two of " + " and ".join(counts)
        console.print(f"five services{label}")
        async with await start_distributed(
            postgres, rabbit, vhost, folder / vhost, counts=counts
        ) as running:
            figures += await _throughput(running, seconds, "", label=label)
    return figures


if __name__ == "__main__":
    typer.run(main)
