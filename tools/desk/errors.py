"""What can go wrong between the desk and a ticket system elsewhere. Each message may be shown to a person."""

from tools.errors import ToolsError


class DeskError(ToolsError):
    """Base: a ticket system elsewhere did not do what it was asked."""


class DeskUnreachable(DeskError):
    """Nothing was changed there, so the same may be sent again; `wait` is how long the system asks for (seconds)."""

    def __init__(self, sentence: str, wait: float | None = None) -> None:
        super().__init__(sentence)
        self.wait = wait


class OutcomeUnknown(DeskError):
    """A write went out and no answer came: it may have taken effect. Read before anything is sent again."""


class DeskRefused(DeskError):
    """The system elsewhere says no; the same will be refused again."""


class NotMapped(DeskRefused):
    """A word has no counterpart on the other side, so it is refused rather than bent."""


class RemoteNotFound(DeskRefused):
    """The system has no such ticket."""
