"""`deskmate ask` and `deskmate chat`: the agent in this terminal, without a server."""

import asyncio
import sys

import click

from api.commands.options import collection_option, json_option, model_option, subject_option


@click.command()
@click.argument("question")
@subject_option
@model_option
@collection_option
@json_option
@click.option("--thread", "thread_id", metavar="ID", help="Go on with this conversation instead of a new one.")
@click.option("--yes", is_flag=True, help="Approve what the agent asks to confirm, where this customer may.")
def ask(
    question: str,
    subject: str | None,
    model: str | None,
    collection: str | None,
    as_json: bool,
    thread_id: str | None,
    yes: bool,
) -> None:
    """Ask one question and print the answer.

    QUESTION is what the customer says; "-" reads it from standard input.
    """
    from api.talking import ask_once

    text = sys.stdin.read() if question == "-" else question
    asked = ask_once(
        text, subject=subject, thread_id=thread_id, model=model, collection=collection, as_json=as_json, yes=yes
    )
    if not asyncio.run(asked):
        sys.exit(1)


@click.command()
@subject_option
@model_option
@collection_option
def chat(subject: str | None, model: str | None, collection: str | None) -> None:
    """Talk to the agent in this terminal. An empty line or Ctrl+D ends the conversation."""
    from api.talking import chat_on

    chat_on(subject=subject, model=model, collection=collection)
