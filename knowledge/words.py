"""Text to search terms: folded, split and stemmed in one way for pages, chunks and queries."""

import importlib
import re
import threading
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"\d+(?:[.,]\d+)+|[^\W_]+(?:'[^\W_]+)*")
# "e-mail", "Wi-Fi" and "T-1001" are one word each, however they are written.
_SHORT_HYPHEN = re.compile(r"\b([^\W\d_]{1,2})[-\u2010\u2011](?=[^\W_])")
_THOUSANDS = re.compile(r",(?=\d{3}(?!\d))")

_FUNCTION_WORDS = """
a an the this that these those and or but nor so if then than as of at by for from in into on onto off over to
with without about up out down i me my mine we us our ours you your yours he him his she her hers it its they
them their theirs am is are was were be been being do does did done doing have has had having will would shall
should can could may might must what which who whom whose when where why how there here not no yes just also
too very much many any some such only own same both each more most other i'm i've i'd i'll it's that's there's
what's you're we're they're don't doesn't didn't isn't aren't wasn't weren't can't cannot couldn't won't
wouldn't shouldn't haven't hasn't hadn't until get got want need know tell please thanks thank hi hello hey dear
"""
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())

_stemmer = importlib.import_module("snowballstemmer").stemmer("english")
_stemmer_lock = threading.Lock()  # the stemmer keeps its working word in itself


@lru_cache(maxsize=100_000)
def _stem(word: str) -> str:
    with _stemmer_lock:
        return str(_stemmer.stemWord(word)).replace("'", "")


def _fold(text: str) -> str:
    text = unicodedata.normalize("NFKD", text.replace("\u2019", "'")).casefold()
    text = "".join(character for character in text if not unicodedata.combining(character))
    return _SHORT_HYPHEN.sub(r"\1", text)


def _plain(word: str) -> str:
    return _THOUSANDS.sub("", word).replace(",", ".") if word[0].isdigit() else word


def words(text: str) -> list[str]:
    """The words of a text in reading order, folded but not stemmed."""
    return [_plain(word) for word in _WORD.findall(_fold(text))]


def terms(text: str) -> list[str]:
    """Stems of every word, function words too (a page holds them, a query does not ask for them)."""
    return [stem for word in words(text) if (stem := _stem(word))]


def content_terms(text: str) -> list[str]:
    """Distinct stems of the words that carry meaning, in reading order."""
    return list(dict.fromkeys(stem for word in words(text) if word not in FUNCTION_WORDS and (stem := _stem(word))))
