"""`deskmate knowledge …`: care for the wikis' index, and see what the wikis lack."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from typing import TYPE_CHECKING

import click

from api.commands.options import json_option

if TYPE_CHECKING:
    from agent.gaps import GapList


@click.group("knowledge")
def knowledge_group() -> None:
    """Care for the wikis' index, and see what the wikis lack."""


@knowledge_group.command()
@click.option("--collection", metavar="NAME", help="Wiki to give other vectors.  [default: all]")
@click.option(
    "--encoder",
    metavar="ENCODER",
    default="",
    help="minilm or ollama/NAME.  [default: DESKMATE_KNOWLEDGE_ENCODER, or minilm]",
)
def reembed(collection: str | None, encoder: str) -> None:
    """Make the vectors of a wiki anew with another encoder.

    Searches use the old ones until all are made; stopped in between, nothing has changed, and the next call goes on.
    """
    from api.local import consoles
    from api.prepare import reembed_with_progress
    from knowledge.encoder import MINILM
    from knowledge.index import Index
    from knowledge.settings import KnowledgeSettings

    out, err = consoles()
    settings = KnowledgeSettings()
    wanted = encoder or settings.encoder or MINILM
    with Index.open(settings.model_copy(update={"encoder": ""}), writer=True) as index:
        names = [collection] if collection else [found.name for found in index.collections()]
        if not names:
            out.print("There is no wiki yet. Build one with: deskmate ingest FOLDER", highlight=False)
        for name in names:
            made = reembed_with_progress(err, index, name, wanted)
            out.print(f"Wiki {name!r}: {made} vectors made; it is searched with {wanted}.", highlight=False)


@knowledge_group.command()
@click.option("--collection", metavar="NAME", help="Wiki to look through.  [default: all]")
@json_option
def audit(collection: str | None, as_json: bool) -> None:
    """Check that every passage is found, by its own vector and by its own words, and that all parts of the index agree.

    Ends with an error where something is wrong, and names the command that mends it.
    """
    from api.local import consoles
    from api.prepare import audit_with_progress
    from knowledge.index import Index
    from knowledge.settings import KnowledgeSettings

    out, err = consoles()
    with Index.open(KnowledgeSettings(), writer=True, repair=False) as index:
        names = [collection] if collection else [found.name for found in index.collections()]
        found = [audit_with_progress(err, index, name) for name in names]
    if as_json:
        click.echo(json.dumps([item.as_dict() for item in found], indent=2))
    else:
        for item in found:
            for line in item.lines():
                out.print(line, markup=False, highlight=False, soft_wrap=True)
    if not all(item.ok for item in found):
        raise click.ClickException("The index is not whole. Mend it with: deskmate knowledge rebuild")


@knowledge_group.command()
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DAY",
    help="Conversations from this day on, such as 2026-11-01.  [default: 30 days ago]",
)
@click.option("--limit", type=click.IntRange(1, 200), default=20, show_default=True, help="How many gaps at most.")
@json_option
def gaps(since: datetime | None, limit: int, as_json: bool) -> None:
    """List what people asked and the wikis do not answer: alike questions together, the most wanted first.

    A gap is gone as soon as the wiki answers it.
    """
    from agent.gaps import first_moment
    from api.local import consoles, local_service
    from api.render import print_gaps
    from api.settings import ApiSettings

    out, err = consoles()

    async def listed() -> GapList:
        async with local_service(err, "offline") as service:
            return await service.gaps.listed(
                ApiSettings().tenant, since=first_moment(since.date() if since else None), limit=limit
            )

    found = asyncio.run(listed())
    if as_json:
        click.echo(found.model_dump_json(indent=2))
    else:
        print_gaps(out, found)


@knowledge_group.command()
def rebuild() -> None:
    """Write full text and vector index of all wikis anew from the stored pages, and swap them in.

    Nothing is read from the sources. Vectors that are missing are embedded again. Searches go on meanwhile.
    """
    from api.local import consoles
    from api.prepare import rebuild_with_progress
    from knowledge.index import Index
    from knowledge.settings import KnowledgeSettings

    out, err = consoles()
    with Index.open(KnowledgeSettings(), writer=True, repair=False) as index:
        rebuild_with_progress(err, index)
        names = [found.name for found in index.collections()]
    out.print(f"The index of {len(names)} wikis is built anew.", highlight=False)
