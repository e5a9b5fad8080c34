"""How a model is run, from TOML."""

from pathlib import Path

import pytest

from agent.errors import ProfileError
from agent.models.profile import Profile, Profiles


def test_an_unknown_model_gets_the_default() -> None:
    profile = Profiles.load().of("ollama/never-seen:1b")
    assert (profile.mode, profile.think, profile.floor) == ("schema", False, "beside")
    assert profile.options == {"temperature": 0, "seed": 1}


def test_the_longest_beginning_wins(tmp_path: Path) -> None:
    (tmp_path / "profiles.toml").write_text('["ollama/q"]\nnum_ctx = 2048\n["ollama/qwen3:4b"]\nmode = "native"\n')
    profiles = Profiles.load(tmp_path)
    assert profiles.of("ollama/qwen2").num_ctx == 2048
    assert profiles.of("ollama/qwen3:4b-instruct").mode == "native"
    assert profiles.of("ollama/qwen3:8b").num_ctx == 16384  # the packaged one, not the shorter one of our own


def test_a_model_on_a_foreign_server_is_sent_no_thinking_switch() -> None:
    assert Profiles.load().of("openai/gpt@http://127.0.0.1:1/v1").think == "unset"


def test_a_profile_that_is_written_is_read_again_and_the_others_stand(tmp_path: Path) -> None:
    (tmp_path / "profiles.toml").write_text('["ollama/other"]\nnum_ctx = 4096\n')
    measured = Profile(mode="native", examples=False, options={"temperature": 0.5})
    assert Profiles.load(tmp_path).write("ollama/mine:7b", measured) == tmp_path / "profiles.toml"
    again = Profiles.load(tmp_path)
    assert again.of("ollama/mine:7b") == measured
    assert again.of("ollama/other").num_ctx == 4096
    assert [path.name for path in tmp_path.iterdir()] == ["profiles.toml"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('["ollama/x"]\nmode = "magic"\n', r"profiles\.toml, table \[ollama/x\]: mode: "),
        ('["ollama/x"]\nnum_ctx = 3\n', "num_ctx"),
        ('["ollama/x"]\nspeed = 3\n', "speed"),
        ("[ollama/x\n", r"is not TOML.*line 1"),
    ],
)
def test_a_wrong_profile_is_named_with_file_table_and_key(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "profiles.toml").write_text(text)
    with pytest.raises(ProfileError, match=told):
        Profiles.load(tmp_path)
