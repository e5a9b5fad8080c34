"""What a measurement of a model or its server means: pure functions, each from figures to one check."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from agent.models.ollama_server import OllamaModel
from agent.models.probe_trial import Trial
from agent.models.profile import Mode, Profile
from agent.models.settings import OllamaSettings
from agent.models.wire import Reply

UPDATE = "curl -fsSL https://ollama.com/install.sh | sh"
"""The makers' own way to update a server on Linux; their desktop programs update themselves."""
OLDEST: Mapping[Mode, tuple[tuple[int, int, int], str]] = {
    "schema": ((0, 21, 1), "older ones ignore the grammar where thinking is switched off"),
    "native": ((0, 12, 6), "older ones cannot be told to refuse a prompt instead of cutting it"),
}
"""Oldest version of Ollama for each mode, and why."""
_DEFAULT_URL = OllamaSettings.model_fields["base_url"].default
_CACHED = 0.5
"""A prompt that is read again takes less than this share of its first time where the server keeps prefixes."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `said` is a sentence on what was found; where it is not `ok`, `fix` mends it."""

    name: str
    ok: bool
    said: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Speed:
    """Tokens per second, 0 where the server did not say."""

    prompt: float
    output: float

    @classmethod
    def of(cls, reply: Reply) -> Speed:
        """The speed of an answer whose prompt stood in no cache."""
        return cls(
            _rate(reply.prompt_eval_count, reply.durations.get("prompt_eval_duration_ms", 0)),
            _rate(reply.eval_count, reply.durations.get("eval_duration_ms", 0)),
        )


def ollama(line: str, base_url: str) -> str:
    """An `ollama` command that reaches the server where it is."""
    return f"ollama {line}" if base_url == _DEFAULT_URL else f"OLLAMA_HOST={base_url} ollama {line}"


def serve(base_url: str) -> str:
    """The command that starts the server so that it is found at its address; a far one is started on its machine."""
    host = urlsplit(base_url).hostname or ""
    if host in ("localhost", "127.0.0.1", "::1"):
        return ollama("serve", base_url)
    return "OLLAMA_HOST=0.0.0.0 ollama serve"


def setting(variable: str, value: int) -> str:
    """The command that sets a variable of the environment for good."""
    return f"echo {variable}={value} >> .env"


def version(found: str, mode: Mode) -> Check:
    """New enough for the mode? A server that was built from its source says 0.0.0."""
    oldest, reason = OLDEST[mode]
    least = ".".join(map(str, oldest))
    numbers = tuple(int(number) for number in re.findall(r"\d+", found)[:3])
    if not any(numbers):
        said = f"Built from source, so its version is not known; {mode} mode needs {least} or newer."
        return Check("version", True, said)
    if numbers >= oldest:
        return Check("version", True, f"Version {found}; {mode} mode needs {least} or newer.")
    return Check("version", False, f"Version {found} is too old; {mode} mode needs {least}: {reason}.", UPDATE)


def tools(model: OllamaModel, mode: Mode) -> Check:
    """Can the model call tools, and must it?"""
    able = "can call tools" if "tools" in model.capabilities else "cannot call tools"
    if mode == "schema":
        return Check("tools", True, f"It {able}; schema mode needs none.")
    if able == "can call tools":
        return Check("tools", True, f"It {able}, as native mode needs.")
    return Check("tools", False, f"It {able}, and native mode needs them.", probe(f"ollama/{model.name}"))


def probe(spec: str) -> str:
    """The command that finds out how a model is run best."""
    return f"deskmate models probe {spec}"


def context(spec: str, effective: int, made_for: int, longest: int) -> Check:
    """Is there room for our longest prompt and its answer? All in tokens; `made_for` is 0 where it is not known."""
    said = f"{effective} tokens; our longest prompt with its answer needs {longest}"
    if effective >= longest:
        return Check("context", True, f"{said}.")
    room = _rounded(longest)
    if 0 < made_for < room:
        return Check("context", False, f"{said}, and the model was made for {made_for}.", "ollama pull qwen3:8b")
    return Check("context", False, f"{said}.", f"deskmate models set {spec} num_ctx={room}")


def thinking(model: OllamaModel, profile: Profile, reply: Reply) -> Check:
    """Does the switch do what the profile wants? `reply` is an answer with room for a few words."""
    if "thinking" not in model.capabilities:
        return Check("thinking", True, "It does not think before it answers: there is nothing to switch off.")
    if profile.think is not False:
        return Check("thinking", True, "It thinks before it answers, as its profile says.")
    if "<think>" in reply.content or (reply.eval_count and not reply.content.strip()):
        said = "It thinks although it is told not to, which makes every decision many times as long."
        return Check("thinking", False, said, "ollama pull qwen3:8b")
    return Check("thinking", True, "It can think, and does not when it is told not to.")


def decision(spec: str, trial: Trial, mode: Mode) -> Check:
    """Did one decision come out right?"""
    asked = f"Asked “{trial.case.said}” ({mode} mode), it"
    if trial.decision is None:
        return Check("decision", False, f"{asked} made no decision. {trial.failed}", probe(spec))
    call = _call(trial.decision.action, trial.decision.arguments)
    if trial.right:
        return Check("decision", True, f"{asked} decided {call} in {trial.seconds:.1f} s.")
    wanted = " or ".join(_call(action, trial.case.arguments) for action in sorted(trial.case.actions))
    return Check("decision", False, f"{asked} decided {call}; right is {wanted}.", probe(spec))


def cache(first: Reply, again: Reply) -> Check:
    """Does the server keep what it has read? The same prompt twice: only the time that reading took tells."""
    took, took_again = (reply.durations.get("prompt_eval_duration_ms", 0) for reply in (first, again))
    if not took:
        return Check("cache", True, "The server does not say how long it reads, so nothing can be said of its cache.")
    said = (
        f"{first.prompt_eval_count} tokens took {took / 1000:.2f} s to read, the second time {took_again / 1000:.2f} s"
    )
    if took_again < _CACHED * took:
        return Check("cache", True, f"{said}: the prefix is kept.")
    return Check("cache", False, f"{said}: nothing is kept.", "OLLAMA_NUM_PARALLEL=1 ollama serve")


def speed(measured: Speed, longest: int, written: int, settings: OllamaSettings) -> Check:
    """Fast enough for the time limits? `longest` prompt and `written` answer in tokens."""
    if not measured.prompt or not measured.output:
        return Check("speed", True, "The server does not say how long it takes, so its speed is not known.")
    said = f"{measured.prompt:.0f} prompt tokens a second (not cached), {measured.output:.0f} output tokens a second"
    reading = longest / measured.prompt
    limits = {
        "FIRST_BYTE": (reading, settings.first_byte_seconds),
        "TOTAL": (reading + written / measured.output, settings.total_seconds),
    }
    for name, (needs, limit) in limits.items():
        if needs > limit:
            fix = setting(f"DESKMATE_OLLAMA_{name}_SECONDS", _rounded(needs * 1.5, 60))
            return Check("speed", False, f"{said}: our longest prompt takes {needs:.0f} s, over {limit:g} s.", fix)
    return Check("speed", True, f"{said}: our longest prompt is read in {reading:.0f} s.")


def _rate(tokens: int, milliseconds: float) -> float:
    return tokens / milliseconds * 1000 if milliseconds else 0


def _rounded(value: float, step: int = 1024) -> int:
    return -int(-value // step) * step


def _call(action: str, arguments: Mapping[str, Any]) -> str:
    return f"{action}({', '.join(f'{name}={value}' for name, value in arguments.items())})"
