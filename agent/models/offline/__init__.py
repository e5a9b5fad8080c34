"""The embedded default: a deterministic chat model without a language model. It reads a request as clauses, matches
each to a tool by meaning, fills arguments by their schema, and answers with sentences that stand in the evidence.

Public name: `OfflineChat`. It knows no wiki, no catalog and no eval case; it takes those that it is given.
"""

from agent.models.offline.chat import OfflineChat

__all__ = ["OfflineChat"]
