"""What chat programs ask a model beside the conversation: a title for it, tags, questions to go on with.

They come as one message that begins with "### Task:". They are answered from the words alone: no model, no tool, no
memory, and nothing that could be taken for the customer's own request.
"""

import json
import re

from api.completions.bodies import ChatMessage

_CHORE = re.compile(r"\s*### Task:", re.IGNORECASE)
_FIELD = re.compile(r'\{\s*"(\w+)"\s*:')
_FIRST_WORDS = re.compile(
    r"<chat_history>\s*USER:\s*(.+?)\s*(?:\n\s*ASSISTANT:|</chat_history>)", re.DOTALL | re.IGNORECASE
)
_LONGEST = 48  # characters of a title


def chore(messages: list[ChatMessage]) -> str | None:
    """The answer to a chore; None for a conversation."""
    asked = [message for message in messages if message.role != "system"]
    if len(asked) != 1 or asked[0].role != "user" or not _CHORE.match(asked[0].text):
        return None
    text = asked[0].text
    field = _FIELD.search(text)
    answers: dict[str, object] = {"title": _title(text), "tags": ["General"], "text": ""}
    if field is None:
        return _title(text)
    return json.dumps({field[1]: answers.get(field[1], [])}, ensure_ascii=False)


def _title(text: str) -> str:
    """The customer's first words, as far as a title goes."""
    first = _FIRST_WORDS.search(text)
    words = " ".join(first[1].split()) if first else "Conversation"
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1].rsplit(' ', 1)[0]}…"
