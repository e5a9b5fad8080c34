"""The errors of this room. Each message is a sentence that may be shown to a person."""


class ToolsError(Exception):
    """Base of every error that this room raises on purpose."""


class SchemaMismatch(ToolsError):
    """The database was made by another version of Deskmate."""


class CatalogError(ToolsError):
    """A tool is declared wrongly; raised when the catalog is built, never during a call."""


class SeedError(ToolsError):
    """The demo data cannot be written, for instance because the database already holds this tenant."""


class Refused(ToolsError):
    """A rule of the company or the desk forbids the call. The message is what the caller may be told."""


class NotInThread(Refused):
    """An identifier that this caller may not name here: unknown, somebody else's and unseen all read the same."""

    def __init__(self, kind: str, value: str) -> None:
        super().__init__(unseen_sentence(kind, value))


class TicketNotFound(NotInThread):
    """No such ticket for this caller: it does not exist, or it is somebody else's."""

    def __init__(self, ticket_id: str) -> None:
        super().__init__("ticket", ticket_id)


def unseen_sentence(kind: str, value: str) -> str:
    """The one sentence for an identifier that may not be used; it must not tell why."""
    # Free text from a model is not repeated to the customer: only what looks like an identifier is.
    plain = value if len(value) <= 12 and value.replace("-", "").isalnum() else ""
    if kind == "page":
        return "I cannot find that page. Please search the help pages first."
    named = f"{kind} {plain}" if plain else f"that {kind}"
    return f"I cannot find {named} here. Please check the number, or ask me for the list of your {kind}s."


class PolicyError(ToolsError):
    """The policies cannot be used; raised at start, never during a call."""
