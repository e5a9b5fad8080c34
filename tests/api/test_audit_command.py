"""`deskmate audit`: the log of a data directory, checked and handed out by the command line."""

import json
from pathlib import Path

import pytest

from tests.api.conftest import deskmate
from tools.audit import Audit
from tools.principal import Principal, Role

MARA = Principal("demo", "C-1001", Role.CUSTOMER)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    log = Audit(tmp_path)
    for number in range(3):
        log.decided(MARA, tool="get_account", call=("t", str(number), {}), status="ok", effect=False)
    log.close()
    return tmp_path


def test_a_whole_log_is_said_to_be_whole_and_its_head_can_be_asked_for_again(folder: Path) -> None:
    shown = deskmate(folder, "audit", "verify").stdout
    assert "whole: 3 records" in shown
    head = shown.split()[-1]
    assert deskmate(folder, "audit", "verify", "--head", head).returncode == 0
    assert deskmate(folder, "audit", "verify", "--head", "0" * 64).returncode == 1


def test_an_export_can_be_checked_and_a_changed_one_is_found(folder: Path) -> None:
    export = folder / "export.jsonl"
    export.write_text(deskmate(folder, "audit", "export").stdout)
    assert len([json.loads(line) for line in export.read_text().splitlines()]) == 4
    assert deskmate(folder, "audit", "verify", str(export)).returncode == 0
    export.write_text(export.read_text().replace('"ok"', '"refused"', 1))
    wrong = deskmate(folder, "audit", "verify", str(export))
    assert wrong.returncode == 1
    assert wrong.stderr.startswith("Record 1 was changed")


def test_a_person_can_be_forgotten(folder: Path) -> None:
    assert "Done" in deskmate(folder, "audit", "forget", "C-1001").stdout
    assert "whole: 3 records" in deskmate(folder, "audit", "verify").stdout
