"""A run as a person reads it in a terminal: the reply with numbered citations, the plan, the tickets."""

from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from agent.gaps import GapList
from agent.run import Citation, PlanItem, RunResult
from api.bodies import SearchHit, SearchResult
from knowledge.confidence import ENOUGH
from knowledge.hit import Hit, Word

MARKS = {
    "done": ("✓", "green"),
    "pending": ("·", "dim"),
    "waiting": ("?", "yellow"),
    "skipped": ("–", "dim"),
    "refused": ("✗", "yellow"),
    "declined": ("✗", "yellow"),
    "failed": ("✗", "red"),
}


def print_run(console: Console, run: RunResult) -> None:
    """Print everything that a person wants to know about a finished run."""
    console.print(reply(run))
    for part in (plan(run.plan), citations(run.reply.citations), tickets(run.tickets)):
        if part is not None:
            console.print(part)
    console.print(footer(run))


def reply(run: RunResult) -> RenderableType:
    """The reply's text; a failed run's sentence in its place."""
    text = run.reply.text or run.error or ""
    # Text, not markup: a mark like [1] is part of what the customer reads.
    return Text(text, style="red" if run.status == "failed" else "")


def plan(items: tuple[PlanItem, ...]) -> RenderableType | None:
    """Each step with its outcome."""
    if not items:
        return None
    return Group(Text("\nSteps", style="bold"), *(step(item) for item in items))


def step(item: PlanItem) -> Text:
    """One step: its mark, its words, and how it ended unless it was simply done."""
    mark, style = MARKS[item.status]
    ended = "" if item.status == "done" else f" ({item.status})"
    return Text.assemble("  ", (mark, style), f" {item.step}{ended}")


def citations(cited: tuple[Citation, ...]) -> RenderableType | None:
    """Numbered as the marks in the reply: page, heading, link and the sentence that stands there."""
    if not cited:
        return None
    lines: list[RenderableType] = [Text("\nSources", style="bold")]
    for number, citation in enumerate(cited, start=1):
        place = " › ".join(part for part in (citation.title or citation.page, citation.heading) if part)
        lines.append(Text(f"  [{number}] {place}"))
        lines.append(Text(f"      {citation.url}", style="dim"))
        lines.append(Padding(Text(f"“{citation.quote}”", style="italic"), (0, 0, 0, 6), expand=False))
    return Group(*lines)


def tickets(ids: tuple[str, ...]) -> RenderableType | None:
    """The tickets that the run touched."""
    return Text.assemble(("\nTickets ", "bold"), ", ".join(ids)) if ids else None


def footer(run: RunResult) -> Text:
    """Who answered, who stood in for that model, and how long it took."""
    calls = run.metrics.model_calls
    counted = f"{calls} model call{'' if calls == 1 else 's'}"
    others = [model for model in run.decided_by if model not in run.model.split(",")]
    helped = f" with help from {' and '.join(others)}" if others else ""
    return Text(
        f"\n{run.model}{helped} · {counted} · {run.metrics.latency_ms / 1000:.1f} s · {run.thread_id}", style="dim"
    )


def print_hits(console: Console, result: SearchResult, explained: Sequence[Hit] = ()) -> None:
    """Print the passages of a search: page and heading, link, score, text; and how each came to its score."""
    if not result.hits:
        console.print(f"Nothing found in {result.collection!r} for {result.query!r}.")
    for number, hit in enumerate(result.hits, start=1):
        place = " › ".join((hit.title, *hit.heading))
        console.print(Text.assemble((f"{number}. {place}", "bold"), (f"  {hit.score:.3f}", "dim")))
        console.print(Text(f"   {' · '.join((hit.url, *marks(hit)))}", style="dim"))
        for line in explanation(explained[number - 1]) if explained else ():
            console.print(Text(f"   {line}", style="cyan"))
        console.print(Padding(Text(hit.text), (0, 0, 1, 3), expand=False))
    if explained:
        verdict = "the wiki speaks of it" if result.confidence >= ENOUGH else "nothing relevant"
        console.print(Text(f"Confidence {result.confidence:.2f}: {verdict}.", style="cyan"))


def marks(hit: SearchHit) -> list[str]:
    """What a reader should know of a passage's page."""
    found = [f"kept by {hit.owner}"] if hit.owner else []
    found += [f"updated {hit.updated}"] if hit.updated else []
    flags = {
        "superseded": hit.superseded,
        "past its review": hit.overdue,
        "staff only": hit.audience == "internal",
        "external": hit.trust == "external",
    }
    found += [name for name, holds in flags.items() if holds]
    return [*found, f"also in {', '.join(hit.also)}"] if hit.also else found


def explanation(hit: Hit) -> list[str]:
    """How a passage came to its score: the shares, and what became of each word of the query."""
    why = hit.why
    if why is None:
        return []
    shares = f"meaning {why.cosine:.3f} + words of the passage {why.chunk:.3f} + of the page {why.page:.3f}"
    words = ", ".join(f"{'✓' if word.stands else '✗'} {_word(word)}" for word in why.words)
    return [
        f"{shares} + title {why.title:.3f} - penalty {why.penalty:.3f} = {hit.score:.3f}",
        f"cosine {hit.dense:.3f}, coverage {hit.coverage:.0%}: {words or 'no words to look up'}",
    ]


def _word(word: Word) -> str:
    """A word with how the wiki knows it, where that is not as it was asked."""
    if word.found == "as asked":
        return word.word
    return (
        f"{word.word} ({word.found}: {' '.join(word.terms)})" if word.found != "unknown" else f"{word.word} (unknown)"
    )


def print_gaps(console: Console, found: GapList) -> None:
    """Print what the wikis lack: typical wording, how often and when it was asked, other wordings, conversations."""
    day = f"{found.since:%Y-%m-%d}"
    closed = f" The wiki answers {found.answered} more by now." if found.answered else ""
    if not found.data:
        console.print(f"No question since {day} is left open.{closed}")
        return
    for number, gap in enumerate(found.data, start=1):
        times = "once" if gap.asked == 1 else f"{gap.asked} times"
        handed = f", {gap.handed_off} × handed to a person" if gap.handed_off else ""
        console.print(Text(f"{number}. {gap.question}", style="bold"))
        facts = f"   asked {times} in {gap.collection!r}, last on {gap.last_seen:%Y-%m-%d}{handed}"
        console.print(Text(facts, style="dim"))
        for wording in gap.wordings:
            console.print(Padding(Text(f"also: {wording}"), (0, 0, 0, 3), expand=False))
        console.print(Text(f"   {', '.join(gap.threads)}\n", style="dim"))
    console.print(f"{len(found.data)} open since {day}.{closed}")
