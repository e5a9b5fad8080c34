"""`deskmate effects check` tells whether the ticket system beside the desk is set up."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from api.commands.effects import effects
from tests.connectors.site import serving
from tests.desk.conftest import double_settings
from tests.desk.doubles.zammad import ZammadDouble

SYSTEM = ("desk", "desk_url", "desk_user", "desk_mapping")


@pytest.fixture
def zammad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ZammadDouble:
    """A Zammad that the environment names, not yet listening."""
    double = ZammadDouble()
    monkeypatch.setenv("DESKMATE_TOOLS_DESK_TOKEN", double.token)
    settings = double_settings("zammad", double, tmp_path)
    for name in SYSTEM:
        monkeypatch.setenv(f"DESKMATE_TOOLS_{name.upper()}", str(getattr(settings, name)))
    return double


def checked(monkeypatch: pytest.MonkeyPatch, url: str) -> tuple[int, str]:
    """Exit code and what is printed."""
    monkeypatch.setenv("DESKMATE_TOOLS_DESK_URL", url)
    ran = CliRunner().invoke(effects, ["check"])
    return ran.exit_code, ran.output


def test_a_system_that_is_set_up_is_said_to_be(zammad: ZammadDouble, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(zammad):
        assert checked(monkeypatch, zammad.url) == (0, "Zammad answers, and has everything that the mapping names.\n")


def test_what_is_lacking_is_named(zammad: ZammadDouble, monkeypatch: pytest.MonkeyPatch) -> None:
    zammad.states = zammad.states[:-1]
    with serving(zammad):
        assert checked(monkeypatch, zammad.url) == (1, "Zammad has no state 'solved'.\n")


def test_a_system_that_does_not_answer_is_named(zammad: ZammadDouble, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(zammad):
        pass
    code, said = checked(monkeypatch, zammad.url)
    assert (code, said) == (1, "Zammad cannot be reached just now; nothing was changed there.\n")


def test_without_a_system_there_is_nothing_to_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DESKMATE_TOOLS_DESK", raising=False)
    ran = CliRunner().invoke(effects, ["check"])
    assert (ran.exit_code, "No ticket system stands beside the desk" in ran.output) == (0, True)
