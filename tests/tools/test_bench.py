"""The bench of the gateway measures calls that come to what was meant, or raises."""

from __future__ import annotations

from tools.bench import calls


def test_every_kind_of_call_is_measured_beside_the_tool_alone() -> None:
    found = calls(20)
    assert list(found) == ["read", "write", "repeated", "refused"]
    assert all(cost.whole.p95 >= cost.whole.p50 > 0 for cost in found.values())
    assert [cost.alone is not None for cost in found.values()] == [True, True, False, False]
