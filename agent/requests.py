"""Reads a customer's message as text: its clauses, what each of them is, and what has to be looked up for it.

Plain rules of English, with no word of any wiki, tool or eval case in them. Everything here is a pure function.
"""

from __future__ import annotations

import re
from typing import Literal

from agent.run import Value

Kind = Literal["social", "statement", "question", "command"]

COMMANDS = frozenset(
    (
        "activate add answer apply arrange ask assign attach block book bring bump buy call cancel change check close"
        " confirm connect contact create cut delete describe disable downgrade drop email enable escalate"
        " exchange explain extend file find fix forward get give hand help include inform investigate issue leave let"
        " list log look lower make mark merge move note notify open order pass pay phone place postpone push put"
        " raise read record refund register remind remove renew reopen repair replace reply report request"
        " reschedule resend reset resolve restart return review ring schedule search see send set ship show"
        " solve start stop submit swap switch take tell terminate transfer try turn unlock update upgrade"
        " undo verify withdraw write"
    ).split()
)
_DETERMINER = frozenset(
    ("a an the my our your his her their this that these those some any no another each every").split()
)
_OBJECT = _DETERMINER | frozenset(
    ("me us it them him her everything something someone whether if when how what").split()
)
_SUBJECT = frozenset(
    ("i you we they he she it who which that to not and or can could will would should may might must").split()
)
_WH = r"(?:what|when|where|who|whom|whose|which|why|how|whether)"
_BY = r"(?:(?:till|until|by|from|at|since|for|to|in|on|with)\s+)?"  # "till when", "at what time"
_AUX = r"(?:is|are|was|were|am|do|does|did|can|could|will|would|shall|should|may|might|must|has|have|had)"
_PERSON = (
    r"(?:i|you|we|they|he|she|it|there|this|that|these|those|my|your|our|the|a|an|any|someone|somebody|anyone|anybody"
    r"|one of)"
)
_SOMEBODY = r"(?:someone|somebody|anyone|anybody|one of (?:you|your \w+|the \w+)|(?:a|your) (?:colleague|team)s?)"
_ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|etc|approx|no|nr|mr|mrs|ms|dr|st|vs)\.$", re.IGNORECASE)
_LEAD = re.compile(
    r"^(?:(?:and|but|so|also|then|plus|or|well|ok|okay|please|kindly|just|now|hi|hello|hey|maybe|perhaps)\b[\s,]*"
    r"|(?:(?:for|on|re|regarding|about|concerning)\s+)?[a-z]{1,2}-\d{3,}\s*[,:–-]\s*)+",
    re.IGNORECASE,
)
_TELL = re.compile(
    rf"\b(?:tell me|let me know|show me|find out|explain(?: to me)?|remind me|know|wonder(?:ing)?|check|see|ask)"
    rf"\s+(?:about\s+)?{_BY}{_WH}\b",
    re.IGNORECASE,
)
_ASKED_TO = re.compile(
    rf"^(?:(?:can|could|would|will) (?:you|{_SOMEBODY})|you (?:can|may|could|should)(?: now| then)?)\b"
    r"(?: please| kindly| also| just)*\s+",
    re.IGNORECASE,
)
_WISH = re.compile(
    r"^(?:i|we)(?:'d| would| do|'ll| will| just| really| still| also)*"
    rf"\s+(?:want|like|need|wish|prefer)\s+(?:(?:you|{_SOMEBODY})\s+(?=to\b))?(?:to\s+)?",
    re.IGNORECASE,
)
_PLEASE = re.compile(r"\b(?:please|kindly)\s+([a-z]+)", re.IGNORECASE)
_CAUSED = re.compile(r"^(?:have|get) (?:an?|my|the|some\w*|one of)\b", re.IGNORECASE)  # "have a ticket made"
_WONDERS = re.compile(r"^(?:i|we)(?:'m| am| was| were|'re| are)? (?:just )?wonder", re.IGNORECASE)
_HOW_TO = re.compile(
    r"^(?:and |so |but )*(?:how (?:do|can|could|should|does|would|to)\b|what (?:happens|if|would)\b|why\b"
    r"|is it possible\b|(?:tell|show) me (?:how|what happens)\b|how (?:long|much|many|often|fast)\b)",
    re.IGNORECASE,
)
_HOW = re.compile(r"^(?:and |so |but )*how (?:do|can|could|should|does|would|to)\b", re.IGNORECASE)
_SUPPOSED = re.compile(
    r"\w\s+(?:when|if|in case|once) (?:i|we|you|it|he|she|nobody|no one)\b"
    r"|\b(?:what|how much|how long|when|would|much) would (?:i|we|it|that)\b",
    re.IGNORECASE,
)
_RULE = re.compile(
    r"^(?:and |so |but )?(?:what (?:is|are) (?:the|your)\b|what happens|why\b"
    r"|how (?:long|much|many|often|fast) (?:is|are|does|will|do|can)\b(?! i\b| we\b)"
    r"|(?:can|could|may|should|do|must) (?:i|we|you)\b|is it possible|(?:what|how much|how long|when) would\b)",
    re.IGNORECASE,
)
_SOCIAL = frozenset(
    (
        "hi hello hey hiya howdy greetings good morning afternoon evening day night there thanks thank you so"
        " very much many a lot ok okay great perfect cheers bye goodbye see later have nice one lovely that is"
        " that's all was helpful for your the help appreciate appreciated it awesome brilliant super wonderful"
        " welcome ya dear team all again and"
    ).split()
)
_THANKS = re.compile(
    r"\b(?:thank(?:s| you)?|cheers|appreciate[d]?|great|perfect|awesome|brilliant|wonderful|helpful)\b", re.IGNORECASE
)
_BYE = re.compile(r"\b(?:bye|goodbye|see you|good night|have a (?:nice|good|great|lovely))\b", re.IGNORECASE)
_GREETING = re.compile(
    r"\b(?:hi|hello|hey|hiya|howdy|greetings|good (?:morning|afternoon|evening|day))\b", re.IGNORECASE
)
_YES = re.compile(
    r"^(?:yes|yep|yeah|yup|sure|ok|okay|confirm(?:ed)?|please do|go ahead|do it|correct|absolutely|of course)\b",
    re.IGNORECASE,
)
_NO = re.compile(
    r"^(?:no(?=\W*$|\s*[,.!;]|\s+(?:please|thanks?|leave|do|don'?t|never|not|i|it|that|stop|need|no|way|sorry|keep)\b)"
    r"|nope|nah|don'?t|do not|never ?mind|stop|rather not|not now|forget it|leave it)\b",
    re.IGNORECASE,
)
_DROP = re.compile(r"^(?:never ?mind|forget (?:it|that|about)|leave it|drop it|no need)\b", re.IGNORECASE)
_BACK = re.compile(
    r"\b(?:it|its|that|this|they|them|their|those|these|one|ones|there|then|same|he|she)\b", re.IGNORECASE
)
_FOLLOW = re.compile(r"^(?:and|but|so|or|also|what about|how about|what if)\b", re.IGNORECASE)
_BARE = re.compile(
    r"(?:so|yes|not|no|none|(?:not )?(?:you|they|we) (?:are|do|have|can|will)(?: not|n't)?"
    r"|(?:not )?(?:it|that|this)(?:'s| is| does| has)(?: not|n't)?(?: so| the case| true)?"
    r"|(?:not )?there (?:is|are|was)(?: not|n't| no)?(?: one| any| none)?)\W*",
    re.IGNORECASE,
)
_POLITE = r"(?:and|or|not|for|with|as|if|no|in|at|on|thanks?|because|since|so|to)"
_ESCALATE = re.compile(
    r"\b(?:speak|talk|chat|connect|transfer|put|pass|hand)\b[^.?!]*\b(?:human|person|agent|someone|somebody|colleague|representative"
    r"|staff|manager|supervisor|operator)\b"
    r"|\b(?:real|actual|live) (?:human|person|agent)\b|\bhuman (?:please|agent|being)\b",
    re.IGNORECASE,
)


def _apostrophe(found: re.Match[str]) -> str:
    """The mark that hasty typing leaves out: "dont", "im", "whats"."""
    word = found.group()
    cut = -1 if word.lower().endswith("nt") else -2 if word.lower().endswith("ve") else -1
    return f"{word[:cut]}'{word[cut:]}"


_OWN_TURN = re.compile(
    r"(?<=\w)\s+(?=(?:just |then )?(?:i|we) (?:can|will|want|need|would|could)\b|(?:i|we)'(?:d|ll)\b)", re.IGNORECASE
)
_IF = re.compile(r"(?:only |and |but )*(?:if|unless|in case)\b", re.IGNORECASE)

_JOINS = ("and", "then", "but", "also", "plus", "or")

_SPELLED = (
    (re.compile(r"\bpl[sz]\b", re.IGNORECASE), "please"),
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
    """One thing said in a message. `condition` is the text of the `if` that stands before or behind it, else None."""

    text: str
    kind: Kind
    condition: str | None = None


def clauses(message: str) -> list[Clause]:
    """The message's clauses in order."""
    found: list[Clause] = []
    for sentence in sentences(_spelled(message)):
        condition: str | None = None
        for part in _coordinated(sentence):
            text, own = _conditional(part)
            if own and not _may_depend(part, text, own):
                text, own = part, None  # "what happens if I miss it?" is one question
            condition = own or condition
            if text:
                found.append(Clause(text=text, kind=kind(text), condition=condition))
    return found


def _may_depend(part: str, text: str, condition: str) -> bool:
    """Whether a clause with an `if` asks for something in one case only, rather than asking about that case."""
    if kind(text) == "command" or is_bare(condition):
        return True
    told = kind(text) == "statement" or bool(
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


def kind(text: str) -> Kind:
    """What a clause is. A question that asks us to act ("can you cancel …") is a command; one for a fact is not."""
    bare = _LEAD.sub("", text.strip()).lower().strip()
    words = re.findall(r"[a-z']+", text.lower())
    if words and all(word in _SOCIAL for word in words) and social(text):
        return "social"
    asked = _ASKED_TO.match(bare)
    wish = _WISH.match(bare)
    core = bare[asked.end() :] if asked else bare[wish.end() :] if wish else bare
    first = re.match(r"[a-z']+", core)
    if (_TELL.search(core) and not re.match(r"check\b|see\b", core)) or _WONDERS.match(core):
        return "question"
    begged = _PLEASE.search(text)
    if begged and not asked and not re.fullmatch(rf"{_WH}|{_AUX}|{_PERSON}|{_POLITE}", begged.group(1).lower()):
        return "question" if re.match(r"(?:explain|tell|help|describe|advise)$", begged.group(1).lower()) else "command"
    if _CAUSED.match(core):
        return "command"
    if asked or (
        wish
        and not re.match(rf"(?:know|ask|{_WH})\b|a (?:question|problem|query)|(?:problems?|trouble|issues?)\b", core)
    ):
        return "question" if re.match(r"(?:explain|tell me|help|describe)\b", core) else "command"
    if wish and re.match(r"know\b|ask\b", core):
        return "question"
    if first and first.group() in COMMANDS and not core.endswith("?"):
        return "question" if re.match(r"(?:explain|describe|tell me|help)\b", core) else "command"
    if bare.endswith("?") or re.match(
        rf"{_BY}{_WH}\b|{_AUX} {_PERSON}\b|{_AUX}n't\b|(?:what|how|where|who|when)'?s\b", bare
    ):
        return "question"
    return "statement"


def without_asking(text: str) -> str:
    """A clause without what makes it polite: "could you please tell me …" → "tell me …"."""
    bare = _LEAD.sub("", text.strip())
    return _ASKED_TO.sub("", bare) if not re.match(r"you\b", bare, re.IGNORECASE) else bare


def verb(text: str) -> str:
    """The verb of a command, as it stands; empty where there is none at its head."""
    bare = _LEAD.sub("", text.strip()).lower()
    bare = _WISH.sub("", _ASKED_TO.sub("", bare))
    first = re.match(r"[a-z']+", bare)
    return first.group() if first and first.group() in COMMANDS else ""


def social(text: str) -> Literal["greeting", "thanks", "bye"] | None:
    """Which courtesy a clause is, if any."""
    if _BYE.search(text):
        return "bye"
    if _THANKS.search(text):
        return "thanks"
    return "greeting" if _GREETING.search(text) else None


def decision(text: str) -> bool | None:
    """Whether a message answers a yes-or-no question: True, False, or None where it says something else."""
    bare = re.sub(r"^(?:please|well|oh|hm+)[\s,]+", "", text.strip(), flags=re.IGNORECASE)
    if len(bare.split()) > 12:
        return None
    if _NO.match(bare):
        return False
    if re.search(r"\b(?:but|not|don'?t|instead|wait)\b", bare, re.IGNORECASE):
        return None
    return True if _YES.match(bare) else None


def drops(text: str) -> bool:
    """Whether the customer gives up what they asked for ("never mind")."""
    return bool(_DROP.match(_LEAD.sub("", text.strip())))


def is_bare(condition: str) -> bool:
    """Whether a condition only points back ("if so", "if there is none")."""
    return bool(_BARE.fullmatch(condition.strip()))


def numbers(text: str) -> list[str]:
    """Identifiers that stand in a text: letters and at least three digits, or at least four digits."""
    return list(dict.fromkeys(re.findall(r"(?<![\w-])(?:[A-Z]{1,4}-?\d{3,}|[a-z]{1,2}-\d{3,}|\d{4,})(?![\w-])", text)))


def is_how_to(text: str) -> bool:
    """Whether a clause asks how something is done, rather than for it to be done."""
    return bool(_HOW_TO.match(text.strip()))


def is_general(text: str) -> bool:
    """Whether a question is one about rules, prices or possibilities, rather than about how things stand with the one
    who asks ("what would I pay", "what happens when I am away")."""
    bare = text.strip()
    if _HOW.match(bare) or _SUPPOSED.search(bare):
        return True
    return bool(_RULE.match(bare)) and not re.search(r"\bmy\b", bare, re.IGNORECASE)


def wants_human(text: str) -> bool:
    """Whether the customer asks for a person."""
    return bool(_ESCALATE.search(text))


def leans_back(text: str) -> bool:
    """Whether a message can only be understood from the turn before ("and how much is that?")."""
    bare = text.strip()
    words = re.findall(r"\w+", bare)
    content = [word for word in words if len(word) > 3]
    if _FOLLOW.match(bare) and len(words) <= 12:
        return True
    return len(words) <= 9 and (bool(_BACK.search(bare)) or len(content) <= 1)


def _coordinated(sentence: str) -> list[str]:
    """Split a sentence where a joined clause begins: a command, a question, a condition, a statement of one's own."""
    words = list(re.finditer(r"[\w'’@€$%./:-]+", sentence))
    cuts = [0]
    for index in range(1, len(words)):
        before = sentence[words[index - 1].end() : words[index].start()]
        said = [word.group().lower() for word in words[index : index + 4]]
        joined = words[index - 1].group().lower() in _JOINS or bool(re.search(r"[,:…)–]|\.\.|\s-\s", before))
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
    """A condition stands before its comma: "if there is none, open a ticket" is one piece again."""
    out: list[str] = []
    for piece in pieces:
        lead = _IF.match(out[-1]) if out else None
        if lead and _consequence(out[-1][lead.end() :]) is None and not _IF.match(piece):
            out[-1] = f"{out[-1]}, {piece}"
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
        return second in COMMANDS and not re.search(r"\b(?:you|i|we|not)$|,\s*$", before.strip().lower())
    if re.search(rf"^{_BY}(?:{_WH}|{_AUX})\b|\b(?:{_WH}|that)\b", " ".join(said)):
        return False
    if re.fullmatch(r"(?:can|could|would|will)", first):
        return bool(re.fullmatch(r"you|someone|somebody|anyone|anybody", second))
    knows = re.search(
        r"\b(?:know|tell(?: \w+)?|see|check|ask|sure|me|wonder\w*|about|of|for|on|by|is|was|it's)$", " ".join(said)
    )
    asks = bool(re.fullmatch(r"what|when|where|how|who|why", first)) and not knows
    how = first == "how" and bool(re.fullmatch(r"much|long|many|often|soon|far", second))
    return asks and bool(re.fullmatch(_AUX, third if how else second))


def _starts_clause(words: list[str]) -> bool:
    if words and words[0] == "please":
        words = words[1:]
    if not words:
        return False
    first, second = words[0], words[1] if len(words) > 1 else ""
    if first in COMMANDS:
        return second in _OBJECT or bool(re.search(r"\d", second)) or second not in _SUBJECT
    if re.fullmatch(rf"{_WH}|if|unless|otherwise|i|i'm|i've|i'd|we|we're|my", first) or (first, second) == (
        "only",
        "if",
    ):
        return True
    if first in ("till", "until") and re.fullmatch(_WH, second):
        return True
    return bool(re.fullmatch(_AUX, first)) and bool(re.fullmatch(_PERSON, second))


def _conditional(part: str) -> tuple[str, str | None]:
    """(what is to be done, its condition). A condition with nothing to be done belongs to what comes next: ("", …)."""
    part = re.sub(r"^(?:and |but )?(?=in case\b|if\b)", "", part, flags=re.IGNORECASE)
    lead = re.match(r"(?:only |and |but )*(if|unless|in case|otherwise|else|should)\b[\s,]*", part, re.IGNORECASE)
    if lead and lead.group(1).lower() in ("otherwise", "else"):
        return part[lead.end() :].strip(), "not"
    if lead and lead.group(1).lower() != "should":
        rest = part[lead.end() :]
        cut = _consequence(rest)
        if cut is None:
            return part, None
        sign = "not " if lead.group(1).lower() == "unless" else ""
        return rest[cut:].strip(" ,"), sign + rest[:cut].strip(" ,")
    tail = re.search(r"[\s,]+(?:only |but )?(if|unless)\s+(?!not\b)(.+)$", part, re.IGNORECASE)
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
        verb = word in COMMANDS and before not in _DETERMINER | _SUBJECT - {"it", "that"}
        if word == "please" or (verb and (behind in _OBJECT or re.search(r"\d", behind))):
            return words[index].start()
    return None
