"""Options that several subcommands share, so that each reads the same everywhere."""

import click

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
collection_option = click.option(
    "--collection", metavar="NAME", help="Wiki to use.  [default: the demo wiki, or DESKMATE_AGENT_COLLECTION]"
)
engine_option = click.option(
    "--engine",
    type=click.Choice(["local", "ray"]),
    default="local",
    show_default=True,
    help="Who parses and embeds: this process, or a Ray cluster (the extra 'ray'). The result is the same.",
)
model_option = click.option(
    "--model", metavar="MODEL", help="auto, offline or ollama/NAME.  [default: auto, or DESKMATE_AGENT_MODEL]"
)
subject_option = click.option(
    "--as",
    "subject",
    metavar="ID",
    help="Customer (C-…) or colleague (S-…) to speak as.  [default in demo mode: C-1001]",
)
