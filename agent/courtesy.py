"""Small talk: which polite act a text is, if it is nothing else, and what is said back to it.

The wordings stand in `courtesies.toml`. A text is small talk if it is made of them alone; `agent.matching` also asks
the encoder whether it means the same as one of them. Whatever asks for something must not be taken for small talk.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from agent.run import Value

_LONGEST = 24  # words of a text that may be small talk alone
_TEXT = 200  # its characters
_PHRASE = 14  # words of the longest phrase
_CHAT = {"u": "you", "ur": "your", "r": "are", "pls": "please", "plz": "please", "thx": "thanks", "ty": "thank you"}
_FACES = {"👋": "hello", "👍": "ok", "👌": "ok", "🙏": "thanks", "❤": "thanks", "👏": "well done"}
_SMILEY = re.compile(r"(?:(?<=\s)|^)(?:[:;=8x]['-]?[()dp3*/]|<3|[()^][_.-]?[()^])(?=\s|$)", re.IGNORECASE)
# Greetings and thanks are typed in haste: a word with one wrong letter is taken for one of these.
_TYPED = (
    "hello thanks thank morning afternoon evening goodbye welcome appreciate appreciated apologies greetings regards"
    " sincerely excellent brilliant awesome perfect understood grateful sorry"
).split()
_NAME = r"(?:[A-Z][\w'’-]*\.?\s*){1,3}$"
_SIGNED = re.compile(rf"^(.*(?:regards|wishes|sincerely|faithfully|truly)),?\s+{_NAME}", re.DOTALL)
_INTRODUCED = re.compile(rf"^[Mm]y name(?: is|['’]s) {_NAME}")
_TITLED = re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Dr)\.? [A-Z][a-z]+")
# What a meaning alone is not trusted with: figures, addresses, denials, wishes, one's own affairs.
_MATTER = re.compile(
    r"\d|@|n't\b|n’t\b|\b(?:no|not|never|none|nothing|nobody|cannot|without|but|because|if|until|since|still|yet"
    r"|my|mine|our|ours|yes|yep|yeah|want|need|would|should|must|wrong|worst)\b",
    re.IGNORECASE,
)


class Act(Value):
    """One act of politeness: its name, what is said back, its phrases as they are stored, and wordings to compare."""

    name: str
    reply: str
    said: tuple[str, ...]
    like: tuple[str, ...]


@cache
def acts() -> tuple[Act, ...]:
    """All acts, in the order in which they count."""
    return tuple(Act(**table) for table in _file()["act"])


def unlike() -> tuple[str, ...]:
    """Wordings of needs that sound like small talk."""
    return tuple(_file()["unlike"])


def reply(name: str) -> str:
    """What is said back to an act."""
    return next(act.reply for act in acts() if act.name == name)


def first(names: Iterable[str]) -> str | None:
    """Which of several acts counts."""
    known = set(names)
    return next((act.name for act in acts() if act.name in known), None)


@lru_cache(maxsize=20_000)
def act(text: str) -> str | None:
    """The act that a text is, where it is made of courtesies alone."""
    if len(text) > _TEXT:
        return None
    if _INTRODUCED.match(text.strip()):
        return "greeting"
    signed = _SIGNED.match(text.strip())
    words = _words(_TITLED.sub("sir", signed.group(1) if signed else text))
    if not words:
        return _FACES.get(next((char for char in text if char in _FACES), "")) and _covered(
            _words(" ".join(_FACES.get(char, "") for char in text))
        )
    return _covered(words) if len(words) <= _LONGEST and _known().issuperset(words) else None


def may_mean(text: str) -> bool:
    """Whether a text that is not made of known courtesies may still be one by its meaning."""
    return 1 < len(text.split()) <= _LONGEST / 2 and not _MATTER.search(text)


def _covered(words: list[str]) -> str | None:
    """The act that counts of the phrases that cover the words, fillers between them left aside."""
    best: dict[int, tuple[int, frozenset[str]]] = {0: (0, frozenset())}  # the fewest pieces up to here, and their acts
    for start in range(len(words)):
        if start not in best:
            continue
        pieces, names = best[start]
        for end in range(start + 1, min(len(words), start + _PHRASE) + 1):
            piece = " ".join(words[start:end])
            name = next((name for name, pattern in _patterns() if pattern.fullmatch(piece)), None)
            known = name is not None or piece in _fillers()
            if known and (end not in best or pieces + 1 < best[end][0]):
                best[end] = (pieces + 1, names | {name} if name else names)
    return first(best[len(words)][1]) if len(words) in best else None


def _words(text: str) -> list[str]:
    """A text's words in one spelling: small, without marks and doubled letters, chat and hasty typing written out."""
    bare = re.sub(r"['’`´]", "", _SMILEY.sub(" ", text.lower()))
    words = " ".join(_CHAT.get(word, word) for word in re.findall(r"[^\W_]+", bare)).split()
    return [_typed(_single(word)) for word in words]


def _single(word: str) -> str:
    return re.sub(r"(.)\1+", r"\1", word)


@lru_cache(maxsize=20_000)
def _typed(word: str) -> str:
    if len(word) < 4 or word in _known():
        return word
    return next((known for known in map(_single, _TYPED) if _one_off(word, known)), word)


def _one_off(word: str, known: str) -> bool:
    """Whether two letters have changed places, one is missing, too many, or, in a long word, wrong."""
    if word[0] != known[0] or abs(len(word) - len(known)) > 1:
        return False
    short, long = sorted((word, known), key=len)
    if len(short) < len(long):
        return any(long[:n] + long[n + 1 :] == short for n in range(len(long)))
    wrong = [n for n in range(len(word)) if word[n] != known[n]]
    if len(wrong) == 1:
        return len(word) > 6
    return len(wrong) == 2 and word[wrong[0]] == known[wrong[1]] and word[wrong[1]] == known[wrong[0]]


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    slots = {name: "(?:" + "|".join(map(_spelled, words)) + ")" for name, words in _file()["slots"].items()}
    return tuple((act.name, re.compile("|".join(_pattern(said, slots) for said in act.said))) for act in acts())


def _pattern(said: str, slots: dict[str, str]) -> str:
    """A phrase as a pattern over words with one blank between them."""
    parts = ""
    for part in said.split():
        name = part.strip("{?}")
        body = slots[name] if part.startswith("{") else _spelled(part)
        parts += f"(?: ?{body}\\b)?" if part.endswith("?}") else f" ?\\b{body}\\b"
    return parts


def _spelled(words: str) -> str:
    return " ".join(map(_single, words.split()))


@cache
def _fillers() -> frozenset[str]:
    return frozenset(map(_spelled, _file()["fillers"]))


@cache
def _known() -> frozenset[str]:
    """Every word of the file, so that a known one is not taken for a misspelt other."""
    return frozenset(word for text in _texts() for word in _spelled(text).split())


def _texts() -> Iterator[str]:
    yield from _file()["fillers"]
    for words in _file()["slots"].values():
        yield from words
    for act in acts():
        yield from act.said


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads((files("agent") / "courtesies.toml").read_text("utf-8"))
