"""How likely a wiki speaks of what was asked, told from what a search found: a figure for readers of a search.

It decides nothing. What may be quoted in a reply has a gate of its own in the agent, for each need of a message.
"""

from collections.abc import Sequence
from math import exp

from knowledge.hit import Hit

# Logistic regression over four wikis of `deskmate eval run retrieval`, each asked its own questions and those of the
# three others, both kinds weighing the same. Fitted without the wiki it is tried on, the area under the curve is .97 to
# 1.00; further features (title, margin, spread) added nothing. The cosine is minilm's.
_BASE, _COSINE, _COVERAGE = -13.5, 24.0, 3.8

ENOUGH = 0.5
"""Confidence from which on an answer is more likely there than not, where both are as frequent."""


def confidence(hits: Sequence[Hit]) -> float:
    """0..1: how likely the wiki speaks of what was asked; 0 where nothing was found.

    It looks at the nearest passage in meaning and at the largest share of the question's rarer words that one holds.
    It tells a question of another world from one of this wiki; that the very answer stands there it cannot know. Made
    for wikis whose vectors are minilm's: other encoders have other cosines.
    """
    if not hits:
        return 0.0
    cosine, coverage = max(hit.dense for hit in hits), max(hit.coverage for hit in hits)
    return 1 / (1 + exp(-(_BASE + _COSINE * cosine + _COVERAGE * coverage)))
