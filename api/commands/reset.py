"""`deskmate reset`."""

import click


@click.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
def reset(yes: bool) -> None:
    """Delete conversations, tickets, keys and indexes in the data directory, after asking."""
    from api import data_dir
    from api.settings import ApiSettings

    path = ApiSettings().data_dir
    if not data_dir.contents(path):
        click.echo(f"There is nothing to delete in {path.absolute()}.")
        return
    if not yes:
        click.confirm(f"Delete all conversations, tickets, API keys and wiki indexes in {path.absolute()}?", abort=True)
    with data_dir.hold(path):
        data_dir.empty(path)
    click.echo("Deleted. The next start begins anew.")
