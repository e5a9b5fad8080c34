"""Evidence for a turn: a search for each need, its passages cut into units that can be quoted, the best offered.

Abstention is decided here, from retrieval scores, for every model alike: a need whose passages do not speak of it
offers nothing, so nothing can be quoted for it.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import shorten
from typing import Any

from langchain_core.messages import AIMessage, ToolMessage
from langgraph.types import Overwrite

from agent import relevance, requests
from agent.choices import SEARCH
from agent.clauses import Clause
from agent.deciding import Turn
from agent.matching import PLAIN, READERS, Match, Matcher
from agent.opening import Opening
from agent.passages import Unit, units
from agent.reading import DEPTH, PAGES, Reading, wholes
from agent.state import Effect, Need, Sentence
from agent.steps import Order
from agent.words import expects, fits_expectation, pairs, stems
from knowledge.sentences import split_prose
from tools.gateway import ToolCall
from tools.outcome import Outcome, Passage

_HELP = re.compile(r"\b(?:help|wiki|pages?|guides?|fix\w*|solve\w*|nothing)\b", re.IGNORECASE)
# What a unit gains for holding the kind of answer that is asked for.
_FITS = {"money": 0.1, "time": 0.1, "number": 0.1, "place": 0.1, "steps": 0.15}
_CALLED = 0.60  # a command that is meant for a tool, so that what is told beside it is no question
_MOST_STATED = 3  # clauses of context for one need
_OFFERED, _SHOWN = 8, 110  # units offered for one need, and characters of each that a model reads: each costs a prompt
_EMBEDDED, _FEWEST = 32, 12  # units of a turn that are compared by meaning, and least of one need: about 3 ms each
_COMPARED = 240  # characters of a unit that are compared
_SELECTED = 12  # passages of a deep search that may be quoted; the rest is for reading on
_SHARE = 0.25  # of a wiki's pages that are read at most
_POINTER = re.compile(  # a sentence that only sends the reader elsewhere
    r"^See [A-Z][^.]*\.$|\b(?:this page|see also|is treated in|(?:described|explained|listed) in)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _Ranked:
    unit: Unit
    score: float


def gather(turn: Turn, opening: Opening) -> dict[str, Any]:
    """Search for each need of the request; the state's update with needs, evidence, and the messages that show it."""
    needs = find_needs(opening, turn.matcher)
    room = _room(turn)
    if room and len(needs) > turn.settings.reading:
        needs = _in_parts(opening.message)
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
        embedded = max(_FEWEST, _EMBEDDED // len(needs))
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


def _in_parts(message: str) -> list[Need]:
    """The needs of a message that holds more of them than may be searched for: it is a case, looked up part by part."""
    return [Need(number=n, text=split_prose(part)[0], query=part) for n, part in enumerate(wholes(message), start=1)]


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


def find_needs(opening: Opening, matcher: Matcher) -> list[Need]:
    """What has to be looked up in the wiki: questions, and what else no tool is plainly meant for.

    A statement counts where nothing is asked, or where the request points at help pages. What is searched for a need
    holds the clause before it, if that is no question of its own, and the turn before, if the message leans on it. The
    answer to a question of ours holds no need, unless it asks something itself.
    """
    found = [c for c in matcher.hear(opening.message) if c.kind != "social"]
    if opening.goes_on:
        found = [c for c in found if c.kind == "question"]
    before = opening.history[-1][0] if opening.history and requests.leans_back(opening.message) else ""
    needs: list[Need] = []
    rows = matcher.read(found)
    wanted = _wanted(found, rows)
    for n, (clause, row) in enumerate(zip(found, rows, strict=True)):
        if _for_a_tool(clause, row[0] if row else None) or (clause.kind == "statement" and not wanted):
            continue
        query = " ".join(filter(None, [before, _context(found, n), clause.text]))
        needs.append(Need(number=len(needs) + 1, text=clause.text, query=query, asked=clause.kind == "question"))
    return needs


def _context(found: Sequence[Clause], n: int) -> str:
    """What stands before a clause and belongs to it: all that was stated, if it leans back; else the clause before."""
    before = [c.text for c in found[:n] if c.kind != "question"]
    if requests.leans_back(found[n].text) or not stems(found[n].text):
        return " ".join((before or [c.text for c in found[:n]])[-_MOST_STATED:])
    return found[n - 1].text if n and found[n - 1].kind != "question" else ""


def _for_a_tool(clause: Clause, best: Match | None) -> bool:
    if best is None or clause.kind == "statement" or best.name in READERS:
        return False
    if clause.kind == "question" and requests.is_general(clause.text):
        return False
    return best.score >= PLAIN and (clause.kind == "command" or not best.write)


def _wanted(found: Sequence[Clause], rows: Sequence[Sequence[Match]]) -> bool:
    """Whether statements are to be looked up: nothing is asked and no tool plainly called, or a condition speaks of
    help."""
    if _HELP.search(" ".join(c.condition or "" for c in found)):
        return True
    called = any(c.kind == "command" and row and row[0].score >= _CALLED for c, row in zip(found, rows, strict=True))
    return not called and not any(c.kind == "question" for c in found)


def select(
    turn: Turn,
    need: Need,
    passages: Sequence[Passage],
    said: set[str],
    prefix: str,
    count: int,
    embedded: int = _EMBEDDED,
) -> list[Sentence]:
    """The units that may answer a need, best first; none where the passages do not speak of it."""
    near = relevance.nearness(turn, need, passages)
    if not relevance.speak(turn, passages, near):
        return []
    ranked = _ranked(turn, need, passages, near, said, embedded)
    if not ranked or relevance.only_by_name(turn, need, passages, [r.unit for r in ranked[:_OFFERED]]):
        return []
    floor = ranked[0].score * 0.77
    kept = _distinct([r for r in ranked if r.score >= floor])[: min(_OFFERED, turn.settings.offered)]
    return [
        Sentence(
            id=f"{prefix}{count + n}",
            need=need.number,
            text=r.unit.text,
            quote=r.unit.quote,
            kind=r.unit.kind,
            page=r.unit.passage.page_id,
            title=r.unit.passage.title,
            heading=r.unit.passage.heading,
            url=r.unit.passage.url,
            score=round(r.score, 4),
        )
        for n, r in enumerate(kept, start=1)
    ]


def _ranked(
    turn: Turn, need: Need, passages: Sequence[Passage], nearness: Sequence[float], said: set[str], embedded: int
) -> list[_Ranked]:
    """Units by their own nearness to the question and their passage's: the words alone say which of them answers, the
    place what they are about."""
    top = max((p.score for p in passages), default=1.0) or 1.0
    mass: dict[str, float] = defaultdict(float)  # a page that several passages come from is about the matter
    for passage in passages:
        mass[passage.page_id] += passage.score
    heaviest = max(mass.values(), default=1.0) or 1.0
    near = {passage.chunk_id: value for passage, value in zip(passages, nearness, strict=True)}
    question, wide = stems(need.text), stems(need.query)
    names = _names(need.query, passages)
    expected = expects(need.text) if need.asked else "steps"
    seen: dict[str, Unit] = {}
    current = [p for p in passages if not p.superseded] or passages  # an outdated page speaks only where no other does
    for passage in current:
        for unit in units(passage):
            if not _POINTER.search(unit.text):
                seen.setdefault(unit.text, unit)  # the best passage of those that say the same
    rare = _rarity(question | wide, list(seen.values()))

    def rough(unit: Unit) -> float:
        place = unit.passage.score / top + near[unit.passage.chunk_id]
        return 0.3 * _overlap(question | wide, unit.stems, rare) + place

    likely = sorted(seen.values(), key=lambda unit: -rough(unit))[:embedded]
    if not likely:
        return []
    vectors = turn.vectors([need.text, need.query, *(unit.text[:_COMPARED] for unit in likely)])
    own = 0.20 if requests.leans_back(need.text) else 0.35  # what a question says alone that leans on another is little
    ranked = []
    for unit, by_text, by_query in zip(likely, vectors[2:] @ vectors[0], vectors[2:] @ vectors[1], strict=True):
        score = (
            own * float(by_text)
            + (0.60 - own) * float(by_query)
            + 0.50 * near[unit.passage.chunk_id]
            + 0.10 * _overlap(question, stems(unit.text), rare)
            + 0.10 * _overlap(wide - question, stems(unit.text), rare)
            + 0.07 * _overlap(question, unit.stems, rare)
            + 0.10 * unit.passage.score / top
            + 0.08 * mass[unit.passage.page_id] / heaviest
            + (_FITS[expected] if expected and fits_expectation(expected, unit.text, need.query) else 0.0)
            - (0.05 if unit.kind == "row" else 0.0)
            - (0.25 if _of_another(names, unit) else 0.0)
            - (0.3 if any(line and line in " ".join(said) for line in unit.text.split("\n")) else 0.0)
        )
        ranked.append(_Ranked(unit, score))
    return sorted(ranked, key=lambda r: (-round(r.score, 4), r.unit.passage.page_id, r.unit.text))


def _names(query: str, passages: Sequence[Passage]) -> set[tuple[str, str]]:
    """Pairs of words of the query that stand together in a title as well: names, such as those of products."""
    titled = {pair for passage in passages for pair in pairs(passage.title)}
    return titled & set(pairs(query))


def _of_another(names: set[tuple[str, str]], unit: Unit) -> bool:
    """Whether the unit's page is named for a sibling of what was asked about: half of the name, and not the whole."""
    title, said = set(pairs(unit.passage.title)), set(pairs(unit.text))
    words = {word for pair in title for word in pair}
    return any(name not in title | said and (name[0] in words) != (name[1] in words) for name in names)


def _distinct(ranked: Sequence[_Ranked]) -> list[_Ranked]:
    """Without units that say again what a better one says."""
    kept: list[_Ranked] = []
    for one in ranked:
        words = stems(one.unit.text)
        if not any(
            len(words & stems(k.unit.text)) >= 0.75 * max(1, min(len(words), len(stems(k.unit.text)))) for k in kept
        ):
            kept.append(one)
    return kept


def _rarity(words: frozenset[str], found: Sequence[Unit]) -> dict[str, float]:
    """What each word weighs: the fewer of the units hold it, the more it tells them apart."""
    held = {word: sum(word in unit.stems for unit in found) for word in words}
    return {word: math.log((len(found) + 1) / (count + 0.5)) if count else 1.0 for word, count in held.items()}


def _overlap(question: frozenset[str], found: frozenset[str], weight: Mapping[str, float]) -> float:
    """Share of the question's content words that are found, each by its weight."""
    total = sum(weight[word] for word in question)
    return sum(weight[word] for word in question if word in found) / total if total > 0 else 0.0


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
                listing(need, found, shown=_COMPARED), tool_call_id=call_id, name=SEARCH, artifact=_scores(need, found)
            )
        ],
    }
