"""What a text of the customer is: its kind, its courtesy, its yes or no, what it points at.

Plain rules of English, with no word of any wiki, tool or eval case in them. Everything here is a pure function.
"""

from __future__ import annotations

import re
from typing import Literal

from agent import courtesy

Kind = Literal["social", "statement", "question", "command"]
COMMANDS = frozenset(
    (
        "abort activate add answer apply arrange ask assign attach block book bring bump buy call cancel change check"
        " clear close comment confirm connect contact create cut deactivate delete describe disable downgrade drop"
        " email enable escalate exchange explain extend file find finish fix forward get give hand handle help hold"
        " include inform investigate issue join jot keep leave let link list lodge log look lower make mark merge move"
        " note notify open order pass pay phone place postpone push put raise read reassign record refund register"
        " reimburse relate remind remove renew"
        " reopen repair replace reply report request reschedule resend reserve reset resolve restart return review"
        " ring schedule scrap search see send set ship show shut solve start stop submit suspend swap switch tag take"
        " tell terminate tie transfer try turn undo unlock unsubscribe unblock update upgrade verify withdraw write"
    ).split()
)
WH = r"(?:what|when|where|who|whom|whose|which|why|how|whether)"
BY = r"(?:(?:till|until|by|from|at|since|for|to|in|on|with)\s+)?"  # "till when", "at what time"
AUX = r"(?:is|are|was|were|am|do|does|did|can|could|will|would|shall|should|may|might|must|has|have|had)"
PERSON = (
    r"(?:i|you|we|they|he|she|it|there|this|that|these|those|my|your|our|the|a|an|any|someone|somebody|anyone|anybody"
    r"|one of)"
)
_SOMEBODY = (
    r"(?:someone|somebody|anyone|anybody|one of (?:you|your \w+|the \w+)"
    r"|(?:an?|the|your) (?:colleague|team|supervisor|manager|technician|engineer|specialist|people|boss|department)s?)"
)
_LEAD = re.compile(
    r"^(?:(?:and|but|so|also|then|plus|or|well|ok|okay|please|kindly|just|only(?! if\b)|now|hi|hello|hey|maybe|perhaps)"
    r"\b[\s,]*"
    r"|(?:(?:for|on|re|regarding|about|concerning)\s+)?[a-z]{1,2}-\d{3,}\s*[,:–-]\s*)+",
    re.IGNORECASE,
)
_TELL = re.compile(
    rf"\b(?:tell me|let me know|show me|find out|explain(?: to me)?|remind me|know|wonder(?:ing)?|check|see|ask)"
    rf"\s+(?:about\s+)?{BY}{WH}\b",
    re.IGNORECASE,
)
_ASKED_TO = re.compile(
    rf"^(?:(?:can|could|would|will) (?:you|{_SOMEBODY})|you (?:can|may|could|should)(?: now| then| just)?)\b"
    r"(?: please| kindly| also| just| be so (?:kind|good)(?: as)?(?: to| and)?)*\s+",
    re.IGNORECASE,
)
_WISH = re.compile(
    r"^(?:i|we)(?:'d| would| do|'ll| will| just| really| still| also)*"
    rf"\s+(?:want|like|need|wish|prefer|demand|insist)\s+(?:(?:you|{_SOMEBODY})\s+(?=to\b))?(?:to\s+)?",
    re.IGNORECASE,
)
_PLEASE = re.compile(r"\b(?:please|kindly)\s+(tell(?! me\b| us\b)|[a-z]+)(?:\s+(them|him|her))?", re.IGNORECASE)
_BEGGED = re.compile(r"^[a-z]+\b.*\b(?:please|kindly)\W*$", re.IGNORECASE)  # "scrap it, please"
_THING = re.compile(  # "ticket please, and quickly"
    rf"^(?:an? )?(?!(?:{WH}|{AUX}|{PERSON}|any|every\w*|yes|no|not|well|oh|hi|hello)\b)[a-z]+,? please\b"
    r"(?!\s+[a-z]*\s*(?:me|us|my|the)\b)",
    re.IGNORECASE,
)
_FORBIDS = re.compile(
    r"^(?:please\s+|just\s+)*(?:(?:do not|don't|never|no need to)\s+(?!forget|hesitate|(?:i|you|we|they|mind)\b)"
    r"|(?:i|we)(?:'d| do| would)?(?: not|n't| never)(?: really)? (?:want|wish|like|need|ask(?:ed)?|mean)"
    r" (?:(?:you|any\w+|them|it|this|that) )?to\b)"
    r"|^(?:please\s+)?without\s+\w+ing\b",
    re.IGNORECASE,
)
_CAUSED = re.compile(  # "have a ticket made", "get it sorted out"
    r"^(?:have|get) (?:(?:an?|my|the|some\w*|one of)\b|(?:it|this|that|them) (?:\w+ed|done|seen to)\b)", re.IGNORECASE
)
_TO_BE_TOLD = re.compile(r"^(?:can|could|would) .+ be (?:told|informed|notified|reminded)\b", re.IGNORECASE)
_WONDERS = re.compile(r"^(?:i|we)(?:'m| am| was| were|'re| are)? (?:just )?wonder", re.IGNORECASE)
_HOW_TO = re.compile(
    r"^(?:and |so |but )*(?:how (?:do|can|could|should|does|would|to)\b|what (?:happens|if|would)\b|why\b"
    r"|is it possible\b|(?:tell|show) me (?:how|what happens)\b|how (?:long|much|many|often|fast)\b)",
    re.IGNORECASE,
)
_HOW = re.compile(
    r"^(?:and |so |but )*(?:how (?:do|can|could|should|does|would|to)\b"
    r"|what (?:do|must|should|can) (?:i|we) (?:have to |need to )?do\b"
    r"|(?:how much|what) (?:does|would|is) it (?:cost )?to\b)",
    re.IGNORECASE,
)
_SUPPOSED = re.compile(
    r"\w\s+(?:when|if|in case|once) (?:i|we|you|it|he|she|nobody|no one)\b"
    r"|\b(?:what|how much|how long|when|would|much) would (?:i|we|it|that)\b",
    re.IGNORECASE,
)
_OWN = re.compile(
    r"\b(?:my|mine|our|ours)\b|\b(?:am|did|have|was) (?:i|we)\b"
    r"|\bdo (?:i|we)(?: still| already| now)? (?:owe|pay|have(?! to))\b"
    r"|\b(?:i|we)(?:'ve| have)? (?:have(?! to)|owe|pay|paid|bought|ordered)\b",
    re.IGNORECASE,
)
_RULE = re.compile(
    r"^(?:and |so |but )?(?:what (?:is|are) (?:the|your)\b|what happens|why\b"
    r"|how (?:long|much|many|often|fast) (?:is|are|does|will|do|can)\b(?! i\b| we\b)"
    r"|(?:can|could|may|should|must) (?:i|we|you)\b|do you\b"
    r"|do (?:i|we)\b(?! (?:still |already |now )*(?:owe|have)\b(?! to\b))"
    r"|is it possible|(?:what|how much|how long|when) would\b)",
    re.IGNORECASE,
)
_MAY = re.compile(  # what one may do, even with what is one's own
    r"^(?:and |so |but )*(?:(?:can|could|may|should|must) (?:i|we)\b"
    r"(?! (?:still |please )?(?:see|view|check|get|have|look)\b)"
    r"|(?:for )?how (?:long|far|many|often)\b.* (?:can|could|may) (?:i|we)\b"
    r"|(?:does|do|will|would|can|could) an? (?!colleague|technician|engineer|supervisor|manager)\w+"
    r"|(?:is|are) (?!.*\bmy\b).*\b(?:free(?: of charge)?|included|allowed|covered|refundable)\W*$)",
    re.IGNORECASE,
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
_OFFER = re.compile(r"\bI can (?!do for you)([^.?!]+)", re.IGNORECASE)
_ANSWER = 12  # words of a plain yes or no
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


def kind(text: str) -> Kind:
    """What a clause is. A question that asks us to act ("can you cancel …") is a command; one for a fact is not."""
    bare = _LEAD.sub("", text.strip()).lower().strip()
    if courtesy.act(text):
        return "social"
    asked = _ASKED_TO.match(bare)
    wish = _WISH.match(bare)
    core = bare[asked.end() :] if asked else bare[wish.end() :] if wish else bare
    first = re.match(r"[a-z']+", core)
    if (_TELL.search(core) and not re.match(r"check\b|see\b", core)) or _WONDERS.match(core):
        return "question"
    if forbids(text):
        return "statement"
    begged = _PLEASE.search(text)
    if begged and not asked and not re.fullmatch(rf"{WH}|{AUX}|{PERSON}|{_POLITE}", begged.group(1).lower()):
        explains = re.match(r"(?:explain|tell|help|describe|advise)$", begged.group(1).lower()) and not begged.group(2)
        return "question" if explains else "command"
    if _CAUSED.match(core) or _THING.match(bare) or _TO_BE_TOLD.match(bare):
        return "command"
    if _BEGGED.match(bare) and not re.match(rf"(?:{BY}{WH}|{AUX}|{PERSON}|{_POLITE}|any|every\w*)\b", bare):
        return "question" if re.match(r"(?:explain|describe|tell me|help|advise)\b", core) else "command"
    if asked or (
        wish
        and not re.match(
            rf"(?:know|ask(?! for (?:an?|the|more|my)\b)|{WH})\b"
            r"|a (?:question|problem|query)|(?:problems?|trouble|issues?)\b",
            core,
        )
    ):
        return "question" if re.match(r"(?:explain|tell me|help|describe)\b", core) else "command"
    if wish and re.match(r"know\b|ask\b(?! for (?:an?|the|more|my)\b)", core):
        return "question"
    if first and first.group() in COMMANDS and not core.endswith("?"):
        return "question" if re.match(r"(?:explain|describe|tell me|help)\b", core) else "command"
    if bare.endswith("?") or re.match(
        rf"{BY}{WH}\b|{AUX} {PERSON}\b|{AUX}n't\b|(?:what|how|where|who|when)'?s\b", bare
    ):
        return "question"
    return "statement"


def without_asking(text: str) -> str:
    """A clause without what makes it polite: "could you please tell me …" → "tell me …"."""
    bare = _LEAD.sub("", text.strip())
    return _ASKED_TO.sub("", bare) if not re.match(r"you\b", bare, re.IGNORECASE) else bare


def wanted(text: str) -> str:
    """What a command wants done, from its verb on: "could you please look at it" → "look at it"."""
    bare = re.sub(r"^(?:please|kindly|just)\s+", "", _LEAD.sub("", text.strip()), flags=re.IGNORECASE)
    asked = _ASKED_TO.match(bare) or _WISH.match(bare)
    if asked and re.search(_SOMEBODY, asked.group(), re.IGNORECASE):
        return bare  # who wants somebody to look at it does not want to be shown it
    return _WISH.sub("", _ASKED_TO.sub("", bare)).strip()


def verb(text: str) -> str:
    """The verb of a command, as it stands; empty where there is none at its head."""
    bare = _LEAD.sub("", text.strip()).lower()
    bare = _WISH.sub("", _ASKED_TO.sub("", bare))
    first = re.match(r"[a-z']+", bare)
    return first.group() if first and first.group() in COMMANDS else ""


def decision(text: str) -> bool | None:
    """Whether a message answers a yes-or-no question: True, False, or None where it says something else.

    A no may give its reasons; a yes that says much more may want something else.
    """
    bare = re.sub(r"^(?:please|well|oh|hm+)[\s,]+", "", text.strip(), flags=re.IGNORECASE)
    if _NO.match(bare) and len(re.split(r"[.!?\n]", bare, maxsplit=1)[0].split()) <= _ANSWER:
        return False
    if len(bare.split()) > _ANSWER:
        return None
    if re.search(r"\b(?:but|not|don'?t|instead|wait)\b", bare, re.IGNORECASE):
        return None
    return True if _YES.match(bare) else None


def offered(reply: str) -> str | None:
    """What a reply of ours offers to do ("I can open a ticket"), in its own words."""
    offers = _OFFER.findall(reply)
    return str(offers[-1]) if offers else None


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
    if _HOW.match(bare) or _SUPPOSED.search(bare) or _MAY.match(bare):
        return True
    return bool(_RULE.match(bare)) and not re.search(r"\bmy\b", bare, re.IGNORECASE)


def forbids(text: str) -> bool:
    """Whether a clause says what is not to be done ("don't cancel it")."""
    return bool(_FORBIDS.match(_LEAD.sub("", text.strip())))


def is_own(text: str) -> bool:
    """Whether a text speaks of what the one who asks has, owes or has done, or names a number of theirs."""
    return bool(_OWN.search(text)) or bool(numbers(text))


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
