"""The chain of the audit log, as values: each link is sealed with a key, over its record and the link before it.

The head is a seal over the number and the seal of the last link. Without it a log whose end was cut off would still be
a whole chain. Seals are HMAC-SHA256, so whoever lacks the key cannot write a chain anew.
"""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass

FIRST = "0" * 64  # what the first link is chained to


@dataclass(frozen=True, slots=True)
class Link:
    """One record (its text, as it was sealed), counted from 1."""

    number: int
    record: str
    seal: str


def link(key: bytes, before: str, number: int, record: str) -> Link:
    """The record as the link after the seal `before`."""
    return Link(number, record, _seal(key, "link", before, str(number), record))


def head(key: bytes, number: int, seal: str) -> str:
    """The seal of a whole log that ends with this link."""
    return _seal(key, "head", str(number), seal)


def fault(key: bytes, links: Iterable[Link], sealed: str | None) -> str | None:
    """What is wrong with a log, as a sentence; None where it is whole. `sealed` is its head, None of an empty log."""
    before, number = FIRST, 0
    for found in links:
        number += 1
        if found.number != number:
            return f"Record {number} is missing or out of its place: record {found.number} stands there."
        if not hmac.compare_digest(found.seal, link(key, before, number, found.record).seal):
            return f"Record {number} was changed, moved or put in later: its seal does not fit."
        before = found.seal
    if number == 0 and sealed is None:
        return None
    if sealed is None or not hmac.compare_digest(sealed, head(key, number, before)):
        return f"The log does not end where it was ended: records after {number} were cut off, or its head was changed."
    return None


def _seal(key: bytes, *parts: str) -> str:
    # Each part is preceded by its length, so that no two lists of parts read the same.
    message = "".join(f"{len(part)}:{part}" for part in parts)
    return hmac.new(key, message.encode(errors="surrogatepass"), hashlib.sha256).hexdigest()
