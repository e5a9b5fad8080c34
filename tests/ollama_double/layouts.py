"""One layout a model family: what its template renders, where, and what it leaves out.

Control tokens are the family's own. The words that templates put around tools are not repeated here: a tool block is
one line for each tool, so that prompts with tools differ from the real ones in length, not in order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.ollama_double.go_json import compact
from tests.ollama_double.part import Tool
from tests.ollama_double.prompt import TOOLS, History, Segment, Turn
from tests.ollama_double.tool_schema import written

Layout = Callable[[History], list[Segment]]


def llama(history: History) -> list[Segment]:
    """Tools stand in the last message, if that is the user's. Content beside a call is lost."""
    out: list[Segment] = []
    turns = history.turns()
    if systems := _systems(turns):
        out += [_open_llama("system"), *systems, Segment("<|eot_id|>")]
    for turn in turns:
        if turn.role == "user":
            tools = [_tools(history.tools), Segment("Question: ")] if history.tools and turn.last else []
            body = [*tools, *turn.says()]
        elif turn.role == "assistant":
            forms = ('{"name": "%s", "parameters": %s}', '\n{"name": "%s", "parameters": %s}')
            calls = [_call(forms[at > 0], call) for at, call in enumerate(turn.calls())]
            body = calls or turn.says()
        elif turn.role == "tool":
            body = turn.says()
        else:
            continue
        out += [_open_llama("ipython" if turn.role == "tool" else turn.role), *body]
        if not (turn.last and turn.role == "assistant"):
            out.append(Segment("<|eot_id|>"))
        if turn.last and turn.role != "assistant":
            out.append(_open_llama("assistant"))
    return out


def mistral(history: History) -> list[Segment]:
    """Tools and system texts stand before the last message, if that is the user's. Calls beside content are lost."""
    out: list[Segment] = []
    turns = history.turns()
    for turn in turns:
        if turn.role == "user":
            systems = _systems(turns) if turn.last else []
            if turn.last and history.tools:
                tools = Segment(",".join(written(tool) for tool in history.tools), TOOLS)
                out += [Segment("[AVAILABLE_TOOLS] ["), tools, Segment("][/AVAILABLE_TOOLS]")]
            gap = [Segment("\n\n")] if systems else []
            out += [Segment("[INST] "), *systems, *gap, *turn.says(), Segment("[/INST]")]
        elif turn.role == "assistant" and turn.content:
            out += [Segment(" "), *turn.says(), Segment("</s>")]
        elif turn.role == "assistant" and turn.calls():
            calls = [_call('{"name": "%s", "arguments": %s}', call) for call in turn.calls()]
            out += [Segment("[TOOL_CALLS] ["), *calls, Segment("]</s>")]
        elif turn.role == "tool":
            out += [Segment('[TOOL_RESULTS] {"content": '), *turn.says(), Segment("} [/TOOL_RESULTS]")]
    return [*out, Segment(" ")]


def qwen3(history: History) -> list[Segment]:
    """System texts, then tools, in front. The last user message carries the switch of thinking."""
    out: list[Segment] = []
    turns = history.turns()
    if (systems := _systems(turns)) or history.tools:
        tools = [Segment("\n\n"), _tools(history.tools)] if history.tools else []
        out += [Segment("<|im_start|>system\n\n"), *systems, *tools, Segment("<|im_end|>\n")]
    users = [turn for turn in turns if turn.role == "user"]
    for turn in turns:
        if turn.role == "user":
            switch = " /no_think" if history.thinks is False else " /think"
            out += [Segment("<|im_start|>user\n"), *turn.says(), Segment(switch if turn is users[-1] else "")]
        elif turn.role == "assistant":
            calls = [_call('\n{"name": "%s", "arguments": %s}', call) for call in turn.calls()]
            out += [Segment("<|im_start|>assistant\n"), *_thinking(turn, "<think>", "</think>\n")]
            out += turn.says() or ([Segment("<tool_call>"), *calls, Segment("\n</tool_call>")] if calls else [])
        elif turn.role == "tool":
            out += [Segment("<|im_start|>user\n<tool_response>\n"), *turn.says(), Segment("\n</tool_response>")]
        else:
            continue
        if not (turn.last and turn.role == "assistant"):
            out.append(Segment("<|im_end|>\n"))
    if not turns or turns[-1].role != "assistant":
        out.append(Segment("<|im_start|>assistant\n"))
        if history.thinks is False:
            out.append(Segment("<think>\n\n</think>\n\n"))
    return out


def qwen35(history: History) -> list[Segment]:
    """Tools in front of everything, later system texts where they stand; nothing is lost."""
    out: list[Segment] = []
    turns = history.turns()
    head = turns[0] if turns and turns[0].role == "system" else None
    if head or history.tools:
        tools = [_tools(history.tools), Segment("\n\n")] if history.tools else []
        out += [Segment("<|im_start|>system\n"), *tools, *(head.says() if head else []), Segment("<|im_end|>\n")]
    for turn in turns[1 if head else 0 :]:
        if turn.role == "tool":
            body = [Segment("<tool_response>\n"), *turn.says(), Segment("\n</tool_response>")]
        else:
            calls = [_call("\n<function=%s>%s</function>", call) for call in turn.calls()]
            body = [*_thinking(turn, "<think>\n", "\n</think>\n\n"), *turn.says(), *calls]
        role = "user" if turn.role == "tool" else turn.role
        out += [Segment(f"<|im_start|>{role}\n"), *body, Segment("<|im_end|>\n")]
    thought = "<think>\n\n</think>\n\n" if history.thinks is False else "<think>\n"
    return [*out, Segment(f"<|im_start|>assistant\n{thought}")]


def gemma4(history: History) -> list[Segment]:
    """The first system text and the tools in front. Content beside a call moves behind the results."""
    out: list[Segment] = []
    turns = history.turns()
    head = turns[0] if turns and turns[0].role == "system" else None
    if head or history.tools:
        tools = [_tools(history.tools)] if history.tools else []
        out += [Segment("<|turn>system\n"), *(head.says() if head else []), *tools, Segment("<turn|>\n")]
    moved: list[Segment] = []
    for turn in turns[1 if head else 0 :]:
        if turn.role == "tool":
            out += [Segment("<|tool_response>"), *turn.says(), Segment("<tool_response|>")]
            continue
        out += moved
        calls = [_call("<|tool_call>call:%s%s<tool_call|>", call) for call in turn.calls()]
        moved = turn.says() if calls else []
        thought = _thinking(turn, "<|channel>thought\n", "\n<channel|>")
        out += [Segment(f"<|turn>{turn.role}\n"), *thought, *calls, *([] if calls else turn.says())]
        out.append(Segment("" if calls else "<turn|>\n"))
    return [*out, *moved, Segment("<|turn>model\n")]


def mixtral(history: History) -> list[Segment]:
    """An old template of system, user and answer alone: a question without an answer is lost when the next comes."""
    out: list[Segment] = []
    system: list[Segment] = []
    question: list[Segment] = []
    answer: list[Segment] = []
    for turn in history.turns():
        if answer and turn.role in ("user", "system"):
            out += [*_inst(system, question), *answer]
            system, question, answer = [], [], []
        if turn.role == "system":
            system = turn.says()
        elif turn.role == "user":
            question = turn.says()
        elif turn.role == "assistant":
            answer = turn.says()
    return [*out, *_inst(system, question), *answer]


def gemma3(history: History) -> list[Segment]:
    """No system role: those texts stand in the first message of the user. Calls and results are lost."""
    out: list[Segment] = []
    turns = history.turns()
    systems = _systems(turns)
    for turn in turns:
        if turn.role == "user":
            gap = [Segment("\n\n")] if systems else []
            out += [Segment("<start_of_turn>user\n"), *systems, *gap, *turn.says(), Segment("<end_of_turn>\n")]
            systems = []
        elif turn.role == "assistant":
            out += [Segment("<start_of_turn>model\n"), *turn.says(), Segment("<end_of_turn>\n")]
    return [*out, Segment("<start_of_turn>model\n")]


def _systems(turns: Sequence[Turn]) -> list[Segment]:
    """The system texts of all of the history, joined."""
    found = [segment for turn in turns if turn.role == "system" for segment in turn.says()]
    return [
        Segment(f"\n\n{segment.text.removeprefix(chr(10) * 2)}" if at else segment.text, segment.label)
        for at, segment in enumerate(found)
    ]


def _tools(tools: Sequence[Tool]) -> Segment:
    return Segment("".join(f"{written(tool)}\n" for tool in tools), TOOLS)


def _call(form: str, call: tuple[str, object, str]) -> Segment:
    name, arguments, label = call
    return Segment(form % (name, compact(arguments)), label)


def _thinking(turn: Turn, before: str, after: str) -> list[Segment]:
    thinking = turn.message.get("thinking")
    return [Segment(f"{before}{thinking}{after}", f"{turn.numbers[0]}:thinking")] if thinking else []


def _inst(system: Sequence[Segment], question: Sequence[Segment]) -> list[Segment]:
    gap = [Segment(" ")] if system else []
    return [Segment("[INST] "), *system, *gap, *question, Segment(" [/INST] ")]


def _open_llama(role: str) -> Segment:
    return Segment(f"<|start_header_id|>{role}<|end_header_id|>\n\n")
