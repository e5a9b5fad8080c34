"""`deskmate serve`."""

import asyncio

import click


@click.command()
@click.option("--host", metavar="ADDRESS", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), metavar="PORT", help="TCP port to listen on.  [default: 8000]")
def serve(host: str | None, port: int | None) -> None:
    """Start the server: REST API and web page.

    The first start reads the demo wiki and fills the ticket desk; that takes under a minute. Stop with Ctrl+C.
    """
    from api.serving import run_server
    from api.settings import ApiSettings

    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    asyncio.run(run_server(ApiSettings().model_copy(update=given)))
