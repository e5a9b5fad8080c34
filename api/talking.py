"""What `deskmate ask` and `deskmate chat` do."""

import asyncio
import sys
from contextlib import AsyncExitStack

import click
from rich.console import Console

from agent.errors import AgentError
from agent.run import Pending, RunResult
from agent.service import Service
from api import render
from api.conversation import Conversation
from api.errors import ApiError
from api.keys import DEMO_CUSTOMER
from api.local import consoles, local_service
from api.people import principal_of
from api.settings import ApiSettings
from tools.principal import Principal


class NobodyNamedError(ApiError):
    """Outside demo mode nobody is the default."""


def speaker(service: Service, subject: str | None) -> Principal:
    """Who speaks: the one named with --as, or the demo customer. Raises ApiError."""
    settings = ApiSettings()
    if subject is None and not settings.demo:
        raise NobodyNamedError("Say who asks: --as C-… for a customer, --as S-… for a colleague.")
    return principal_of(service.database, settings.tenant, subject or DEMO_CUSTOMER)


async def ask_once(
    question: str,
    *,
    subject: str | None,
    thread_id: str | None,
    model: str | None,
    collection: str | None,
    as_json: bool,
    yes: bool,
) -> bool:
    """Ask, print the answer, and tell whether it was one (False for a failed run)."""
    out, err = consoles()
    async with local_service(err, model) as service:
        principal = speaker(service, subject)
        conversation = await Conversation.start(service, principal, collection, thread_id=thread_id)
        run = await conversation.say(question)
        while yes and run.pending and may_approve(run.pending, principal):
            run = await conversation.decide(run, approve=True)
    if as_json:
        click.echo(run.model_dump_json(indent=2))
        return run.status != "failed"
    render.print_run(out, run)
    if run.pending:
        out.print(how_to_decide(run, principal), style="yellow", soft_wrap=True)
    return run.status != "failed"


def may_approve(asked: Pending, principal: Principal) -> bool:
    """Whether the speaker themself can approve."""
    return asked.approver == "customer" or principal.is_staff


def how_to_decide(run: RunResult, principal: Principal) -> str:
    """What to do about a run that waits."""
    if run.pending and may_approve(run.pending, principal):
        return (
            f"\nThis waits for your yes or no: deskmate ask yes --as {principal.subject} --thread {run.thread_id}\n"
            "(--yes approves right away where that is yours to do; `deskmate chat` asks you.)"
        )
    return (
        "\nThis waits for a colleague, who decides on the web page under Approvals, or with "
        f"POST /v1/threads/{run.thread_id}/runs/{run.run_id}/resume."
    )


def chat_on(*, subject: str | None, model: str | None, collection: str | None) -> None:
    """Talk until the input ends."""
    out, err = consoles()
    stack = AsyncExitStack()
    # The terminal is read outside the event loop, so that Ctrl+C at the prompt works at once.
    with asyncio.Runner() as runner:
        try:
            service = runner.run(stack.enter_async_context(local_service(err, model)))
            principal = speaker(service, subject)
            conversation = runner.run(Conversation.start(service, principal, collection, steps=out))
            out.print(
                f"You are talking to an AI assistant ({service.model}) as {principal.subject}. "
                "An empty line ends the conversation.",
                style="dim",
            )
            while message := read_line("\nyou> "):
                try:
                    turn(runner, conversation, principal, message, out)
                except AgentError as error:
                    err.print(str(error), markup=False, style="yellow")
        finally:
            runner.run(stack.aclose())


def turn(runner: asyncio.Runner, conversation: Conversation, principal: Principal, message: str, out: Console) -> None:
    """One message and its answer, with the decisions in between."""
    run = runner.run(conversation.say(message))
    while run.pending and may_approve(run.pending, principal):
        out.print("\n", render.reply(run), sep="")
        answer = read_line("yes or no> ")
        run = runner.run(conversation.decide(run, approve=answer.lower() in ("y", "yes")))
    out.print("\n", render.reply(run), sep="")
    for part in (render.citations(run.reply.citations), render.tickets(run.tickets)):
        if part is not None:
            out.print(part)
    if run.pending:
        out.print(how_to_decide(run, principal), style="yellow", soft_wrap=True)


def read_line(prompt: str) -> str:
    """A line from the terminal; empty at the end of the input."""
    try:
        return input(prompt if sys.stdin.isatty() else "").strip()
    except EOFError:
        return ""
