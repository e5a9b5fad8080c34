"""Splits a customer's message into clauses: one thing said each, with the condition that stands before or behind it.

Plain rules of English, with no word of any wiki, tool or eval case in them. Everything here is a pure function.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent import courtesy, requests
from agent.run import Value

_DETERMINER = frozenset(
    ("a an the my our your his her their this that these those some any no another each every").split()
)
_OBJECT = _DETERMINER | frozenset(
    ("me us it them him her everything something someone whether if when how what").split()
)
_SUBJECT = frozenset(
    ("i you we they he she it who which that to not and or can could will would should may might must").split()
)
_ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|etc|approx|no|nr|mr|mrs|ms|dr|st|vs)\.$", re.IGNORECASE)
_OWN_TURN = re.compile(
    r"(?<=\w)\s+(?=(?:just |then )?(?:i|we) (?:can|will|want|need|would|could)\b|(?:i|we)'(?:d|ll)\b)", re.IGNORECASE
)
_IF = re.compile(r"(?:only |and |but )*(?:if|unless|in case|provided)\b", re.IGNORECASE)
_SUPPOSED = re.compile(
    r"(?:and |but |so )*(?:suppos(?:e|ing)|assum(?:e|ing)|imagine|say) (?:i|we|that)\b", re.IGNORECASE
)
_JOINS = ("and", "then", "but", "also", "plus", "or")


def _apostrophe(found: re.Match[str]) -> str:
    """The mark that hasty typing leaves out: "dont", "im", "whats"."""
    word = found.group()
    cut = -1 if word.lower().endswith("nt") else -2 if word.lower().endswith("ve") else -1
    return f"{word[:cut]}'{word[cut:]}"


_SPELLED = (
    # A long line that goes on in small letters was wrapped, as mail programs do.
    (re.compile(r"(?<=[^\n]{50})(?<![.!?:;])[ \t]*\n[ \t]*(?=[a-z])"), " "),
    # A name that signs stands in one line with its "Kind regards".
    (
        re.compile(
            r"\b((?:[Rr]egards|[Ww]ishes|[Ss]incerely|[Ff]aithfully),?)[ \t]*\n+\s*(?=(?:[A-Z][\w'’-]*\.?\s*){1,3}$)"
        ),
        r"\1 ",
    ),
    (  # "I'd be glad if somebody could come" asks for it, and names no case
        re.compile(
            r"\b(?:(?:i|we)(?:'d| would)? (?:be (?:very )?(?:glad|happy|grateful|pleased|thankful)|appreciate it)"
            r"|it(?:'d| would) be (?:very )?(?:nice|great|good|lovely|kind|helpful)) if "
            r"((?:you|someone|somebody|one of you|(?:an?|the|your) \w+)) (?:can|could|would|will)\b",
            re.IGNORECASE,
        ),
        r"could \1",
    ),
    (re.compile(r"\b(?:pl[sz]|kindly)\b", re.IGNORECASE), "please"),
    (re.compile(r"\bu\b"), "you"),
    (re.compile(r"\bur\b"), "your"),
    (re.compile(r"\b(?:thx|thks|ty)\b", re.IGNORECASE), "thanks"),
    (re.compile(r"\b(?:dont|didnt|doesnt|isnt|cant|wont|havent|hasnt|wasnt)\b", re.IGNORECASE), _apostrophe),
    (re.compile(r"\b(im|ive|theres|thats|whats|wheres|hows)\b", re.IGNORECASE), _apostrophe),
    (
        re.compile(r"\bits (?=(?:a|an|the|not|only|just|my|all|still|been|too|so|on|in|me|us)\b)", re.IGNORECASE),
        "it's ",
    ),
)


class Clause(Value):
    """One thing said in a message. `condition` is the text of the `if` that stands before or behind it, else None;
    `act` is which courtesy a social clause is."""

    text: str
    kind: requests.Kind
    condition: str | None = None
    act: str | None = None


def read_clauses(message: str) -> list[Clause]:
    """The message's clauses in order."""
    found: list[Clause] = []
    for sentence in sentences(_spelled(message)):
        if act := courtesy.act(sentence):
            found.append(Clause(text=sentence, kind="social", act=act))
            continue
        condition: str | None = None
        for part in _without_courtesy(_coordinated(sentence)):
            text, own = _conditional(part)
            if own and not _may_depend(part, text, own):
                text, own = part, None  # "what happens if I miss it?" is one question
            condition = own or condition
            if text:
                kind = requests.kind(text)
                act = courtesy.act(text) if kind == "social" else None
                found.append(Clause(text=text, kind=kind, condition=condition, act=act))
    return found


def _without_courtesy(pieces: Sequence[str]) -> list[str]:
    """A courtesy that a comma parts from the rest is a piece of its own: "sorry, | the lid is cracked"."""
    out: list[str] = []
    for piece in pieces:
        rest, behind = piece, ""
        if not courtesy.act(piece):
            cuts = [mark.end() for mark in re.finditer(r"[,:…–]\s+", piece)]
            lead = max((cut for cut in cuts if courtesy.act(piece[:cut])), default=0)
            tail = min((cut for cut in cuts if cut > lead and courtesy.act(piece[cut:])), default=len(piece))
            rest, behind = piece[lead:tail].rstrip(" ,:…–") if tail < len(piece) else piece[lead:], piece[tail:]
            out.append(piece[:lead].strip())
        out += [rest, behind]
    return [piece for piece in out if piece]


def _may_depend(part: str, text: str, condition: str) -> bool:
    """Whether a clause with an `if` asks for something in one case only, rather than asking about that case."""
    if requests.kind(text) == "command" or requests.is_bare(condition):
        return True
    told = requests.kind(text) == "statement" or bool(
        re.match(r"(?:just |please |then )*(?:tell|let|show)\b", text, re.IGNORECASE)
    )
    return told and bool(re.match(r"(?:only |and |but )*(?:if|unless|in case)\b", part, re.IGNORECASE))


def _spelled(message: str) -> str:
    """Chat spellings written out."""
    for short, long in _SPELLED:
        message = short.sub(long, message)
    return message


def sentences(message: str) -> list[str]:
    """Split at ends of sentences and at line ends; decimals and common abbreviations stay whole."""
    out: list[str] = []
    for line in re.split(r"\n+", message.strip()):
        start = 0
        for end in re.finditer(r"[.!?]+[\"')\]]*\s+|;\s+", line):
            piece = line[start : end.end()].strip()
            if _ABBREVIATION.search(piece):
                continue
            out.append(piece)
            start = end.end()
        out.append(line[start:].strip())
    return [piece for piece in out if re.search(r"\w", piece)]


def _coordinated(sentence: str) -> list[str]:
    """Split a sentence where a joined clause begins: a command, a question, a condition, a statement of one's own."""
    words = list(re.finditer(r"[\w'’@€$%](?:[\w'’@€$%./:-]*[\w'’@€$%])?", sentence))
    cuts = [0]
    for index in range(1, len(words)):
        before = sentence[words[index - 1].end() : words[index].start()]
        said = [word.group().lower() for word in words[index : index + 4]]
        joined = words[index - 1].group().lower() in _JOINS or bool(re.search(r"[,:…)–]|\.\.|\s-\s", before))
        if before.strip() == ":" and said[0] not in ("if", "unless"):
            joined = False  # behind a colon stands what is to be written down
        if joined and _starts_clause(said):
            start = index - 1 if words[index - 1].group().lower() == "please" and index > 1 else index
            while start > 1 and words[start - 1].group().lower() in _JOINS:
                start -= 1
            cuts.append(words[start].start())
        elif not joined and _runs_on(sentence[cuts[-1] : words[index].start()], said):
            cuts.append(words[index].start())
    pieces = [sentence[a:b].strip(" ,;") for a, b in zip(cuts, [*cuts[1:], len(sentence)], strict=True)]
    return _rejoined(
        [re.sub(r"^(?:and|then|but|also|plus|or)\b[\s,]*", "", p, flags=re.IGNORECASE).strip() for p in pieces if p]
    )


def _rejoined(pieces: list[str]) -> list[str]:
    """A condition stands before its comma: "if there is none, open a ticket" is one piece again. So is what is only
    supposed."""
    out: list[str] = []
    for piece in pieces:
        lead = _IF.match(out[-1]) if out else None
        if lead and _consequence(out[-1][lead.end() :]) is None and not _IF.match(piece):
            out[-1] = f"{out[-1]}, {piece}"
        elif out and _SUPPOSED.match(out[-1]) and requests.kind(piece) == "command":
            out[-1] = f"{out[-1]} and {piece}"  # "suppose I go there and call home": a command to nobody
        else:
            out.append(piece)
    return out


def _runs_on(before: str, words: list[str]) -> bool:
    """Whether a question or a request begins here although no mark says so, as in hasty typing: "it is locked where do
    I find the code", "it keeps stopping can someone look"."""
    said = re.findall(r"[\w'’]+", before.lower())
    if len(said) < 3 or _IF.match(before):
        return False
    first, second, third = [*words, "", "", ""][:3]
    if first == "please":
        return second in requests.COMMANDS and not re.search(r"\b(?:you|i|we|not)$|,\s*$", before.strip().lower())
    if re.search(rf"^{requests.BY}(?:{requests.WH}|{requests.AUX})\b|\b(?:{requests.WH}|that)\b", " ".join(said)):
        return False
    if re.fullmatch(r"(?:can|could|would|will)", first):
        return bool(re.fullmatch(r"you|someone|somebody|anyone|anybody", second))
    knows = re.search(
        r"\b(?:know|tell(?: \w+)?|see|check|ask|sure|me|wonder\w*|about|of|for|on|by|is|was|it's)$", " ".join(said)
    )
    asks = bool(re.fullmatch(r"what|when|where|how|who|why", first)) and not knows
    how = first == "how" and bool(re.fullmatch(r"much|long|many|often|soon|far", second))
    return asks and bool(re.fullmatch(requests.AUX, third if how else second))


def _starts_clause(words: list[str]) -> bool:
    if words and (words[0] == "please" or (words[0] in ("only", "just") and set(words[1:2]) & requests.COMMANDS)):
        words = words[1:]
    if not words:
        return False
    first, second = words[0], words[1] if len(words) > 1 else ""
    if first in requests.COMMANDS:
        onto = second in ("to", "on") and any(third in _DETERMINER or re.search(r"\d", third) for third in words[2:3])
        return second in _OBJECT or bool(re.search(r"\d", second)) or second not in _SUBJECT or onto
    if re.fullmatch(rf"{requests.WH}|if|unless|otherwise|else|i|i'm|i've|i'd|we|we're|my", first) or (
        first,
        second,
    ) == (
        "only",
        "if",
    ):
        return True
    if first in ("till", "until") and re.fullmatch(requests.WH, second):
        return True
    return bool(re.fullmatch(requests.AUX, first)) and bool(re.fullmatch(requests.PERSON, second))


def _conditional(part: str) -> tuple[str, str | None]:
    """(what is to be done, its condition). A condition with nothing to be done belongs to what comes next: ("", …)."""
    part = re.sub(r"^(?:and |but )?(?=in case\b|if\b|provided\b)", "", part, flags=re.IGNORECASE)
    lead = re.match(
        r"(?:only |and |but )*(if|unless|in case|provided(?: that)?|otherwise|else|should)\b[\s,]*", part, re.IGNORECASE
    )
    if lead and lead.group(1).lower() in ("otherwise", "else"):
        return part[lead.end() :].strip(), "not"
    if lead and lead.group(1).lower() != "should":
        rest = part[lead.end() :]
        cut = _consequence(rest)
        if cut is None:
            return part, None
        sign = "not " if lead.group(1).lower() == "unless" else ""
        return rest[cut:].strip(" ,"), sign + rest[:cut].strip(" ,")
    tail = re.search(
        r"[\s,]+(?:only |but )?(if|unless|in case|provided(?: that)?|as long as|(?:as soon as|once)(?= (?:it|they|there"
        r"|he|she|i|we|the|my|that|this|\w-?\d+)\b))\s+(?!not\b|you\b|any\w*\b|some\w*\b|possible\b)(.+)$",
        part,
        re.IGNORECASE,
    )
    if tail and not re.search(r"\b(?:check|see|know|tell me|ask|sure|wonder\w*)$", part[: tail.start()], re.IGNORECASE):
        sign = "not " if tail.group(1).lower() == "unless" else ""
        return part[: tail.start()].strip(), sign + tail.group(2).strip(" .?!")
    return part, None


def _consequence(rest: str) -> int | None:
    """Where, after an `if`, what is to be done: behind a comma or `then`, or at a command's verb."""
    mark = re.match(r"\s*(?:not|so|yes|none)\b[\s,]*(?:then\s+)?(?=\w)", rest, re.IGNORECASE)
    mark = mark or re.search(r",\s*(?:then\s+)?|\bthen\s+", rest)
    if mark:
        return mark.end()
    words = list(re.finditer(r"[\w'’-]+", rest))
    own = _OWN_TURN.search(rest)
    if own and len(rest[: own.start()].split()) > 2:
        return own.end()
    for index in range(1, len(words) - 1):
        before, word, behind = (words[i].group().lower() for i in (index - 1, index, index + 1))
        verb = word in requests.COMMANDS
        whole = verb and requests.is_bare(rest[: words[index].start()])  # "if it is not | open one"
        verb = verb and before not in _DETERMINER | _SUBJECT - {"it", "that"}
        if whole or word == "please" or (verb and (behind in _OBJECT or re.search(r"\d", behind))):
            return words[index].start()
    return None
