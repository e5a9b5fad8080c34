"""`deskmate bench`: how fast this machine is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from api.commands.options import json_option

if TYPE_CHECKING:
    from rich.table import Table

    from knowledge.bench import Bench, Spread
    from tools.bench import CallCost


@click.group()
def bench() -> None:
    """Measure how fast this machine is."""


@bench.command("knowledge")
@click.option("--pages", type=click.IntRange(10), default=10_000, show_default=True, help="Pages of the larger index.")
@json_option
def knowledge_bench(pages: int, as_json: bool) -> None:
    """Measure ingest, sync, edits and search at a tenth of the pages and at all of them.

    Pages of ten passages are generated, the same every time, in a temporary folder. One hundred pages are embedded for
    real; the indexes that are searched hold generated vectors, which take as long to search. 10,000 pages take some
    minutes.
    """
    from api.local import consoles
    from api.prepare import bar
    from knowledge.bench import bench as measured

    out, err = consoles()
    with bar(err, "Measuring") as told:
        found = measured(pages, told)
    if as_json:
        click.echo(found.model_dump_json(indent=2))
        return
    out.print(
        f"Encoder included: {found.embedded_pages_per_second:.1f} pages/s, "
        f"{found.embedded_chunks_per_second:.0f} passages/s. Below, vectors are generated, except those of edits and "
        "queries. Times in ms are p50 / p95.",
        highlight=False,
    )
    out.print(_table(found))


@bench.command("gateway")
@click.option("--calls", type=click.IntRange(20), default=500, show_default=True, help="Calls of each kind.")
@click.option("--turns", type=click.IntRange(1), default=5, show_default=True, help="Times that each message is said.")
@json_option
def gateway_bench(calls: int, turns: int, as_json: bool) -> None:
    """Measure what the gateway adds to a call, and its share of a turn of the built-in model.

    On the demo company in a temporary folder: each call through the gateway beside the same tool run without it.
    """
    import asyncio

    from agent.bench import share_of_turns
    from api.local import consoles
    from tools.bench import calls as measured

    out, err = consoles()
    with err.status("Measuring calls …"):
        costs = measured(calls)
    with err.status("Measuring turns …"):
        share, milliseconds = asyncio.run(share_of_turns(turns, costs))
    if as_json:
        parts = {kind: {"p50": cost.overhead, "cpu": cost.overhead_cpu} for kind, cost in costs.items()}
        kinds = {kind: {**cost.model_dump(), "gateway": parts[kind]} for kind, cost in costs.items()}
        click.echo(json.dumps({"calls": kinds, "turn_ms": milliseconds, "share_of_turn": share}, indent=2))
        return
    out.print(_calls_table(costs))
    out.print(
        f"A turn of the built-in model takes {milliseconds:.0f} ms (p50); {100 * share:.1f} % of it is the gateway's.",
        highlight=False,
    )


def _calls_table(costs: dict[str, CallCost]) -> Table:
    from rich.table import Table

    heads = ("through the gateway", "tool alone", "gateway", "its processor time")
    table = Table("µs, p50 / p95", *heads, box=None)
    for cost in costs.values():
        alone = f"{cost.alone.p50:,.0f} / {cost.alone.p95:,.0f}" if cost.alone else ""
        whole = f"{cost.whole.p50:,.0f} / {cost.whole.p95:,.0f}"
        table.add_row(cost.what, whole, alone, f"{cost.overhead:,.0f}", f"{cost.overhead_cpu:,.0f}")
    return table


def _table(found: Bench) -> Table:
    from rich.table import Table

    table = Table("", *(f"{size.chunks:,} passages" for size in found.sizes), box=None)
    memory = ["memory at ¼, ½, ¾, all (MB)"]
    memory += [", ".join(f"{value:.0f}" for value in size.memory) for size in found.sizes]
    table.add_row("pages", *(f"{size.pages:,}" for size in found.sizes))
    table.add_row("pages/s without the encoder", *(f"{size.pages_per_second:.0f}" for size in found.sizes))
    table.add_row(*memory)
    table.add_row("memory, most with Chroma (MB)", *(f"{size.memory_with_chroma:.0f}" for size in found.sizes))
    table.add_row("Chroma filled in (s)", *(f"{size.chroma_seconds:.1f}" for size in found.sizes))
    table.add_row(
        "sync, no change (s; embedded)",
        *(f"{size.resync_seconds:.2f}; {size.resync_embedded}" for size in found.sizes),
    )
    table.add_row("an edit until found (ms)", *(_shown(size.edit) for size in found.sizes))
    table.add_row("search, exact (ms)", *(_shown(size.exact) for size in found.sizes))
    table.add_row("search, Chroma (ms)", *(_shown(size.chroma) for size in found.sizes))
    return table


def _shown(spread: Spread) -> str:
    return f"{spread.p50:.0f} / {spread.p95:.0f}"
