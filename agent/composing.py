"""Composes the reply from what was done and what was selected. No sentence of it is a model's own.

Tools render their results as sentences, pages are quoted, and what was left out or not found is owned up to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Literal

from langchain_core.messages import ToolMessage

from agent import courtesy, requests
from agent.choices import SKIP_REASONS
from agent.clauses import Clause
from agent.matching import READERS, Matcher
from agent.offering import LOOK_UP
from agent.run import Citation, Reply, Value
from agent.state import Awaiting, Effect, Need, PlanStep, Sentence, State
from tools.outcome import Outcome

_MOST_QUOTED = 2  # units for one need: more is no answer but a page
_CLOSING = ("thanks", "bye", "praise")  # courtesies that answer a message although it also states something
_TROUBLED = re.compile(r"\b(?:no|not|never|nothing|nobody|but|still|again|wrong)\b|n['’]t\b", re.IGNORECASE)
_LOST = (
    "I could not find that in our help pages. If you like, I can open a ticket so that a colleague gets back to you."
)
_HUMAN = "I am passing this conversation to a colleague, who will answer you here. I stay out of it until then."


class Block(Value):
    """A part of the reply: what a tool said, a quotation with its citation, or a note of our own."""

    text: str
    kind: Literal["done", "quote", "note"]
    need: int = 0
    citation: Citation | None = None


def blocks(state: State, matcher: Matcher) -> list[Block]:
    """The reply's parts in order: results by step, then quotations by need, then what could not be done or found."""
    done = _results(state)
    quotes = _quotes(state)
    lost = _lost(state, quotes, bool(done))
    if done or quotes or lost:
        return [*done, *quotes, *lost]
    act = _act(state["request"], matcher.hear(state["request"]))
    return [Block(text=courtesy.reply(act) if act else _LOST, kind="note")]


def _act(request: str, clauses: Sequence[Clause]) -> str | None:
    """The courtesy of a message that asks for nothing; thanks in passing are no answer to a request, nor to trouble."""
    if any(clause.kind in ("question", "command") for clause in clauses):
        return None
    if not clauses:  # nothing but faces and marks
        return courtesy.act(request) or "presence"
    act = courtesy.first(clause.act for clause in clauses if clause.act)
    told = " ".join(clause.text for clause in clauses if clause.kind == "statement")
    return act if not told or (act in _CLOSING and not _TROUBLED.search(told)) else None


def render(parts: Sequence[Block]) -> Reply:
    """Text with marks [1], [2] …, and the citations that they count through."""
    citations: list[Citation] = []
    paragraphs: list[str] = []
    done = " ".join(part.text for part in parts if part.kind == "done")
    for need in dict.fromkeys(part.need for part in parts if part.kind == "quote"):
        lines: list[str] = []
        for part in parts:
            if part.kind == "quote" and part.need == need and part.citation:
                if part.citation not in citations:
                    citations.append(part.citation)
                lines.append(_marked(part, citations.index(part.citation) + 1))
        paragraphs.append("\n".join(lines) if any("\n" in line for line in lines) else " ".join(lines))
    notes = [part.text for part in parts if part.kind == "note"]
    return Reply(text="\n\n".join([p for p in (done, *paragraphs, *notes) if p]), citations=tuple(citations))


def question(state: State, asked: str) -> Reply:
    """What was done so far, and the question."""
    said = " ".join(block.text for block in _results(state))
    return Reply(text=f"{said}\n\n{asked}".strip())


def waiting(state: State, items: Sequence[Awaiting]) -> Reply:
    """What was done so far, and what somebody has to decide."""
    said = " ".join(block.text for block in _results(state))
    return Reply(text="\n\n".join(filter(None, [said, *(item.description for item in items)])))


def farewell(state: State) -> Reply:
    """The customer is told that a human takes over."""
    said = " ".join(block.text for block in _results(state))
    return Reply(text=f"{said}\n\n{_HUMAN}".strip())


def result_message(effect: Effect, outcome: Outcome) -> ToolMessage:
    """A tool's result as a model reads it: its sentence. The artifact is for code, and holds the data."""
    data = json.dumps(outcome.data, ensure_ascii=False, default=str) if outcome.data else ""
    artifact = {"status": effect.status, "found": effect.found, "data": data}
    return ToolMessage(outcome.sentence, tool_call_id=effect.id, name=effect.tool, artifact=artifact)


def _results(state: State) -> list[Block]:
    plan = {step.number: step for step in state.get("plan") or []}
    effects: list[Effect] = (state.get("effects") or [])[state.get("effects_at", 0) :]
    inserted = {number for number, step in plan.items() if step.why == LOOK_UP}
    spoken = [e for e in effects if e.tool not in READERS and e.status != "invalid" and e.step not in inserted]
    parts = [(e.step, e.sentence) for e in spoken]
    answered = {e.step for e in spoken}
    undone = [s for s in plan.values() if s.number not in answered and s.status in ("skipped", "refused", "failed")]
    parts += [(s.number, _owned(s)) for s in undone]
    return [
        Block(text=text, kind="done") for text in [*state.get("left", ()), *(text for _, text in sorted(parts))] if text
    ]


def _owned(step: PlanStep) -> str:
    """A step that was not done, owned up to; one that nobody asked for needs no word."""
    if step.status != "skipped":
        return step.why
    return f"I did not {_lower(step.title)}, because {step.why}." if step.why == SKIP_REASONS["condition"] else ""


def _lower(title: str) -> str:
    return title[0].lower() + title[1:]


def _quotes(state: State) -> list[Block]:
    found = {s.id: s for s in state.get("evidence") or []}
    chosen = [found[key] for key in dict.fromkeys(state.get("use") or []) if key in found]
    once: dict[str, Sentence] = {}  # the same sentence may answer two needs: it is said once
    for sentence in chosen:
        if sum(other.need == sentence.need for other in once.values()) < _MOST_QUOTED:
            once.setdefault(sentence.text, sentence)
    return [Block(text=s.text, kind="quote", need=s.need, citation=_citation(s)) for s in once.values()]


def _citation(s: Sentence) -> Citation:
    return Citation(page=s.page, title=s.title, heading=" › ".join(s.heading), url=s.url, quote=s.quote)


def _lost(state: State, quotes: Sequence[Block], acted: bool) -> list[Block]:
    needs = _unmet(state, quotes)
    if not needs:
        return []
    if not quotes and not acted:
        return [Block(text=_LOST, kind="note")]
    named = " and ".join(f"“{n.text.rstrip('.?! ')}”" for n in needs)
    return [Block(text=f"I could not find an answer to {named} in our help pages.", kind="note")]


def _unmet(state: State, quotes: Sequence[Block]) -> list[Need]:
    """Questions that nothing answered. One that a tool's result answers is not lost."""
    answered = {block.need for block in quotes} | set(state.get("served") or ())
    return [n for n in state.get("needs") or [] if n.asked and n.number not in answered]


def unanswered(state: State) -> list[str]:
    """What was looked for in the wiki and not found, in the words of its search: questions, and where the reply has
    nothing at all to say, whatever was said. To ask for a person is no question."""
    reply: Reply | None = state.get("reply")
    lost = state.get("needs") or [] if reply and reply.text == _LOST else _unmet(state, _quotes(state))
    return [need.query for need in lost if not requests.wants_human(need.text)]


def _marked(part: Block, number: int) -> str:
    """The mark behind a sentence, or behind the line that introduces a list."""
    head, _, rest = part.text.partition("\n")
    if not rest:
        return f"{head} [{number}]"
    if re.match(r"(?:- |\d+\. )", head) and part.citation:  # a list without a lead is introduced by its place
        place = part.citation.heading.rpartition("›")[2].strip() or part.citation.title
        return f"{part.citation.title}{f' – {place}' if place != part.citation.title else ''} [{number}]:\n{part.text}"
    return f"{head.removesuffix(':')} [{number}]:\n{rest}"
