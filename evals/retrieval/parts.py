"""The parts of search that can be switched off, and the ways of searching that ours is compared with.

Each is a change of `knowledge.settings`; none is our search as it is configured.
"""

from typing import Any

Changed = dict[str, Any]

WORDS: Changed = {"dense_weight": 0.0, "chunk_weight": 1.0, "page_weight": 0.0}
"""BM25 of the passages alone."""

MEANING: Changed = {"chunk_weight": 0.0, "page_weight": 0.0}
"""The cosine alone."""

WITHOUT: dict[str, Changed] = {
    "meaning": {"dense_weight": 0.0},
    "words of the chunk": {"chunk_weight": 0.0},
    "words of the page": {"page_weight": 0.0},
    "words": MEANING,
}
"""Ours without one part each."""
