"""What the server does with a prompt that is longer than `num_ctx`."""

from __future__ import annotations

from collections.abc import Sequence

from tests.ollama_double.engine import tokens
from tests.ollama_double.family import Family
from tests.ollama_double.part import Tool
from tests.ollama_double.prompt import Message, Prompt

TOO_LONG = (
    "the prompt is longer than the context length currently available to the model; shorten the prompt, adjust the "
    "context length in settings, or use a model with a longer context length"
)
_KEPT = 4
"""Tokens at the beginning that outlive a cut."""


class TooLongError(Exception):
    """The prompt does not fit and the request forbade to cut it."""


def fit(
    family: Family,
    messages: Sequence[Message],
    tools: Sequence[Tool],
    thinks: bool | None,
    num_ctx: int,
    *,
    truncate: bool = True,
    shift: bool = True,
) -> Prompt:
    """The prompt that reaches the engine.

    Whole messages are dropped, oldest first, system texts kept. If the last one alone is too long, four tokens of the
    beginning and the last half of the context stay. Raises `TooLongError` instead of that cut where `shift` is false.
    """
    numbered = list(enumerate(messages))
    prompt = family.prompt(numbered, tools, thinks)
    if not truncate:
        return prompt
    for first in range(1, len(numbered)):
        if prompt.tokens <= num_ctx:
            break
        systems = [entry for entry in numbered[:first] if entry[1].get("role") == "system"]
        prompt = family.prompt([*systems, *numbered[first:]], tools, thinks)
    if prompt.tokens <= num_ctx:
        return prompt
    if not shift:
        raise TooLongError(TOO_LONG)
    found = tokens(prompt.text)
    return Prompt("".join([*found[:_KEPT], *found[-((num_ctx - _KEPT) // 2) :]]))
