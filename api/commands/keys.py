"""`deskmate keys`: API keys for programs and people."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from api.keys import KeyStore

SCOPES = ("chat", "tickets", "knowledge")
CHAT_IDS = "chat-ids"


@click.group()
def keys() -> None:
    """Make, list and revoke API keys."""


@keys.command()
@click.option("--as", "subject", required=True, metavar="ID", help="Customer (C-…) or colleague (S-…) it stands for.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice((*SCOPES, CHAT_IDS)),
    help="What it may be used for; chat-ids: it may name conversations by X-OpenWebUI-Chat-Id.  "
    f"[default: {', '.join(SCOPES)}]",
)
@click.option("--days", type=click.IntRange(1, 3650), metavar="N", help="How long it is valid.  [default: for ever]")
def create(subject: str, scopes: tuple[str, ...], days: int | None) -> None:
    """Make a key and print it. It is shown this once; only a hash of it is kept."""

    from api.keys import Scope
    from api.people import principal_of
    from api.settings import ApiSettings
    from tools.database import Database

    store = _store()
    database = Database.open()
    try:
        principal = principal_of(database, ApiSettings().tenant, subject)
    finally:
        database.close()
    text, key = store.create(
        principal,
        scopes=frozenset(Scope(scope) for scope in scopes or SCOPES),
        valid_for=timedelta(days=days) if days else None,
    )
    click.echo(text)
    until = f", valid until {key.expires:%Y-%m-%d %H:%M} UTC" if key.expires else ""
    click.echo(
        f"Key {key.id} for {principal.subject} ({principal.role.value}){until}. Keep it; it is not shown again.",
        err=True,
    )


@keys.command("list")
def list_keys() -> None:
    """List all keys, without their text."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in ("ID", "FOR", "ROLE", "SCOPES", "MADE", "STATE"):
        table.add_column(column)
    for key in _store().all():
        table.add_row(
            key.id,
            key.principal.subject,
            key.principal.role.value,
            ",".join(sorted(key.scopes)),
            f"{key.created:%Y-%m-%d}",
            _state(key.revoked, key.expires, demo=key.demo),
        )
    Console(highlight=False).print(table)


def _state(revoked: datetime | None, expires: datetime | None, *, demo: bool) -> str:
    from api.keys import now

    if revoked:
        return f"revoked {revoked:%Y-%m-%d}"
    if expires:
        return f"{'expired' if expires <= now() else 'until'} {expires:%Y-%m-%d}"
    return "demo mode only" if demo else "valid"


@keys.command()
@click.argument("key_id", metavar="ID")
def revoke(key_id: str) -> None:
    """Make the key with this ID (see `keys list`) useless from now on."""
    key = _store().revoke(key_id)
    click.echo(f"Key {key.id} for {key.principal.subject} is revoked.")


def _store() -> "KeyStore":
    from api.keys import KeyStore
    from api.settings import ApiSettings
    from api.store import open_store

    return KeyStore(open_store(ApiSettings().data_dir))
