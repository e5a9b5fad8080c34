"""Jira's document format (https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/) and text."""

from typing import Any

_BLOCKS = frozenset({"paragraph", "heading", "blockquote", "codeBlock", "listItem", "rule", "tableRow", "panel"})


def document(text: str) -> dict[str, Any]:
    """Text as a document: one paragraph, its lines parted by hard breaks, so that nothing in it counts as markup."""
    content: list[dict[str, Any]] = []
    for number, line in enumerate(text.split("\n")):
        if number:
            content.append({"type": "hardBreak"})
        if line:
            content.append({"type": "text", "text": line})
    return {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": content}]}


def text_of(node: dict[str, Any] | None) -> str:
    """A document as text, one line a block."""
    return "\n".join(_lines(node)) if node else ""


def _lines(node: dict[str, Any]) -> list[str]:
    if node["type"] in _BLOCKS and not any(one["type"] in _BLOCKS for one in node.get("content", [])):
        return ["".join(_inline(one) for one in node.get("content", []))]
    return [line for one in node.get("content", []) for line in _lines(one)]


def _inline(node: dict[str, Any]) -> str:
    if node["type"] == "text":
        return str(node["text"])
    if node["type"] == "hardBreak":
        return "\n"
    attributes = node.get("attrs", {})
    return str(attributes.get("text") or attributes.get("url") or "")  # a mention, an emoji, a pasted link
