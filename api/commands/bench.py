"""`deskmate bench`: how fast this machine is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from api.commands.options import json_option

if TYPE_CHECKING:
    from rich.table import Table

    from knowledge.bench import Bench, Spread


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
