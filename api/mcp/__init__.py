"""Deskmate as an MCP server at `/mcp/`: the catalog's tools and `ask`, for any MCP client that has an API key.

`door.py` lets requests in, `server.py` speaks the protocol, `calls.py` passes a tool call through the gateway,
`asking.py` asks the agent. Each request stands alone: no session is kept.
"""
