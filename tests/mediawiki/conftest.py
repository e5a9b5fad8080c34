"""The index of the connectors' tests, and what was seen of the real wiki, printed at the end."""

import pytest

from tests.connectors.conftest import index

__all__ = ["SAW", "index"]

SAW: list[str] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if SAW:
        terminalreporter.section("what a real MediaWiki gave")
        for line in SAW:
            terminalreporter.write_line(line)
