"""YAML with its line numbers kept, so that a wrong value can be named by file and line."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from evals.errors import SuiteInvalidError, at

Route: TypeAlias = tuple[str | int, ...]
"""How to reach a value from the top of a file, such as ``("cases", 0, "turns", 1, "say")``."""

_PLAIN: tuple[tuple[re.Pattern[str], Callable[[str], Any]], ...] = (
    (re.compile(r"null|~|"), lambda _: None),
    (re.compile(r"true|false"), lambda text: text == "true"),
    (re.compile(r"[-+]?\d+"), int),
    (re.compile(r"[-+]?\d+\.\d+"), float),
)


@dataclass(frozen=True, slots=True)
class Marked:
    """The content of one YAML file and the line (from 1) where each value, or its key, stands."""

    path: Path
    value: Any
    lines: dict[Route, int]

    def line(self, route: Route) -> int:
        """Return the line of a route, or of the nearest thing around it that has one."""
        while route not in self.lines and route:
            route = route[:-1]
        return self.lines.get(route, 1)


def read_marked(path: Path) -> Marked:
    """Read a YAML file.

    Plain scalars are null, true, false, whole and decimal numbers; all else is text. So ``18:00`` and ``no`` stay what
    their author sees, unlike in YAML 1.1.

    Raises:
        SuiteInvalidError: the file cannot be read, is not YAML, or says a key twice.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SuiteInvalidError([at(path, 1, f"this file cannot be read: {error}.")]) from error
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise SuiteInvalidError([at(path, line, f"this is not YAML: {error.problem or error.context}.")]) from error
    lines: dict[Route, int] = {}
    problems: list[str] = []
    value = _value(node, (), path, lines, problems) if node else None
    if problems:
        raise SuiteInvalidError(problems)
    return Marked(path, value, lines)


def _value(node: yaml.Node, route: Route, path: Path, lines: dict[Route, int], problems: list[str]) -> Any:
    lines.setdefault(route, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, route, path, lines, problems)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*route, index), path, lines, problems) for index, item in enumerate(node.value)]
    return _scalar(node) if isinstance(node, yaml.ScalarNode) else None


def _mapping(
    node: yaml.MappingNode, route: Route, path: Path, lines: dict[Route, int], problems: list[str]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key, line = str(key_node.value), key_node.start_mark.line + 1
        if key in found:
            problems.append(at(path, line, f"the key '{key}' stands here a second time; keep one of them."))
        lines[(*route, key)] = line
        found[key] = _value(value_node, (*route, key), path, lines, problems)
    return found


def _scalar(node: yaml.ScalarNode) -> Any:
    if node.style is None:
        for pattern, read in _PLAIN:
            if pattern.fullmatch(node.value):
                return read(node.value)
    return node.value
