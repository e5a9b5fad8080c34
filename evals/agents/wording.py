"""The words of a scripted agent: sentences out of cited pages and out of what tools say."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agent.run import Citation, Reply
from evals.agents.script import Script
from evals.facts import states
from evals.world import World
from knowledge.page import Page
from knowledge.sentences import Sentence, sentences


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of a reply, and where it is quoted from."""

    text: str
    citation: Citation | None = None


def quoted_lines(script: Script, world: World, told: str) -> list[Line]:
    """Return the quotes that a script still owes: one for each fact not yet told, then one a page.

    Facts that stand in none of the cited pages are left to the tools. No page is quoted twice.
    """
    pages = [page for page in (world.page(name) for name in script.cites) if page]
    lines: list[Line] = []
    for ways in unsaid(script, told):
        so_far = "\n".join(line.text for line in lines)
        if not any(states(so_far, way) for way in ways) and (line := _stating(ways, pages)):
            lines.append(line)
    quoted = {line.citation.page for line in lines if line.citation}
    return lines + [line for page in pages if page.id not in quoted if (line := _opening(page)).text not in told]


def unsaid(script: Script, told: str) -> list[Sequence[str]]:
    """Return the facts of a script that are not yet told."""
    return [ways for ways in script.facts if not any(states(told, way) for way in ways)]


def compose(script: Script, world: World, lines: Iterable[Line]) -> Reply:
    """Return the reply: each line with its mark, as the script wants it told."""
    citations: list[Citation] = []
    texts = []
    for line in lines:
        if any(states(line.text, fact) for fact in script.omits):
            continue
        if line.citation is None or line.citation.page in script.uncited:
            texts.append(line.text)
        else:
            citations.append(_ascribed(line.citation, script, world))
            texts.append(f"{line.text} [{len(citations)}]")
    return Reply(text="\n".join(texts), citations=tuple(citations))


def _ascribed(citation: Citation, script: Script, world: World) -> Citation:
    """The citation, with a quote that stands on another page, and not on this one, where the script misquotes."""
    cited, other = world.page(citation.page), world.page(script.misquotes.get(citation.page, ""))
    if cited is None or other is None:
        return citation
    strange = next(sentence.quote for sentence in sentences(other.text) if sentence.quote not in cited.text)
    return citation.model_copy(update={"quote": strange})


def _stating(ways: Sequence[str], pages: Sequence[Page]) -> Line | None:
    for page in pages:
        for sentence in sentences(page.text):
            if any(states(sentence.text, way) for way in ways):
                return _line(page, sentence)
    return None


def _opening(page: Page) -> Line:
    """The first sentence of a page, where no fact asked for another."""
    return _line(page, next(iter(sentences(page.text))))


def _line(page: Page, sentence: Sentence) -> Line:
    heading = sentence.heading or ""
    return Line(
        sentence.text, Citation(page=page.id, title=page.title, heading=heading, url=page.url, quote=sentence.quote)
    )
