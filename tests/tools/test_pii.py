"""Personal data in text: what is found, what must be left alone, and what a masked text reads like."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools import pii
from tools.pii import ALL, SECRETS, Kind

CARDS = [
    "4111111111111111",
    "4111 1111 1111 1111",
    "4111-1111-1111-1111",
    "4111.1111.1111.1111",
    "41 11 11 11 11 11 11 11",
    "4111 1111\n1111 1111",
    "5500 0055 5555 5559",
    "2223 0031 2200 3222",
    "3782 822463 10005",
    "6011 1111 1111 1117",
    "3530111333300000",
    "30569309025904",
]
PASSWORDS = [
    ("my password is hunter2", "hunter2"),
    ("Password: S3cret!pass", "S3cret!pass"),
    ("the passwords are Tr0ub4dor&3.", "Tr0ub4dor&3"),
    ('the Wi-Fi password is "correct horse battery"', "correct horse battery"),
    ("password for my router is fern_2020!", "fern_2020!"),
    ("pwd=abc123xyz", "abc123xyz"),
    ("my password 'blue moon' does not work", "blue moon"),
    ("my PIN is 4711", "4711"),
    ("the CVV 123 and the rest", "123"),
    ("password is now Sommer2026", "Sommer2026"),
    ("my password is still winter-23, and", "winter-23"),
    ("the password I use is fj30!kd", "fj30!kd"),
    ("the password on my router is: fj30!kd", "fj30!kd"),
]
PLAIN = [
    "Please cancel order O-5021 and look at T-1201.",
    "Orders 5001 5002 5003 5004 and tickets 1201 1202 1203 1204",
    "It costs €1,299.00, I paid 4,111.11 on 24.11.2026.",
    "Between 2026-11-24 09:00 and 2026-12-01 18:30",
    "on 2023-01-12 2023-04-15 and 01-02-2026 10:15",
    "customer C-1001, staff S-01, refund R-3001, invoice I-2611-1001",
    "My password is wrong. The password is not accepted. Where is the password?",
    "Password: how do I change it?",
    "The default password is printed on the label. The password on my router is still wrong.",
    "The password I use is not accepted and the password for the app is just gone.",
    "The Hub 6 shows code 400, my line has 300 Mbit/s since 2024.",
    "I pin it to the wall. The PIN is wrong.",
    "Fibre 1000, 12 months, from 8:00 to 18:00, 30 days, 5 working days",
    "Tracking 1234567890123456 has not moved",  # no issuer begins with 1
]


@pytest.mark.parametrize("card", CARDS)
def test_a_card_number_is_found_however_it_is_grouped(card: str) -> None:
    assert pii.mask(f"Charge {card} please") == "Charge [card number] please"


def test_a_number_with_a_wrong_check_digit_is_no_card_number() -> None:
    assert pii.find("4111 1111 1111 1112") == []


def test_a_card_number_is_found_beside_an_order_number() -> None:
    assert pii.mask("order 5021 4111 1111 1111 1111") == "order 5021 [card number]"


@pytest.mark.parametrize(("text", "secret"), PASSWORDS)
def test_a_password_is_found_after_its_name(text: str, secret: str) -> None:
    masked = pii.without_secrets(text)
    assert secret not in masked
    assert "[password]" in masked


@pytest.mark.parametrize("text", PLAIN)
def test_numbers_amounts_dates_and_talk_of_passwords_stay(text: str) -> None:
    assert pii.mask(text) == text


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("DE89 3704 0044 0532 0130 00", Kind.IBAN),
        ("gb82WEST12345698765432", Kind.IBAN),
        ("mara.olsen@post.example", Kind.EMAIL),
        ("+49 555 0101 37", Kind.PHONE),
        ("0151 23456789", Kind.PHONE),
        ("(030) 1234-5678", Kind.PHONE),
    ],
)
def test_accounts_addresses_and_phone_numbers_are_found(text: str, kind: Kind) -> None:
    assert pii.mask(f"It is {text}, thanks") == f"It is [{kind.value}], thanks"


def test_an_iban_with_a_wrong_checksum_is_left_alone() -> None:
    assert pii.mask("GB83WEST12345698765432") == "GB83WEST12345698765432"


def test_at_the_door_only_secrets_are_taken_out() -> None:
    said = "I am mara@post.example, call +49 555 010137, card 4111111111111111"
    assert pii.without_secrets(said) == "I am mara@post.example, call +49 555 010137, card [card number]"


@given(st.text(alphabet="0123456789 -./pasword is:=[]\"'abc@+", max_size=80))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    once = pii.mask(text)
    assert pii.mask(once) == once
    assert SECRETS < ALL


def test_of_ten_thousand_order_ticket_amount_and_date_texts_none_is_masked() -> None:
    dice = random.Random(6)  # noqa: S311 - texts, not keys
    for _ in range(10_000):
        day = f"20{dice.randrange(20, 30)}-{dice.randrange(1, 13):02d}-{dice.randrange(1, 29):02d}"
        text = (
            f"O-{dice.randrange(1000, 99999)} T-{dice.randrange(1000, 99999)} €{dice.randrange(1, 99999):,}.00 {day} "
            f"{dice.randrange(24):02d}:{dice.randrange(60):02d}, {dice.randrange(1, 29)}.{dice.randrange(1, 13)}.2026"
        )
        assert pii.mask(text) == text
