"""What can be wrong with an MCP server. Each message is a sentence that may be shown to a person."""

from tools.errors import ToolsError


class RemoteError(ToolsError):
    """Base of the errors of MCP servers."""


class ConfigError(RemoteError):
    """`mcp.toml` cannot be used; the message names the place."""


class ServerDown(RemoteError):
    """The server cannot be reached, or does not answer in time."""


class ToolChanged(RemoteError):
    """The server describes a tool in another way than the one that was approved."""


class NotAdoptable(RemoteError):
    """A tool cannot become one of ours: its schema does not fit, or something is not declared."""
