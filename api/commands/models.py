"""`deskmate models`."""

import asyncio
import json

import click

from api.commands.options import json_option


@click.command()
@json_option
def models(as_json: bool) -> None:
    """List the models that can answer; the default one is marked with *."""
    from api.local import consoles, local_service

    out, err = consoles()

    async def show() -> None:
        async with local_service(err) as service:
            known, reason = await service.models(), service.model_reason
        if as_json:
            click.echo(json.dumps([model.model_dump() for model in known], indent=2))
            return
        for model in known:
            out.print(f"{'*' if model.default else ' '} {model.id:<30} {model.note}", markup=False)
        out.print(f"\n{reason}", style="dim", soft_wrap=True)

    asyncio.run(show())
