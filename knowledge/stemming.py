"""Stems of English words."""

import importlib
import threading
from functools import lru_cache

_STEMMER = importlib.import_module("snowballstemmer").stemmer("english")  # the package has no types
_LOCK = threading.Lock()  # the stemmer keeps its working word in itself


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The stem of a word in small letters; a number stays as it is."""
    with _LOCK:
        return str(_STEMMER.stemWord(word))
