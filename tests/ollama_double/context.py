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
    family: Family, messages: Sequence[Message], tools: Sequence[Tool], thinks: bool | None, num_ctx: int | None
) -> Prompt:
    """The prompt of the messages that fit: whole ones are dropped, oldest first; system texts and the last one stay.

    Without `num_ctx` (the request forbade to truncate) all of them.
    """
    numbered = list(enumerate(messages))
    prompt = family.prompt(numbered, tools, thinks)
    for first in range(1, len(numbered)):
        if num_ctx is None or prompt.tokens <= num_ctx:
            break
        systems = [entry for entry in numbered[:first] if entry[1].get("role") == "system"]
        prompt = family.prompt([*systems, *numbered[first:]], tools, thinks)
    return prompt


def cut(prompt: Prompt, num_ctx: int, *, shift: bool) -> Prompt:
    """The prompt as the engine reads it: of one that is too long, four tokens and the last half of the context.

    Raises `TooLongError` instead of that cut where `shift` is false.
    """
    if prompt.tokens <= num_ctx:
        return prompt
    if not shift:
        raise TooLongError(TOO_LONG)
    found = tokens(prompt.text)
    return Prompt("".join([*found[:_KEPT], *found[-((num_ctx - _KEPT) // 2) :]]))
