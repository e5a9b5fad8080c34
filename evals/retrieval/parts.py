"""The parts of search that can be switched off, and the ways of searching that ours is compared with.

Each is a change of `knowledge.settings`; none is our search as it is configured.
"""

from typing import Any

Changed = dict[str, Any]

_PLAIN: Changed = {"title_weight": 0.0, "pair_words": False, "mend_words": False, "collapse": False}

WORDS: Changed = {**_PLAIN, "dense_weight": 0.0, "chunk_weight": 1.0, "page_weight": 0.0}
"""BM25 of the passages alone."""

MEANING: Changed = {**_PLAIN, "chunk_weight": 0.0, "page_weight": 0.0}
"""The cosine alone."""

OUR_WORDS: Changed = {"dense_weight": 0.0}
"""All that ours knows of words."""

WITHOUT: dict[str, Changed] = {
    "meaning": OUR_WORDS,
    "words": {"chunk_weight": 0.0, "page_weight": 0.0},
    "words of the chunk": {"chunk_weight": 0.0},
    "words of the page": {"page_weight": 0.0},
    "pairs of words": {"pair_words": False},
    "title": {"title_weight": 0.0},
    "mended words": {"mend_words": False},
    "collapsed duplicates": {"collapse": False},
}
"""Ours without one part each."""
