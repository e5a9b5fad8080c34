"""What the doctor makes of figures."""

import pytest

from agent.models import doctor_verdicts as verdicts
from agent.models.doctor_verdicts import Speed
from agent.models.profile import Mode
from agent.models.settings import OllamaSettings
from agent.models.wire import Reply

LIMITS = OllamaSettings(first_byte_seconds=180, total_seconds=300)


def read_in(seconds: float, tokens: int = 600) -> Reply:
    return Reply("", (), "stop", tokens, 48, {"prompt_eval_duration_ms": seconds * 1000, "eval_duration_ms": 4_000})


@pytest.mark.parametrize(
    ("found", "mode", "ok"),
    [
        ("0.33.0-rc2", "schema", True),
        ("0.21.1", "schema", True),
        ("0.21.0", "schema", False),
        ("0.9.6", "schema", False),
        ("0.12.6", "native", True),
        ("0.12.5", "native", False),
        ("0.0.0", "schema", True),
    ],
)
def test_a_version_is_judged_by_what_the_mode_needs(found: str, mode: Mode, ok: bool) -> None:
    assert verdicts.version(found, mode).ok is ok


def test_speed_is_told_in_tokens_a_second() -> None:
    assert Speed.of(read_in(6)) == Speed(prompt=100, output=12)


def test_a_server_that_does_not_say_how_long_it_took_is_not_judged() -> None:
    silent = Reply("", (), "stop")
    assert verdicts.speed(Speed.of(silent), 8000, 256, LIMITS).ok
    assert verdicts.cache(silent, silent).ok


@pytest.mark.parametrize(
    ("speed", "fix"),
    [
        (Speed(100, 20), ""),
        (Speed(40, 20), "echo DESKMATE_OLLAMA_FIRST_BYTE_SECONDS=300 >> .env"),
        (Speed(100, 1), "echo DESKMATE_OLLAMA_TOTAL_SECONDS=540 >> .env"),
    ],
)
def test_a_model_too_slow_for_a_time_limit_comes_with_a_limit_that_fits(speed: Speed, fix: str) -> None:
    assert verdicts.speed(speed, 8000, 256, LIMITS).fix == fix


def test_a_cache_shows_in_the_time_that_reading_takes() -> None:
    assert verdicts.cache(read_in(6), read_in(0.1)).ok
    assert not verdicts.cache(read_in(6), read_in(5.8)).ok


def test_a_server_at_its_usual_address_needs_no_address_in_a_command() -> None:
    assert verdicts.ollama("pull qwen3:8b", "http://127.0.0.1:11434") == "ollama pull qwen3:8b"
    assert verdicts.serve("http://gpu:11434") == "OLLAMA_HOST=0.0.0.0 ollama serve"
