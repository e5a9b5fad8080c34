"""Thinks: one graph that walks a message from search to reply, the models under it, and the runs that drive it.

Public names: `agent.service.Service` (opens everything below one roof) and its `runs`. This room knows no HTTP and no
eval suites.
"""
