"""Tools of MCP servers, as ordinary tools of the catalog.

Public name: `servers.Servers`. `config.py` reads which servers and tools are allowed (`mcp.toml`), `pins.py` holds
each tool to the description and schema that somebody approved, `line.py` keeps a session open, `adopting.py` makes a
`Tool` of what the server describes. What a server says is never trusted: it is external (`Tool.server`), and names no
tool, caller or identifier on its own.
"""
