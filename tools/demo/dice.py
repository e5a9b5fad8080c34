"""Choices that fall the same on every machine and Python version: each is read from a hash of the seed and a label."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Dice:
    """Dice of one seed. The same label always gives the same throw."""

    seed: int

    def below(self, limit: int, *label: object) -> int:
        """A whole number from 0 up to, not including, `limit`."""
        digest = hashlib.sha256(":".join(map(str, (self.seed, *label))).encode()).digest()
        return int.from_bytes(digest[:8]) % limit

    def between(self, low: int, high: int, *label: object) -> int:
        """A whole number from `low` to `high`, both possible."""
        return low + self.below(high - low + 1, *label)

    def one_of(self, items: Sequence[Item], *label: object) -> Item:
        """One of the items."""
        return items[self.below(len(items), *label)]

    def shuffled(self, items: Sequence[Item], *label: object) -> list[Item]:
        """All items in another order."""
        order = sorted(range(len(items)), key=lambda place: (self.below(2**60, *label, place), place))
        return [items[place] for place in order]
