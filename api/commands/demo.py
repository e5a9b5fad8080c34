"""`deskmate demo`, and the demo's order system."""

import asyncio

import click

from api.commands.options import model_option


@click.command()
@model_option
def demo(model: str | None) -> None:
    """Watch one conversation of several steps, then end.

    It runs on a desk of its own that is thrown away afterwards, with the built-in matcher unless --model says
    otherwise, so it goes the same way every time.
    """
    from api.demonstration import show

    asyncio.run(show(model or "offline"))


@click.command("demo-orders-server")
def orders_server() -> None:
    """Be the demo's order system: an MCP server on standard input and output.

    Deskmate starts it by itself where mcp.toml names it; `deskmate mcp demo` sees to that.
    """
    from tools.demo.orders_server import main

    main()
