"""The conversation that `deskmate demo` plays."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.text import Text

from agent.service import Service
from api import render
from api.conversation import Conversation
from api.local import consoles
from api.people import principal_of
from api.prepare import prepare_desk, prepare_wiki
from knowledge.index import Index
from tools.seed import DEMO_TENANT
from tools.settings import ToolSettings

CUSTOMER = "C-1018"  # lives in Harbour Quarter, where the demo company has an outage, and waits for an order
MESSAGES = (
    "My internet is down. Is there an outage in my area? If so, open an urgent ticket for it, "
    "and explain how I restart my Hub 5.",
    "Thanks. Please also cancel my order O-5021.",
)
MOMENT = datetime(2026, 11, 24, 9, tzinfo=UTC)  # the clock stands still, so that each showing reads the same


async def show(model: str) -> None:
    """Play it on a fresh desk at a fixed moment; the index is the usual one."""
    out, err = consoles()
    prepare_wiki(err)
    with tempfile.TemporaryDirectory(prefix="deskmate-demo-") as folder, Index.open() as index:
        desk = Path(folder)
        prepare_desk(ToolSettings(data_dir=desk, database_url=""), DEMO_TENANT, Console(quiet=True), now=MOMENT)
        async with await Service.open(data_dir=desk, index=index, model=model, clock=lambda: MOMENT) as service:
            out.print(f"Model: {service.model}. {service.model_reason}", style="dim", soft_wrap=True)
            principal = principal_of(service.database, DEMO_TENANT, CUSTOMER)
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
