"""Policies as they stand in files: one by one, with file and line for every complaint."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cedarpy

from tools.errors import PolicyError

OUTCOMES = ("allow", "confirm", "approve")
_HEAD = re.compile(r"\b(?:permit|forbid)\s*\(")
_PASSED_OVER = re.compile(r'//[^\n]*|"(?:\\.|[^"\\])*"')  # comments and texts


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy. `place` is its file and line; `actions` those that its head names, None where it names none."""

    id: str
    place: str
    forbids: bool
    actions: frozenset[str] | None
    reason: str
    outcome: str

    def names(self, tool: str, group: str) -> bool:
        """Whether the head of the policy lets it speak about this tool."""
        return self.actions is None or tool in self.actions or group in self.actions

    @property
    def is_lifted(self) -> bool:
        """Whether it is a forbid that somebody's consent lifts."""
        return self.forbids and self.outcome != OUTCOMES[0]

    def error(self, why: str) -> PolicyError:
        """A complaint about this policy."""
        return PolicyError(f"The policy in {self.place} cannot be used: {why}")


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """A file of policies; `text` is Cedar."""

    text: str
    policies: tuple[Policy, ...]


def read_policies(folder: Path, first: int = 0) -> list[PolicyFile]:
    """All `*.cedar` files of a folder by name. Ids are those that Cedar gives to their joined texts, of which `first`
    policies come before.

    Raises:
        PolicyError: there are none, or one cannot be read.
    """
    files = sorted(folder.glob("*.cedar"))
    if not files:
        raise PolicyError(
            f"No policies were found in {folder}. Put files named *.cedar there, or leave DESKMATE_TOOLS_POLICIES "
            "empty for those that come with Deskmate."
        )
    found: list[PolicyFile] = []
    for path in files:
        found.append(_read(path, first + sum(len(one.policies) for one in found)))
    return found


def _read(path: Path, first: int) -> PolicyFile:
    return read_text(path.name, path.read_text(encoding="utf-8"), first)


def read_text(name: str, text: str, first: int) -> PolicyFile:
    """Policies that stand in a text, of which `first` come before. `name` is told in complaints. Raises PolicyError."""
    try:
        parsed: dict[str, dict[str, Any]] = json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"]
    except ValueError as error:
        raise PolicyError(f"The policies in {name} are not written as Cedar wants them: {error}.") from error
    bare = _PASSED_OVER.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)
    lines = [bare.count("\n", 0, head.start()) + 1 for head in _HEAD.finditer(bare)]
    ordered = sorted(parsed.items(), key=lambda item: int(item[0].removeprefix("policy")))
    made = [
        _policy(f"policy{first + n}", f"{name}:{line}", body)
        for n, ((_, body), line) in enumerate(zip(ordered, lines, strict=True))
    ]
    return PolicyFile(text, tuple(made))


def _policy(key: str, place: str, body: dict[str, Any]) -> Policy:
    head, notes = body["action"], body.get("annotations", {})
    entities = head.get("entities") or ([head["entity"]] if "entity" in head else None)
    policy = Policy(
        id=key,
        place=place,
        forbids=body["effect"] == "forbid",
        actions=frozenset(one["id"] for one in entities) if entities else None,
        reason=" ".join((notes.get("reason") or "").split()),
        outcome=notes.get("outcome") or "allow",
    )
    if not policy.reason:
        raise policy.error('it gives no reason. Write @reason("…") before it, a sentence that a person can read.')
    if policy.outcome not in OUTCOMES:
        raise policy.error(f"its outcome is {policy.outcome!r}. Write one of {', '.join(OUTCOMES)}.")
    return policy
