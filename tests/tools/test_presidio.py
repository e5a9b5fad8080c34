"""Presidio beside the built-in detector, where the extra is installed."""

from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from tools import pii
from tools.presidio import PresidioMissing, detector

installed = pytest.mark.skipif(find_spec("presidio_analyzer") is None, reason="the extra `pii` is not installed")


@pytest.fixture
def presidio(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("DESKMATE_TOOLS_PII", "presidio")
    yield
    pii._more.cache_clear()


@installed
def test_it_finds_besides_what_the_built_in_part_finds(presidio: None) -> None:
    text = "Card 4111 1111 1111 1111, a@b.example, my password is kz7!x, phone (212) 555-2368"
    masked = pii.mask(text)
    assert masked == "Card [card number], [e-mail address], my password is [password], phone [phone number]"


@installed
def test_order_and_ticket_numbers_amounts_and_dates_stay(presidio: None) -> None:
    text = "O-5021, T-1201, €1,299.00 on 2026-11-24 at 10:30"
    assert pii.mask(text) == text


@installed
def test_a_model_that_is_not_there_is_told_with_the_command_that_gets_it() -> None:
    with pytest.raises(PresidioMissing, match="spacy download en_no_such"):
        detector("en_no_such")


@pytest.mark.skipif(find_spec("presidio_analyzer") is not None, reason="the extra `pii` is installed")
def test_without_the_extra_the_setting_is_told_with_the_command_that_gets_it() -> None:
    with pytest.raises(PresidioMissing, match="deskmate\\[pii\\]"):
        detector()
