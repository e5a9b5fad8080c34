"""The room that acts: the ticket desk, the look-ups, and the one gate that every tool call passes.

Public names: `tools.gateway.Gateway` (runs a call for a `tools.principal.Principal`) and `tools.desk.Desk` (what
people read). It knows `knowledge` below it, and nothing of graphs, prompts or HTTP.
"""
