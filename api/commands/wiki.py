"""`deskmate search`, `ingest` and `rebuild`: the wikis without the agent."""

import json
import re
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import click

from api.commands.options import collection_option, engine_option, json_option


@click.command()
@click.argument("query")
@click.option(
    "-k", "count", type=click.IntRange(1, 50), default=5, show_default=True, help="How many passages at most."
)
@collection_option
@click.option("--internal", is_flag=True, help="Also search pages for staff only.")
@click.option("--before", default="", help="What was said before, where the question may lean on it.")
@click.option("--explain", is_flag=True, help="Say of each passage how it came to its score.")
@json_option
def search(
    query: str, count: int, collection: str | None, internal: bool, before: str, explain: bool, as_json: bool
) -> None:
    """Search a wiki and print the passages that fit best, with page, heading, link and score.

    With --collection '*' the question goes to the wiki that it belongs to.
    """
    from agent.settings import AgentSettings
    from api.bodies import SearchResult
    from api.local import consoles
    from api.prepare import prepare_wiki
    from api.render import print_hits
    from api.settings import ApiSettings
    from knowledge.index import Index
    from knowledge.page import EVERYONE, PUBLIC_ONLY

    out, err = consoles()
    name = collection or AgentSettings().collection
    if ApiSettings().demo:
        prepare_wiki(err)
    with Index.open() as index:
        audiences, history = EVERYONE if internal else PUBLIC_ONLY, [before] if before else []
        hits = index.search(query, collection=name, k=count, audiences=audiences, history=history, explain=explain)
    result = SearchResult.from_hits(query, name, hits)
    if as_json:
        found = result.model_dump(mode="json")
        for shown, hit in zip(found["hits"], hits, strict=True):
            shown |= {"why": asdict(hit.why)} if hit.why else {}
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        print_hits(out, result, hits if explain else ())


@click.command()
@click.argument("path", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--collection", metavar="NAME", help="Name of the wiki.  [default: the folder's name]")
@click.option(
    "--audience",
    type=click.Choice(["public", "internal"]),
    default="public",
    show_default=True,
    help="Who may read pages that do not say so themselves.",
)
@click.option(
    "--encoder",
    metavar="ENCODER",
    default="",
    help="minilm or ollama/NAME.  [default: the wiki's own; for a new one DESKMATE_KNOWLEDGE_ENCODER, or minilm]",
)
@engine_option
def ingest(path: Path, collection: str | None, audience: str, encoder: str, engine: str) -> None:
    """Read the folder PATH (Markdown, HTML, text) into a wiki, so that the wiki equals the folder.

    Only what changed is read again; pages that are gone from the folder are gone from the wiki.
    """
    from api.local import consoles
    from api.prepare import ingest_with_progress
    from knowledge.index import Index
    from knowledge.page import Audience
    from knowledge.settings import KnowledgeSettings
    from knowledge.workers import opened_workers

    out, err = consoles()
    name = collection or _collection_name(path)
    settings = KnowledgeSettings()
    if encoder:  # what is asked for here goes before the setting
        settings = settings.model_copy(update={"encoder": ""})
    with Index.open(settings, writer=True) as index, closing(opened_workers(engine, settings)) as workers:
        report = ingest_with_progress(
            err, index, path, collection=name, audience=Audience(audience), encoder=encoder, workers=workers
        )
    for skip in report.skipped:
        err.print(f"Skipped {skip.path}: {skip.sentence}", markup=False, highlight=False)
    out.print(
        f"Wiki {name!r}: {report.added} pages added, {report.changed} changed, {report.removed} removed, "
        f"{report.unchanged} unchanged, {len(report.skipped)} skipped.",
        highlight=False,
    )
    out.print(f'Try it: deskmate ask "…" --collection {name}', markup=False, highlight=False)


def _collection_name(path: Path) -> str:
    """The folder's name as a collection can be named."""
    name = re.sub(r"[^a-z0-9]+", "-", path.resolve().name.lower()).strip("-")[:50].strip("-")
    if not name:
        raise click.UsageError("The folder's name cannot name a wiki; name it with --collection.")
    return name


@click.command()
def rebuild() -> None:
    """Build the index of the demo wiki anew, and the vector index of all wikis.

    For an index that is damaged or was built by another version. Stop the server first.
    """
    from api import prepare
    from api.local import consoles
    from api.settings import ApiSettings

    out, err = consoles()
    prepare.rebuild(ApiSettings(), err)
    out.print("The index is built anew.")
