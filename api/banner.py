"""What the terminal shows when the server is up."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from api.keys import DEMO_CUSTOMER, DEMO_STAFF
from api.state import AppState


def banner(state: AppState, address: str) -> RenderableType:
    """Where it answers, which model answers and why, the keys to try, where data lives, how to stop."""
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="dim")
    facts.add_column(overflow="fold")
    facts.add_row("Page", Text(address, style="bold"))
    facts.add_row("REST", f"{address}/openapi.json")
    facts.add_row("Model", Text.assemble((state.service.model, "bold"), f"  {state.service.model_reason}"))
    if state.service.model == "offline":
        facts.add_row("", "For a language model: start Ollama, `ollama pull qwen3:8b`, then start Deskmate again.")
    if state.demo:
        facts.add_row("Keys", Text.assemble(state.demo.customer, (f"  customer {DEMO_CUSTOMER}", "dim")))
        facts.add_row("", Text.assemble(state.demo.staff, (f"  staff {DEMO_STAFF}", "dim")))
    facts.add_row("Data", str(state.settings.data_dir.absolute()))
    facts.add_row("Stop", "Ctrl+C")
    return Group(Text("\nDeskmate is up.\n", style="bold green"), facts, Text())
