"""A conversation as a stateless client sends it: what was said before, and the message that is to be answered."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from api.completions.bodies import ChatMessage
from api.errors import INVALID, FieldError, ProblemError
from tools import pii

Said = tuple[Literal["user", "assistant"], str]


@dataclass(frozen=True, slots=True)
class Talk:
    """``earlier`` holds who said what, oldest first; ``message`` is the customer's last one."""

    earlier: tuple[Said, ...]
    message: str

    @property
    def before(self) -> str:
        """Digest of what was said before the message."""
        return digest(self.earlier)

    @property
    def asked(self) -> str:
        """Digest of all of it."""
        return digest((*self.earlier, ("user", self.message)))

    def answered(self, reply: str) -> str:
        """Digest of what the client will send as the earlier messages of its next request."""
        return digest((*self.earlier, ("user", self.message), ("assistant", reply)))


def talk_of(messages: Sequence[ChatMessage]) -> Talk:
    """The talk in a request. System messages are no part of it: the agent has rules of its own.

    Raises ProblemError where the last message is not the customer's.
    """
    said: list[Said] = [
        ("assistant" if message.role == "assistant" else "user", message.text)
        for message in messages
        if message.role in ("user", "assistant") and message.text.strip()
    ]
    if messages[-1].role != "user" or not said or said[-1][0] != "user":
        sentence = "The last message must be the user's, with text in it."
        raise ProblemError(INVALID, sentence, fields=[FieldError(field="messages", message=sentence)])
    return Talk(tuple(said[:-1]), said[-1][1])


def digest(said: Sequence[Said]) -> str:
    """A name for what was said. White space does not count: clients trim it, each in its way. Nor do secrets."""
    lines = [[role, " ".join(pii.without_secrets(text).split())] for role, text in said]
    return hashlib.sha256(json.dumps(lines).encode()).hexdigest()
