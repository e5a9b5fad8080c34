"""The log of a process: warnings and errors on standard error, without personal data."""

import logging

from tools import pii


class MaskingFormatter(logging.Formatter):
    """Formats a record with its traceback, then masks it: an error's text may quote what somebody wrote."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, or the lines, without personal data."""
        return pii.mask(super().format(record))


def install() -> None:
    """Send the warnings of all rooms and libraries through the mask. Where somebody has set up a log, it is left.

    Raises:
        PresidioMissing: the settings name a detector that is not installed.
    """
    pii.mask("ready")
    root = logging.getLogger()
    if root.handlers:
        return
    handler = logging.StreamHandler()
    handler.setFormatter(MaskingFormatter("%(levelname)s: %(message)s"))
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
