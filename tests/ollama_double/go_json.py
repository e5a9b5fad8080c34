"""JSON as the server reads and writes it: every number is a double; a whole one is written without a point."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

_WRITTEN_OUT_BELOW = 1e21


def loads(text: str) -> Any:
    """Read JSON. Raises `ValueError`."""
    return json.loads(text, parse_int=_number, parse_float=_number, parse_constant=_refuse)


def load_object(text: str) -> dict[str, Any] | None:
    """The object that the text is, or None."""
    try:
        found = loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def compact(value: Any) -> str:
    """JSON without blanks and with sorted keys, as arguments come back into a prompt."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _number(text: str) -> int | float:
    value = float(text)
    if value.is_integer() and abs(value) < _WRITTEN_OUT_BELOW:
        return int(Decimal(repr(value)))
    return value


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")
