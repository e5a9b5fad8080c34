"""API keys as they are stored."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.errors import KeyStoreError
from api.keys import KeyStore, Scope, demo_keys
from api.store import open_store
from tools.principal import Principal, Role

CUSTOMER = Principal("demo", "C-1001", Role.CUSTOMER)
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_store(tmp_path)


def at(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


def test_a_key_is_found_by_its_text_alone(engine: Engine) -> None:
    store = KeyStore(engine)
    text, key = store.create(CUSTOMER, scopes=frozenset({Scope.CHAT}))
    assert store.find(text) == key
    assert store.find(text[:-1]) is None
    assert store.find(key.id) is None


def test_the_text_of_a_key_is_not_kept(engine: Engine, tmp_path: Path) -> None:
    text, _ = KeyStore(engine).create(CUSTOMER)
    engine.dispose()
    secret = text.rpartition("_")[2].encode()
    assert not any(secret in path.read_bytes() for path in tmp_path.iterdir())


def test_the_database_of_keys_is_for_its_owner_alone(engine: Engine, tmp_path: Path) -> None:
    assert (tmp_path / "api.sqlite").stat().st_mode & 0o777 == 0o600


def test_a_revoked_key_opens_nothing(engine: Engine) -> None:
    store = KeyStore(engine)
    text, key = store.create(CUSTOMER)
    store.revoke(key.id)
    assert store.find(text) is None
    assert store.all()[0].revoked is not None


def test_revoking_an_unknown_key_says_where_ids_are_listed(engine: Engine) -> None:
    with pytest.raises(KeyStoreError, match="deskmate keys list"):
        KeyStore(engine).revoke("nothing")


def test_a_key_ends_at_its_expiry(engine: Engine) -> None:
    text, _ = KeyStore(engine, clock=at(NOON)).create(CUSTOMER, valid_for=timedelta(days=1))
    assert KeyStore(engine, clock=at(NOON + timedelta(hours=23))).find(text)
    assert KeyStore(engine, clock=at(NOON + timedelta(days=1))).find(text) is None


def test_demo_keys_stay_the_same_over_starts(engine: Engine, tmp_path: Path) -> None:
    first = demo_keys(KeyStore(engine), tmp_path, "demo")
    assert demo_keys(KeyStore(engine), tmp_path, "demo") == first
    assert len(KeyStore(engine).all()) == 2


def test_a_revoked_demo_key_is_replaced(engine: Engine, tmp_path: Path) -> None:
    store = KeyStore(engine)
    first = demo_keys(store, tmp_path, "demo")
    found = store.find(first.customer)
    assert found
    store.revoke(found.id)
    second = demo_keys(store, tmp_path, "demo")
    assert second.customer != first.customer
    assert second.staff == first.staff


def test_the_texts_of_demo_keys_are_for_their_owner_alone(engine: Engine, tmp_path: Path) -> None:
    demo_keys(KeyStore(engine), tmp_path, "demo")
    assert (tmp_path / "demo-keys.json").stat().st_mode & 0o777 == 0o600
