"""Evidence for a turn: a search for each need, its passages cut into units that can be quoted, the best offered.

Abstention is decided on the way (`agent.selecting`), from retrieval scores, for every model alike: a need whose
passages do not speak of it offers nothing, so nothing can be quoted for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import shorten
from typing import Any

from langchain_core.messages import AIMessage, ToolMessage
from langgraph.types import Overwrite

from agent.choices import SEARCH
from agent.deciding import Turn
from agent.needs import find_needs, in_parts
from agent.opening import Opening
from agent.reading import DEPTH, PAGES, Reading, wholes
from agent.selecting import COMPARED, EMBEDDED, select
from agent.state import Effect, Need, Sentence
from agent.steps import Order
from agent.words import stems
from tools.gateway import ToolCall
from tools.outcome import Outcome

_SHOWN = 110  # characters of a unit that a model reads: each costs a prompt
_FEWEST = 12  # units of one need that are compared by meaning at least
_SELECTED = 12  # passages of a deep search that may be quoted; the rest is for reading on
_SHARE = 0.25  # of a wiki's pages that are read at most


def gather(turn: Turn, opening: Opening) -> dict[str, Any]:
    """Search for each need of the request; the state's update with needs, evidence, and the messages that show it."""
    needs = find_needs(opening, turn.matcher)
    room = _room(turn)
    if room and len(needs) > turn.settings.reading:
        needs = in_parts(opening.message)
    deep = len(needs) > 1 and room > 0
    said = {line for _, reply in opening.history[-1:] for line in reply.split("\n")}
    evidence: list[Sentence] = []
    pages: list[str] = []
    effects = opening.effects
    reading = Reading(opening.message, turn.vectors)
    calls: list[dict[str, Any]] = []
    replies: list[ToolMessage] = []
    for need in needs:
        call = ToolCall(id=f"t{opening.update['turn_at']}n{need.number}", name=SEARCH, arguments={"query": need.query})
        outcome = turn.gateway.call(
            call,
            principal=turn.principal,
            thread_id=turn.thread_id,
            collection=turn.collection,
            passages=DEPTH if deep else 0,
        )
        near = outcome.passages[:_SELECTED] if deep else outcome.passages
        embedded = max(_FEWEST, EMBEDDED // len(needs))
        found = select(turn, need, near, said, prefix="S", count=len(evidence), embedded=embedded)
        evidence += found
        reading.take(outcome.passages)
        pages += [passage.page_id for passage in near]
        effects = [*effects, _record(call, outcome.status, bool(found))]
        calls.append({"id": call.id, "name": SEARCH, "args": call.arguments, "type": "tool_call"})
        replies.append(
            ToolMessage(
                listing(need, found, len(needs) == 1), tool_call_id=call.id, name=SEARCH, artifact=_scores(need, found)
            )
        )
    further: list[Effect] = []
    if room and _is_case(needs, evidence, opening.message):
        further = _read_on(turn, opening, reading, [need.query for need in needs], room)
    return {
        "needs": needs,
        "evidence": Overwrite(evidence),
        "pages": Overwrite([*pages, *reading.read]),
        "effects": Overwrite([*effects, *further]),
        "messages": [AIMessage("", tool_calls=calls), *replies] if needs else [],
    }


def _is_case(needs: Sequence[Need], evidence: Sequence[Sentence], message: str) -> bool:
    """Whether one search may not be enough: more is told than one plain question, or a need was left open."""
    plain = len(needs) == 1 and needs[0].asked and stems(message) <= stems(needs[0].text)
    return bool(needs) and not (plain and evidence)


def _read_on(turn: Turn, opening: Opening, reading: Reading, searched: Sequence[str], room: float) -> list[Effect]:
    """Search for the whole of the message, then for what the pages that were read name; the record of the searches.

    It ends with the turn's searches, and before more pages are read than there is `room` for.
    """
    own = [part for part in wholes(opening.message) if part not in searched]
    effects: list[Effect] = []
    while len(searched) + len(effects) < turn.settings.reading and len(reading.read) + PAGES <= room:
        words = own.pop(0) if own else ""
        query = words or reading.following()
        if not query:
            break
        call = ToolCall(f"t{opening.update['turn_at']}r{len(effects) + 1}", SEARCH, {"query": query})
        outcome = turn.gateway.call(
            call, principal=turn.principal, thread_id=turn.thread_id, collection=turn.collection, passages=DEPTH
        )
        new = reading.take(outcome.passages, query="" if words else query)
        effects.append(_record(call, outcome.status, bool(new)))
    return effects


def _room(turn: Turn) -> float:
    """How many pages of the wiki one turn may read, a share of it: to read more would be no search. None on a small
    wiki, of which a few searches would read most."""
    pages = next((found.pages for found in turn.index.collections() if found.name == turn.collection), 0)
    return _SHARE * pages if turn.settings.reading and _SHARE * pages >= 2 * PAGES else 0


def listing(need: Need, found: Sequence[Sentence], alone: bool = False, shown: int = _SHOWN) -> str:
    """What a model reads: one line a sentence, by its id, cut at `shown` characters. It is the larger part of a turn's
    new tokens; of a search in a model's own words, which is rare, more is shown.

    A need that stands `alone` is not named: it is the message.
    """
    about = "" if alone else f"About “{need.text}”:"
    if not found:
        return f"{about} Nothing found.".strip()
    lines = [f"[{s.id}] {s.title}: {shorten(' '.join(s.text.split()), shown, placeholder=' …')}" for s in found]
    return "\n".join([*filter(None, [about]), *lines])


def _scores(need: Need, found: Sequence[Sentence]) -> dict[str, Any]:
    return {
        "need": need.number,
        "text": need.text,
        "sentences": [[s.id, s.score, [s.page, *s.heading], len(s.text.split())] for s in found],
    }


def _record(call: ToolCall, status: str, found: bool) -> Effect:
    return Effect(
        id=call.id, step=0, tool=SEARCH, arguments=call.arguments, status=status, sentence="", write=False, found=found
    )


def further(turn: Turn, order: Order, outcome: Outcome) -> dict[str, Any]:
    """What a search that was a step of its own adds: evidence, and the message that shows it."""
    if not order["need"]:
        return {}
    words, number = str(order["call"]["arguments"]["query"]), order["step"].number
    need = Need(number=order["need"], text=words, query=words)
    found = select(turn, need, outcome.passages, set(), prefix=f"S{number}.", count=0)
    found = [sentence.model_copy(update={"search": number}) for sentence in found]
    call_id = order["call"]["id"]
    return {
        "evidence": found,
        "pages": [p.page_id for p in outcome.passages],
        "messages": [
            ToolMessage(
                listing(need, found, shown=COMPARED), tool_call_id=call_id, name=SEARCH, artifact=_scores(need, found)
            )
        ],
    }
