"""When a text states a fact."""

import pytest

from evals.facts import states


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("The fee is 7.50 EUR.", "€7.50"),
        ("The fee is €\u00a07.50.", "€7.50"),
        ("The fee is **€7.50**.", "€7.50"),
        ("It costs 50 euros a month", "€50"),
        ("Fibre 100 €29.90 a month", "€29.90"),
        ("within 30\n  days of delivery", "30 days"),
        ("It\u2019s Monday\u2013Saturday", "it's monday-saturday"),
        ("Your money was refunded", "refund"),
        ("call between 08:00 and 20:00.", "20:00"),
        ("Order O-5001 was sent", "/o-50\\d+ was (sent|shipped)/"),
    ],
)
def test_stated(text: str, fact: str) -> None:
    assert states(text, fact)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("within 130 days", "30 days"),
        ("The fee is €7.55", "€7.5"),
        ("It takes 2.30 days", "30 days"),
        ("the plate", "late"),
        ("€79.00", "€79.0"),
        ("within 300", "30"),
        ("", "30 days"),
    ],
)
def test_not_stated(text: str, fact: str) -> None:
    assert not states(text, fact)
