"""Whether a text states a fact: spaces, quotes, dashes and the place of the euro sign do not matter, figures do."""

import re
import unicodedata

_SAME = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019", "'"),
        **dict.fromkeys("\u201c\u201d", '"'),
        **dict.fromkeys("\u2010\u2011\u2013\u2014", "-"),
        **dict.fromkeys("*`"),
    }
)
_WORD = re.compile(r"[\w€](?:[\w.,%€'-]*[\w%])?")
_EURO_AFTER = re.compile(r"(?<![\w.,])(\d[\d.,]*\d|\d)\s*(?:€|euros?\b|eur\b)(?!\s*\d)")
_EURO_BEFORE = re.compile(r"(?:€|\beur)\s*(?=\d)")


def normal(text: str) -> str:
    """Return the text in the form in which it is compared: ``7.50 EUR`` and ``€ 7.50`` both become ``€7.50``."""
    plain = unicodedata.normalize("NFKC", text).translate(_SAME).casefold()
    plain = _EURO_AFTER.sub(r"€\1", plain)
    plain = _EURO_BEFORE.sub("€", plain)
    return " ".join(plain.split())


def literal(text: str) -> str:
    """Return the text with runs of white space as one space, and nothing else changed."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def phrases(text: str, words: int = 8) -> frozenset[str]:
    """Return every run of so many words in a row, in the compared form, without marks between them."""
    found = _WORD.findall(normal(text))
    return frozenset(" ".join(found[start : start + words]) for start in range(len(found) - words + 1))


def is_pattern(fact: str) -> bool:
    """Say whether a fact is written as ``/regular expression/``."""
    return len(fact) > 2 and fact.startswith("/") and fact.endswith("/")


def states(text: str, fact: str) -> bool:
    """Say whether ``text`` states ``fact``.

    A fact is words, or ``/a regular expression/`` (searched in the compared form of the text, without case). Words
    match from the start of a word, so ``late`` is not in ``plate`` while ``refund`` is in ``refunded``; a figure
    matches whole, so ``30 days`` is not in ``130 days`` and ``€7.5`` is not in ``€7.50``.
    """
    if is_pattern(fact):
        return re.search(fact[1:-1], normal(text), re.IGNORECASE) is not None
    wanted = normal(fact)
    return bool(wanted) and re.search(_edges(wanted), normal(text)) is not None


def _edges(wanted: str) -> str:
    before = r"(?<!\w)" if re.match(r"\w", wanted) else ""
    if wanted[0].isdigit():
        before = r"(?<!\w)(?<!\d[.,])"
    after = r"(?!\w|[.,]\d)" if wanted[-1].isdigit() else ""
    return before + re.escape(wanted) + after
