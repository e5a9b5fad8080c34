"""How much of a prompt the server has read before: its prefix cache matches from the first byte on."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from agent.models.wire import WireMessage

_BYTES_PER_TOKEN, _MOST_BYTES_PER_TOKEN = 3.0, 8.0
"""Fewer, and more, than a token of English has: a prompt that fits by the first count fits by the model's."""
_KEPT = 512
"""Threads whose last prompt is kept."""


@dataclass(frozen=True, slots=True)
class Reuse:
    """One prompt beside the one before it. `follows`: the thread had one before."""

    prompt_bytes: int
    reused_bytes: int
    uncached_tokens: int
    follows: bool


@cache
def meter_at(address: str) -> PromptMeter:
    """The meter of a model on a server, one for the whole process: the server's cache outlives our services."""
    return PromptMeter()


class PromptMeter:
    """Compares each prompt with the thread's last one, and with the last one of all, which a server's slot holds."""

    def __init__(self) -> None:
        self._threads: OrderedDict[str, bytes] = OrderedDict()
        self._last = b""
        self._bytes_per_token = _BYTES_PER_TOKEN

    def note(self, transcript: Sequence[WireMessage], rendered: str | None, thread: str, tokens: int) -> Reuse:
        """Take down a prompt: as rendered by the server, or where it does not tell, as its messages in their order.

        `tokens` is the server's count; the share of the prompt that the last one does not begin with is `uncached`.
        """
        prompt = (rendered if rendered is not None else _plain(transcript)).encode()
        before = self._threads.pop(thread, b"")
        self._threads[thread] = prompt
        while len(self._threads) > _KEPT:
            self._threads.popitem(last=False)
        cached = _shared(prompt, self._last) / max(1, len(prompt))
        self._last = prompt
        if tokens > 100:
            self._bytes_per_token = max(_BYTES_PER_TOKEN, 0.95 * len(prompt) / tokens)
        return Reuse(
            prompt_bytes=len(prompt),
            reused_bytes=_shared(prompt, before),
            uncached_tokens=round(tokens * (1 - cached)),
            follows=bool(before),
        )

    def tokens(self, transcript: Sequence[WireMessage]) -> int:
        """About how many tokens a prompt has, rather too many than too few; what the server counted is learned from."""
        return round(len(_plain(transcript).encode()) / self._bytes_per_token)

    def least_tokens(self, transcript: Sequence[WireMessage]) -> float:
        """A prompt has at least so many tokens."""
        return len(_plain(transcript).encode()) / _MOST_BYTES_PER_TOKEN


def _plain(transcript: Sequence[WireMessage]) -> str:
    return "".join(f"<{message['role']}>\n{message['content']}\n" for message in transcript)


def _shared(one: bytes, other: bytes) -> int:
    """How many bytes both begin with."""
    most = min(len(one), len(other))
    if one[:most] == other[:most]:
        return most
    low, high = 0, most  # the first `low` bytes are the same, the first `high` are not
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if one[:middle] == other[:middle] else (low, middle)
    return low
