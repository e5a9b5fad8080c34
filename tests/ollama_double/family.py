"""Model families: what each can do, how its template lays a prompt out, and what reads its answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from tests.ollama_double import layouts
from tests.ollama_double.gemma_calls import GemmaParser
from tests.ollama_double.part import Parser, Tool
from tests.ollama_double.prompt import History, Message, Prompt, assemble
from tests.ollama_double.qwen_calls import QwenParser
from tests.ollama_double.tagged_calls import TemplateParser

ParserMaker = Callable[[Sequence[Tool], bool], Parser]


@dataclass(frozen=True, slots=True)
class Family:
    """`context` is the longest prompt that the model was made for (tokens), `size` that of its file (bytes).

    `stops` are the texts that end an answer unless a request names others.
    """

    name: str
    capabilities: tuple[str, ...]
    layout: layouts.Layout
    parser: ParserMaker
    context: int
    size: int
    merged: bool = True
    stops: tuple[str, ...] = ()

    def prompt(self, messages: Sequence[tuple[int, Message]], tools: Sequence[Tool], thinks: bool | None) -> Prompt:
        """What the template makes of a request."""
        history = History(tuple(messages), tuple(tools), thinks, self.merged)
        return assemble(self.layout(history), history)


def _template(tag: str, tools: Sequence[Tool], thinks: bool) -> Parser:
    return TemplateParser(tag, tools, thinks=thinks)


def _qwen(tools: Sequence[Tool], thinks: bool) -> Parser:
    return QwenParser(tools, thinks=thinks)


def _gemma(tools: Sequence[Tool], thinks: bool) -> Parser:
    return GemmaParser(tools, thinks=thinks)


_TEXT = ("completion",)
_TOOLS = ("completion", "tools")
_ALL = ("completion", "tools", "thinking")
_LLAMA = partial(_template, "{")
_HEADERS = ("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>")
_TURNS = ("<|im_start|>", "<|im_end|>")
_FAMILIES = (
    Family("llama3.1", _TOOLS, layouts.llama, _LLAMA, 131_072, 4_900_000_000, stops=_HEADERS),
    Family("llama3.2", _TOOLS, layouts.llama, _LLAMA, 131_072, 2_000_000_000, stops=_HEADERS),
    Family("mistral", _TOOLS, layouts.mistral, partial(_template, "[TOOL_CALLS] ["), 32_768, 4_100_000_000),
    Family("mixtral", _TEXT, layouts.mixtral, partial(_template, ""), 32_768, 26_000_000_000),
    Family("gemma3", _TEXT, layouts.gemma3, partial(_template, ""), 131_072, 3_300_000_000),
    Family("gemma4", _ALL, layouts.gemma4, _gemma, 131_072, 9_600_000_000, merged=False),
    Family("qwen3", _ALL, layouts.qwen3, partial(_template, "<tool_call>"), 40_960, 5_200_000_000, stops=_TURNS),
    Family("qwen3.5", _ALL, layouts.qwen35, _qwen, 262_144, 6_600_000_000, merged=False),
)
FAMILIES = {family.name: family for family in _FAMILIES}


def family_of(model: str) -> Family:
    """The family of a model's name, such as `qwen3:8b`. Raises `KeyError`."""
    return FAMILIES[model.partition(":")[0]]


def full_name(model: str) -> str:
    """The name with its tag."""
    return model if ":" in model else f"{model}:latest"
