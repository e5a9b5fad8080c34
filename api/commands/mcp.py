"""`deskmate mcp`: tools of MCP servers, how they stand and which are approved."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from api.commands.options import json_option

if TYPE_CHECKING:
    from tools.remote.servers import Servers


@click.group()
def mcp() -> None:
    """See how the tools of MCP servers stand, and approve them.

    Which servers and tools there are stands in mcp.toml in the data directory.
    """


@mcp.command("list")
@json_option
def list_tools(as_json: bool) -> None:
    """List the servers' tools: ready, not approved, changed, missing, not allowed or down."""
    from rich.table import Table
    from rich.text import Text

    from api.local import consoles

    with _open() as servers:
        found = servers.standings()
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], indent=2, ensure_ascii=False))
        return
    if not found:
        click.echo("No MCP server is configured. Name one in mcp.toml in the data directory.")
        return
    out, _ = consoles()
    table = Table("server", "tool", "state", "risk", "what the server says of it", box=None)
    for one in found:
        table.add_row(one.server, Text(one.tool), one.state, one.risk or "–", Text(one.description))
    out.print(table)


@mcp.command()
@click.argument("name")
def approve(name: str) -> None:
    """Approve the allowed tools of server NAME as it describes them now.

    A later change of a description or schema takes the tool out of use until it is approved again. A running service
    takes up an approval at its next start.
    """
    from tools.remote.adopting import told

    with _open() as servers:
        approved = servers.approve(name)
    for tool in approved:
        click.echo(f"Approved {tool.name}: {told(tool)}".replace("\n", "\n  "))
    if not approved:
        click.echo(f"The server {name} offers none of the tools that mcp.toml allows.", err=True)


@mcp.command()
def demo() -> None:
    """Have the demo's orders kept by a system of their own, asked over MCP in its own process."""
    from pathlib import Path

    import tools.demo
    from api.local import consoles
    from api.prepare import prepare_desk
    from api.settings import ApiSettings
    from tools.remote.config import FILE, load
    from tools.settings import ToolSettings

    settings = ApiSettings()
    path = settings.data_dir / FILE
    if not settings.demo:
        raise click.ClickException("This is for the demo, and DESKMATE_API_DEMO is false here.")
    prepare_desk(ToolSettings(), settings.tenant, consoles()[1])
    if "orders" not in load(settings.data_dir).servers:
        entry = (Path(tools.demo.__path__[0]) / "orders_server.toml").read_text(encoding="utf-8")
        with path.open("a", encoding="utf-8") as file:
            file.write(entry)
    with _open() as servers:
        approved = servers.approve("orders")
    click.echo(f"{path} names the order system; {len(approved)} tools are approved. Remove its lines to go back.")


@contextmanager
def _open() -> "Iterator[Servers]":
    from tools.remote.servers import Servers
    from tools.settings import ToolSettings

    servers = Servers.open(ToolSettings().data_dir)
    try:
        yield servers
    finally:
        servers.close()
