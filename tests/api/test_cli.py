"""The command line as a person meets it, in processes of its own."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from api.cli import ENTRIES, cli
from tests.api.conftest import Running, deskmate

HEAVY = ("chromadb", "fastapi", "inspect_ai", "langchain_core", "langgraph", "numpy", "onnxruntime", "sqlalchemy")


def test_help_imports_nothing_heavy() -> None:
    code = "import sys; sys.argv = ['deskmate', '--help']; from api.cli import cli; cli(standalone_mode=False); "
    code += f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr.strip() == "[]"
    assert "Start the server" in done.stdout


@pytest.mark.parametrize("name", [name for name in ENTRIES if name != "eval"])
def test_every_subcommand_explains_itself(name: str) -> None:
    done = CliRunner().invoke(cli, [name, "--help"])
    assert done.exit_code == 0
    assert "Usage: " in done.output


def test_a_command_that_does_not_exist_is_a_usage_error() -> None:
    done = CliRunner().invoke(cli, ["nothing"])
    assert done.exit_code == 2
    assert "No such command 'nothing'" in done.output


def test_eval_without_its_extra_says_what_to_install() -> None:
    code = "import sys; sys.modules['inspect_ai'] = None; sys.argv[1:] = ['eval', 'run', 'core']; "
    code += "from api.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "pip install 'deskmate[evals]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_ask_answers_with_numbered_citations(server: Running) -> None:
    done = deskmate(server.data_dir, "ask", "What is the late fee?")
    assert done.returncode == 0, done.stderr
    assert "€7.50" in done.stdout
    assert "[1] Late payment" in done.stdout
    assert "/wiki/demo/billing/late-fees#" in done.stdout


def test_ask_as_json_prints_the_run_object_alone(server: Running) -> None:
    done = deskmate(server.data_dir, "ask", "What is the late fee?", "--json")
    run = json.loads(done.stdout)
    assert run["status"] == "completed"
    assert run["model"] == "offline"


def test_ask_shows_steps_and_tickets(server: Running) -> None:
    done = deskmate(server.data_dir, "ask", "Please open an urgent ticket: my internet is down.", "--as", "C-1004")
    assert "✓ Open a ticket" in done.stdout
    assert "Tickets T-" in done.stdout


def test_ask_says_how_to_answer_a_question_and_yes_answers_it(server: Running) -> None:
    done = deskmate(server.data_dir, "ask", "Please cancel order O-5021", "--as", "C-1018")
    assert "Shall I cancel order O-5021" in done.stdout
    thread = done.stdout.partition("--thread ")[2].split()[0]
    done = deskmate(server.data_dir, "ask", "yes", "--as", "C-1018", "--thread", thread)
    assert "I have cancelled order O-5021" in done.stdout


def test_ask_with_yes_approves_in_the_same_call(data_dir: Path, server: Running) -> None:
    done = deskmate(server.data_dir, "ask", "Please cancel order O-5001", "--yes")
    assert done.returncode == 0
    assert "I have cancelled order O-5001" in done.stdout


def test_ask_as_nobody_is_one_sentence(server: Running) -> None:
    done = deskmate(server.data_dir, "ask", "Hello", "--as", "C-9999")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: Nobody here has the number 'C-9999'.")
    assert "Traceback" not in done.stderr


def test_ask_in_an_unknown_wiki_is_one_sentence(server: Running) -> None:
    done = deskmate(server.data_dir, "ask", "Hello", "--collection", "nothing")
    assert done.returncode == 1
    assert "nothing" in done.stderr
    assert "deskmate ingest" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_setting_names_its_variable(server: Running) -> None:
    done = deskmate(server.data_dir, "search", "fee", DESKMATE_API_PORT="many")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: DESKMATE_API_PORT is not valid")


def test_debug_shows_all_of_an_error(server: Running) -> None:
    done = deskmate(server.data_dir, "search", "fee", DESKMATE_API_PORT="many", DESKMATE_DEBUG="1")
    assert "Traceback" in done.stderr


def test_chat_holds_a_conversation_and_asks_before_it_acts(server: Running) -> None:
    talk = "What is the late fee?\nPlease cancel order O-5060\nno\n\n"
    done = deskmate(server.data_dir, "chat", "--as", "C-1016", stdin=talk)
    assert done.returncode == 0, done.stderr
    assert "AI assistant (offline)" in done.stdout
    assert "€7.50" in done.stdout
    assert "Shall I cancel order O-5060" in done.stdout
    assert "I have cancelled" not in done.stdout


def test_search_prints_page_heading_link_score_and_text(server: Running) -> None:
    done = deskmate(server.data_dir, "search", "late fee", "-k", "1")
    assert "Late payment, late fees and payment plans › When a late fee is charged" in done.stdout
    assert "/wiki/demo/billing/late-fees#when-a-late-fee-is-charged" in done.stdout
    assert "€7.50" in done.stdout


def test_a_search_explains_itself(server: Running) -> None:
    done = deskmate(server.data_dir, "search", "late feees for invoiec", "-k", "1", "--explain")
    shown = " ".join(done.stdout.split())
    assert re.search(r"meaning 0\.\d+ \+ words of the passage 0\.\d+ \+ of the page 0\.\d+ \+ title 0\.\d+", shown)
    assert "✓ late" in shown
    assert "invoiec (mistyped: invoic)" in shown
    assert "Confidence 0.9" in shown
    explained = json.loads(deskmate(server.data_dir, "search", "late fee", "-k", "1", "--explain", "--json").stdout)
    assert explained["hits"][0]["why"]["words"][0]["word"] == "late"


def test_search_as_json_is_what_the_api_answers(server: Running) -> None:
    done = deskmate(server.data_dir, "search", "late fee", "-k", "2", "--json")
    with server.client(server.customer_key) as client:
        answer = client.get("/v1/knowledge/search", params={"q": "late fee", "k": 2}).json()
    assert json.loads(done.stdout) == answer


def test_models_marks_the_default_and_says_why(server: Running) -> None:
    done = deskmate(server.data_dir, "models")
    assert "* offline" in done.stdout
    assert "no language model" in done.stdout


def test_a_key_made_on_the_command_line_opens_the_running_server(server: Running) -> None:
    made = deskmate(server.data_dir, "keys", "create", "--as", "C-1005", "--days", "1")
    text = made.stdout.strip()
    with server.client(text) as client:
        assert client.get("/v1/me").json()["subject"] == "C-1005"
        key_id = text.split("_")[1]
        assert key_id in deskmate(server.data_dir, "keys", "list").stdout
        assert deskmate(server.data_dir, "keys", "revoke", key_id).returncode == 0
        assert client.get("/v1/me").status_code == 401


def test_ingest_makes_a_wiki_that_can_be_asked(server: Running, tmp_path: Path) -> None:
    folder = tmp_path / "My Pages"
    folder.mkdir()
    (folder / "opening.md").write_text("# Opening hours\n\nThe shop in Selkirk opens at 7:45 on market days.\n")
    done = deskmate(server.data_dir, "ingest", str(folder))
    assert done.returncode == 0, done.stderr
    assert "1 pages added" in done.stdout
    assert "--collection my-pages" in done.stdout
    asked = deskmate(server.data_dir, "ask", "When does the shop in Selkirk open?", "--collection", "my-pages")
    assert "7:45" in asked.stdout


def test_ingest_of_a_folder_without_pages_is_one_sentence(server: Running, tmp_path: Path) -> None:
    done = deskmate(server.data_dir, "ingest", str(tmp_path), "--collection", "empty")
    assert done.returncode == 1
    assert done.stderr.count("Error:") == 1
    assert "Traceback" not in done.stderr


def test_the_demo_plays_the_same_every_time(server: Running) -> None:
    first, second = (deskmate(server.data_dir, "demo") for _ in range(2))
    assert first.returncode == 0, first.stderr
    assert first.stdout == second.stdout
    assert "✓ Open a ticket" in first.stdout
    assert "I have cancelled order" in first.stdout


def test_reset_asks_first_and_leaves_what_is_not_deskmates(tmp_path: Path) -> None:
    assert deskmate(tmp_path, "keys", "list").returncode == 0
    (tmp_path / "mine.txt").write_text("keep")
    assert deskmate(tmp_path, "reset", stdin="n\n").returncode == 1
    assert (tmp_path / "api.sqlite").exists()
    assert deskmate(tmp_path, "reset", stdin="y\n").returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_reset_does_not_touch_the_data_of_a_running_server(server: Running) -> None:
    done = deskmate(server.data_dir, "reset", "--yes")
    assert done.returncode == 1
    assert "Another Deskmate server is using" in done.stderr
    assert (server.data_dir / "api.sqlite").exists()
