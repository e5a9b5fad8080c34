"""API keys: who a caller is, what the key may be used for, and until when."""

import hashlib
import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from api.errors import KeyStoreError
from api.store import KeyRow
from tools.principal import Principal, Role

DEMO_CUSTOMER = "C-1001"
DEMO_STAFF = "S-01"


class Scope(StrEnum):
    """What a key may be used for."""

    CHAT = "chat"
    TICKETS = "tickets"
    KNOWLEDGE = "knowledge"
    CHAT_IDS = "chat-ids"  # a chat program in front names its conversations itself, and is believed


ALL_SCOPES = frozenset({Scope.CHAT, Scope.TICKETS, Scope.KNOWLEDGE})
"""What a key is good for unless it is made for less, or for more."""


def now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A stored key, without its text."""

    id: str
    principal: Principal
    scopes: frozenset[Scope]
    demo: bool
    created: datetime
    expires: datetime | None
    revoked: datetime | None


class KeyStore:
    """Keys in this room's database. A key's text is a long random string, so a plain SHA-256 of it is enough."""

    def __init__(self, engine: Engine, *, clock: Callable[[], datetime] = now) -> None:
        self._engine = engine
        self._clock = clock

    def create(
        self,
        principal: Principal,
        *,
        scopes: frozenset[Scope] = ALL_SCOPES,
        valid_for: timedelta | None = None,
        demo: bool = False,
    ) -> tuple[str, ApiKey]:
        """Make a key; its text is returned here and never again."""
        key_id = secrets.token_hex(4)
        text = f"dm_{key_id}_{secrets.token_urlsafe(32)}"
        created = self._clock()
        row = KeyRow(
            id=key_id,
            digest=_digest(text),
            tenant=principal.tenant,
            subject=principal.subject,
            role=principal.role.value,
            scopes=sorted(scopes),
            demo=demo,
            created=created,
            expires=created + valid_for if valid_for else None,
            revoked=None,
        )
        with Session(self._engine, expire_on_commit=False) as session:
            session.add(row)
            session.commit()
        return text, _key(row)

    def find(self, text: str) -> ApiKey | None:
        """The key with this text, if it is neither revoked nor expired."""
        with Session(self._engine) as session:
            row = session.scalar(select(KeyRow).where(KeyRow.digest == _digest(text)))
        if row is None or row.revoked or (row.expires and row.expires <= self._clock()):
            return None
        return _key(row)

    def all(self) -> list[ApiKey]:
        """Every key, oldest first."""
        with Session(self._engine) as session:
            return [_key(row) for row in session.scalars(select(KeyRow).order_by(KeyRow.created, KeyRow.id))]

    def revoke(self, key_id: str) -> ApiKey:
        """Make a key useless from now on. Raises KeyStoreError for an id that is not there."""
        with Session(self._engine, expire_on_commit=False) as session:
            row = session.get(KeyRow, key_id)
            if row is None:
                raise KeyStoreError(f"There is no key with the id {key_id!r}. See the ids with: deskmate keys list")
            row.revoked = row.revoked or self._clock()
            session.commit()
        return _key(row)


@dataclass(frozen=True, slots=True)
class DemoKeys:
    """The texts of the two keys that demo mode shows at every start."""

    customer: str
    staff: str


def demo_keys(store: KeyStore, data_dir: Path, tenant: str) -> DemoKeys:
    """The demo keys of this data directory; made on the first start, and again where a stored one no longer works.

    Their texts are the only ones ever kept: in a file of mode 600 that demo mode alone reads.
    """
    path = data_dir / "demo-keys.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    for name, subject, role in (("customer", DEMO_CUSTOMER, Role.CUSTOMER), ("staff", DEMO_STAFF, Role.STAFF)):
        if name not in known or store.find(known[name]) is None:
            known[name], _ = store.create(Principal(tenant, subject, role), demo=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(known, file)
    return DemoKeys(customer=known["customer"], staff=known["staff"])


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _key(row: KeyRow) -> ApiKey:
    return ApiKey(
        id=row.id,
        principal=Principal(row.tenant, row.subject, Role(row.role)),
        scopes=frozenset(Scope(scope) for scope in row.scopes),
        demo=row.demo,
        created=row.created,
        expires=row.expires,
        revoked=row.revoked,
    )
