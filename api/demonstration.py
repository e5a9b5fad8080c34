"""The conversation that `deskmate demo` plays."""

import tempfile
from pathlib import Path

from rich.text import Text
from tools.demo.seed import TENANT

from agent.service import Service
from api import render
from api.conversation import Conversation
from api.local import consoles
from api.people import principal_of
from api.prepare import prepare_desk, prepare_wiki
from knowledge.index import Index
from tools.settings import ToolSettings

CUSTOMER = "C-1002"  # lives in Harbour Quarter, where the demo company has an outage
MESSAGES = (
    "Is there an outage in my area? If there is, please open an urgent ticket for it.",
    "When will you call me back about it, and what is the late fee on an invoice?",
)


async def show(model: str) -> None:
    """Play it on a fresh desk; the index is the usual one."""
    out, err = consoles()
    prepare_wiki(err)
    with tempfile.TemporaryDirectory(prefix="deskmate-demo-") as folder, Index.open() as index:
        desk = Path(folder)
        prepare_desk(ToolSettings(data_dir=desk), err)
        async with await Service.open(data_dir=desk, index=index, model=model) as service:
            out.print(f"Model: {service.model}. {service.model_reason}", style="dim", soft_wrap=True)
            principal = principal_of(service.database, TENANT, CUSTOMER)
            conversation = await Conversation.start(service, principal, None, steps=out)
            for message in MESSAGES:
                out.print(Text.assemble(("\ncustomer> ", "bold cyan"), message))
                run = await conversation.say(message)
                while run.pending:
                    out.print(Text.assemble(("deskmate> ", "bold green")), render.reply(run), sep="")
                    out.print(Text.assemble(("customer> ", "bold cyan"), "yes"))
                    run = await conversation.decide(run, approve=True)
                out.print(Text.assemble(("deskmate> ", "bold green")), render.reply(run), sep="")
                for part in (render.citations(run.reply.citations), render.tickets(run.tickets)):
                    if part is not None:
                        out.print(part)
