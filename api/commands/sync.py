"""`deskmate sync`: the wikis brought up to the sources that sources.toml names."""

from __future__ import annotations

import json
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import click

from api.commands.options import engine_option, json_option

if TYPE_CHECKING:
    from rich.console import Console

    from knowledge.index import Index
    from knowledge.sources import Source
    from knowledge.sync import SyncResult


@click.command()
@click.argument("names", nargs=-1, metavar="[SOURCE]...")
@click.option("--dry-run", "dry", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--allow-removal", is_flag=True, help="Also remove pages where a source lost most of them, or all.")
@click.option("--forget", metavar="NAME", help="Remove the pages of a source that sources.toml no longer names.")
@engine_option
@json_option
def sync(
    names: tuple[str, ...], dry: bool, allow_removal: bool, forget: str | None, engine: str, as_json: bool
) -> None:
    """Bring the wikis up to the sources in sources.toml: all of them, or those that are named.

    Only what changed is read, and only changed passages are embedded. A source that does not answer, or that suddenly
    holds nothing, changes nothing. Ends with an error where a source could not be synced as a whole.
    """
    from api.local import consoles
    from api.prepare import sync_with_progress
    from knowledge import sync as syncing
    from knowledge.index import Index
    from knowledge.settings import KnowledgeSettings
    from knowledge.sources import FILE, load
    from knowledge.workers import opened_workers

    out, err = consoles()
    settings = KnowledgeSettings()
    sources = load(settings.data_dir)
    if forget:
        with Index.open(settings, writer=True) as index:
            out.print(f"Removed {syncing.forget(index, forget, sources):,} pages of {forget!r}.", highlight=False)
        return
    chosen = syncing.chosen(sources, names)
    if not chosen:
        raise click.ClickException(f"There is no source yet: describe one in {settings.data_dir / FILE}.")
    with Index.open(settings, writer=not dry) as index, closing(opened_workers(engine, settings)) as workers:
        results = []
        for source in chosen:
            result = sync_with_progress(
                err, index, source, sources, dry=dry, allow_removal=allow_removal, workers=workers
            )
            results.append(result)
            if not as_json:
                _show(out, err, result)
        _name_dropped(err, index, sources)
    if as_json:
        click.echo(json.dumps([result.model_dump(mode="json") for result in results], indent=2))
    if not all(result.ok for result in results):
        sys.exit(1)


def _show(out: Console, err: Console, result: SyncResult) -> None:
    for path, sentence in result.named:
        err.print(f"{path}: {sentence}", markup=False, highlight=False, soft_wrap=True)
    if result.error:
        err.print(f"{result.source}: {result.error}", style="red", markup=False, highlight=False, soft_wrap=True)
    out.print(
        f"{result.source} → wiki {result.collection!r}: {result.added} added, {result.changed} changed, "
        f"{result.removed} removed, {result.unchanged} unchanged, {result.failed} failed, {result.skipped} skipped "
        f"({result.embedded} passages embedded, {result.seconds:.1f} s).",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


def _name_dropped(err: Console, index: Index, sources: list[Source]) -> None:
    from knowledge.sync import dropped_sentences

    for sentence in dropped_sentences(index, sources):
        err.print(sentence, markup=False, highlight=False, soft_wrap=True)
