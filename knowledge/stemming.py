"""Stems of words in the languages that are read."""

import importlib
import threading
from functools import lru_cache
from typing import Literal

Language = Literal["english", "german", "french"]
LANGUAGES: tuple[Language, ...] = ("english", "german", "french")

_STEMMERS = {name: importlib.import_module("snowballstemmer").stemmer(name) for name in LANGUAGES}  # it has no types
_LOCK = threading.Lock()  # a stemmer keeps its working word in itself


@lru_cache(maxsize=200_000)
def stem(word: str, language: Language = "english") -> str:
    """The stem of a word in small letters; a number stays as it is."""
    with _LOCK:
        return str(_STEMMERS[language].stemWord(word))
