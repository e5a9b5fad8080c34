"""Free wording: a model words the reply, and each of its sentences must stand on one part of the composed reply.

A profile earns this switch in the suite `grounding`. A small model merges true facts into false sentences, so each
sentence is held against single parts: most of its words, every figure, name, date and link, and the same negations.
Where one does not stand, or a part is left out, the composed reply goes out.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Sequence

from langchain_core.messages import HumanMessage, SystemMessage

from agent import courtesy
from agent.clauses import sentences
from agent.composing import Block, render
from agent.deciding import Turn, cost
from agent.errors import AgentError
from agent.prompting import wording_prompt
from agent.run import Metrics, Reply
from agent.words import stems

log = logging.getLogger(__name__)

_SHARED = 0.7  # share of a sentence's content words that the part it stands on must hold
_POLITE = ("greeting", "thanks", "bye")  # what a model may add; "will do" would be a promise
_NEGATION = re.compile(r"\b(?:no|not|never|none|nothing|without|cannot|neither|nor)\b|n't\b", re.IGNORECASE)
_FIGURE = re.compile(r"\d+(?:[.,:]\d+)*")
_LINK = re.compile(r"(?:https?://|www\.)\S+")
_NAME = re.compile(r"(?<![.!?:] )(?<!^)\b[A-ZÄÖÜ][\w-]+")


async def word(blocks: Sequence[Block], turn: Turn) -> tuple[Reply, Metrics]:
    """The reply in the words of the model that answers first, where its profile allows and every sentence stands; and
    what that cost.
    """
    composed = render(blocks)
    mind = turn.minds[0]
    if mind.profile.wording != "model" or mind.spec in turn.down or all(block.kind == "note" for block in blocks):
        return composed, Metrics()
    asked = [SystemMessage(mind.system), HumanMessage(wording_prompt([b.text for b in blocks]), name="step")]
    started = time.perf_counter()
    try:
        message = await mind.chat.ainvoke(asked)
    except AgentError as error:
        log.warning("model %s did not word the reply: %s", mind.spec, error)
        return composed, Metrics(model_calls=1, wordings=1)
    spent = cost(message.response_metadata, (time.perf_counter() - started) * 1000) + Metrics(wordings=1)
    text = cited(message.text, blocks)
    if text is None:
        log.info("model %s worded what nothing supports: %r", mind.spec, message.text)
        return composed, spent
    return composed.model_copy(update={"text": text}), spent + Metrics(wordings_kept=1)


def cited(text: str, blocks: Sequence[Block]) -> str | None:
    """The text with the marks of what each sentence quotes; None where a sentence stands on no part, or a part is
    missing.
    """
    numbers: dict[int, int] = {}
    citations = []
    for place, block in enumerate(blocks):
        if block.citation:
            if block.citation not in citations:
                citations.append(block.citation)
            numbers[place] = citations.index(block.citation) + 1
    used: set[int] = set()
    lines = []
    for sentence in sentences(text):
        if courtesy.act(sentence) in _POLITE:
            lines.append(sentence)
            continue
        found = next((n for n, block in enumerate(blocks) if stands(sentence, block.text)), None)
        if found is None:
            return None
        used.add(found)
        lines.append(f"{sentence} [{numbers[found]}]" if found in numbers else sentence)
    return " ".join(lines) if used == set(range(len(blocks))) else None


def stands(sentence: str, part: str) -> bool:
    """Whether a sentence says nothing that one part does not say."""
    words = stems(sentence)
    if not words or len(words & stems(part)) < _SHARED * len(words):
        return False
    exact = [*_FIGURE.findall(sentence), *_LINK.findall(sentence), *_NAME.findall(sentence)]
    return all(one in part for one in exact) and _negated(sentence) == _negated(part, like=sentence)


def _negated(text: str, like: str = "") -> bool:
    """Whether a text denies; of a part of several sentences the one that is nearest to `like` counts."""
    parts = sentences(text)
    if like and parts:
        words = stems(like)
        text = max(parts, key=lambda one: len(stems(one) & words))
    return bool(_NEGATION.search(text))
