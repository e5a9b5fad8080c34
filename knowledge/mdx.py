"""MDX to blocks: Markdown whose imports are dropped and whose components give way to what they hold."""

import re
from collections.abc import Iterator

from knowledge.blocks import Document
from knowledge.markdown import parse_markdown

_FENCE = re.compile(r"\s*(`{3,}|~{3,})")
_MODULE = re.compile(r"(?:import|export)\b(?=.*(?:\bfrom\b|['\"]|=|\{|\bfunction\b|\bclass\b))")
_CODE_SPAN = re.compile(r"(`+)(?:(?!\1).)*\1")
_COMMENT = re.compile(r"\{/\*.*?\*/\}", re.DOTALL)
# A component's tag begins with a capital letter; '<>' and '</>' group without a name.
_TAG = re.compile(r"<(/?)(?:([A-Z][\w.]*)((?:\s+[\w:-]+(?:=(?:\"[^\"]*\"|'[^']*'|\{[^{}]*\}))?)*)\s*(/?))?>")
_SHOWN = re.compile(r"\b(?:title|label|heading|summary|question)=(?:\"([^\"]*)\"|'([^']*)'|\{[\"'`]([^{}]*)[\"'`]\})")
_TARGET = re.compile(r"\b(?:href|to|url)=(?:\"([^\"]*)\"|'([^']*)')")
_STRING = re.compile(r"\{\s*(['\"`])((?:(?!\1)[^{}\n])*)\1\s*\}")
_EXPRESSION = re.compile(r"\{[^{}\n]*\}")
_HEADING_ID = re.compile(r"^(\s{0,3}#{1,6}\s.*?)\s*\{#[\w-]+\}\s*$")
_ADMONITION = re.compile(r"\s*:{3,}\s*(?:(\w+)\s*(?:\[(.*?)\]|(.*?))?\s*)?$")


def parse_mdx(text: str) -> Document:
    """Blocks of an MDX text. A component's title, label or question stands above what it holds."""
    return parse_markdown("\n".join(_lines(_COMMENT.sub("", text))), indented_code=False)


def _lines(text: str) -> Iterator[str]:
    """Markdown lines; code stays as it is, and a module statement ends at an empty line."""
    fence = ""
    module = False
    margins: list[int | None] = []  # of each open component: how far in its lines stand, None before its first
    for line in text.split("\n"):
        if margins and margins[-1] is None and line.strip() and not line.lstrip().startswith("</"):
            margins[-1] = len(line) - len(line.lstrip())
        plain = _moved(line, margins[-1] or 0 if margins else 0)
        mark = _FENCE.match(plain)
        if fence:
            fence = "" if mark and mark.group(1).startswith(fence) and plain.strip() == mark.group(1) else fence
            yield plain
        elif mark:
            fence, module = mark.group(1), False
            yield plain
        elif module or _MODULE.match(line):
            module = bool(line.strip())
        else:
            for tag in _TAG.finditer(_CODE_SPAN.sub("", line)):
                _nest(margins, tag)
            yield _markdown(plain)


def _moved(line: str, margin: int) -> str:
    """The line without the blanks by which its component moves it in."""
    return line[min(margin, len(line) - len(line.lstrip())) :]


def _nest(margins: list[int | None], tag: re.Match[str]) -> None:
    if tag.group(1):
        del margins[-1:]
    elif not tag.group(4):
        margins.append(None)


def _markdown(line: str) -> str:
    """One line without components and expressions, but for what stands in code."""
    if found := _ADMONITION.match(line):
        words = (found.group(2) or found.group(3) or found.group(1) or "").strip()
        return f"\n**{words.capitalize() if words == found.group(1) else words}**\n" if words else "\n"
    line = _HEADING_ID.sub(r"\1", line)
    alone = not _TAG.sub("", line).strip()
    pieces, at = [], 0
    for code in _CODE_SPAN.finditer(line):
        pieces += [_plain(line[at : code.start()], alone=alone), code.group()]
        at = code.end()
    return "".join([*pieces, _plain(line[at:], alone=alone)])


def _plain(text: str, *, alone: bool) -> str:
    without = _TAG.sub(lambda tag: _shown(tag, alone=alone), text)
    return _EXPRESSION.sub("", _STRING.sub(r"\2", without))


def _shown(tag: re.Match[str], *, alone: bool) -> str:
    """What a reader sees of the tag itself."""
    attributes = tag.group(3) or ""
    words = next(filter(None, found.groups()), "") if (found := _SHOWN.search(attributes)) else ""
    target = next(filter(None, found.groups()), "") if (found := _TARGET.search(attributes)) else ""
    if not words:
        return "\n" if alone else ""
    shown = f"[{words}]({target})" if target else f"**{words}**"
    return f"\n{shown}\n" if alone else f"{shown} "
