"""What of a tool's schema the server keeps: it reads the fields that it knows and writes those in its own order."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_TOP = ("type", "$defs", "items", "required", "properties")
_PROPERTY = ("anyOf", "type", "items", "description", "enum", "properties", "required")


def kept(tool: Mapping[str, Any]) -> dict[str, Any]:
    """The tool as it reaches a template: properties by name, without `$ref`, `const`, limits and defaults."""
    function = tool.get("function", {})
    shown = {key: function[key] for key in ("name", "description") if function.get(key)}
    parameters = _known(function.get("parameters") or {}, _TOP)
    parameters.setdefault("properties", {})
    return {"type": tool.get("type", ""), "function": {**shown, "parameters": parameters}}


def written(tool: Mapping[str, Any]) -> str:
    """The same as one line of JSON."""
    return json.dumps(kept(tool), ensure_ascii=False, separators=(",", ":"))


def _known(schema: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key in keys:
        value = schema.get(key)
        if key == "properties" and isinstance(value, Mapping):
            found[key] = {name: _known(value[name], _PROPERTY) for name in sorted(value)}
        elif key == "anyOf" and value:
            found[key] = [_known(part, _PROPERTY) for part in value]
        elif key == "$defs" and value:
            found[key] = _sorted(value)
        elif value:
            found[key] = value
    return found


def _sorted(value: Any) -> Any:
    """Objects with their keys sorted, as the server writes what it does not read."""
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value
