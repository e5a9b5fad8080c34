"""The check before a reply leaves, for every model and every mode of wording. What fails is left out, and on record.

A customer gets no internal text and nothing of another customer's; everybody gets links to allowed hosts alone, no
images, and citations only of what was retrieved in this thread and may be seen by them.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from agent import choices
from agent.clauses import sentences
from agent.composing import Block, render
from agent.deciding import Turn
from agent.run import Citation, Reply
from knowledge.errors import KnowledgeError
from tools.outcome import Outcome

_NOTHING_LEFT = (
    "I have found something, but I may not show it here. If you like, I can open a ticket so that a colleague looks "
    "into it."
)
_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)|<img\b[^>]*>", re.IGNORECASE)
_LINK = re.compile(
    r"\[[^\]]*\]\(\s*(?P<target>[^)\s]+)[^)]*\)"  # [words](target)
    r"|(?P<bare>\b[a-z][a-z\d+.-]*://[^\s<>\"')\]]+|\bwww\.[^\s<>\"')\]]+|(?<![\w@./-])(?:[\w-]+\.)+[a-z]{2,}/[^\s<>\"')\]]*)"
    r"|(?P<script>\b(?:javascript|data|vbscript|file):\S+)",
    re.IGNORECASE,
)
_GONE = "(a link was left out)"


def released(parts: Sequence[Block], turn: Turn) -> list[Block]:
    """The parts that may leave, in their order. Where there were some and none is left, an honest sentence."""
    reasons: list[str] = []
    suspect = bool(_disclosed("\n".join(part.text for part in parts if not part.citation), turn))
    checked = [
        _quotation(part, turn, reasons) if part.citation else _said(part, turn, suspect, reasons) for part in parts
    ]
    if reasons:
        turn.gateway.withheld(turn.principal, turn.thread_id, list(dict.fromkeys(reasons)))
    kept = [part for part in checked if part]
    return kept if kept or not parts else [Block(text=_NOTHING_LEFT, kind="note")]


def outcome(found: Outcome, turn: Turn) -> Outcome:
    """A tool's result, whose sentence says nothing that may not leave: it is streamed before the reply is made."""
    if not found.sentence:
        return found
    kept = released([Block(text=found.sentence, kind="done")], turn)
    return found.model_copy(update={"sentence": kept[0].text})


def may_ask(asked: str, turn: Turn) -> bool:
    """Whether a question may leave as a model has worded it."""
    return not [*_links(asked, turn, set()), *_disclosed(asked, turn)]


def question(asked: str, turn: Turn) -> str:
    """A question back to the customer, which a model may have worded; another one where it may not leave."""
    kept = released([Block(text=asked, kind="note")], turn)
    return choices.TELL_MORE if kept[0].text == _NOTHING_LEFT else kept[0].text


def worded(reply: Reply, parts: Sequence[Block], turn: Turn) -> Reply:
    """A reply in a model's words, if nothing in it has to be left out; else the composed one of the same parts."""
    composed = render(parts)
    hosts = {_host(citation.url) for citation in reply.citations}
    if reply.text == composed.text or not (faults := [*_links(reply.text, turn, hosts), *_disclosed(reply.text, turn)]):
        return reply
    turn.gateway.withheld(turn.principal, turn.thread_id, faults)
    return composed


def _quotation(part: Block, turn: Turn, reasons: list[str]) -> Block | None:
    """A quotation is not changed: it leaves as it stands, or not at all."""
    if part.citation is None:
        return part
    faults = [*_citation(part.citation, turn), *_links(part.text, turn, {_host(part.citation.url)})]
    reasons += faults
    return None if faults else part


def _said(part: Block, turn: Turn, suspect: bool, reasons: list[str]) -> Block | None:
    """A part of our own or a tool's words, without the sentences and the links that may not leave."""
    text = part.text
    if suspect:
        found = {one: _disclosed(one, turn) for one in sentences(text)}
        reasons += [fault for faults in found.values() for fault in faults]
        if any(found.values()):
            text = " ".join(one for one, faults in found.items() if not faults)
        if still := _disclosed(text, turn):  # what no single sentence tells
            reasons += still
            return None
    if faults := _links(text, turn, set()):
        reasons += faults
        text = _without_links(text, turn)
    return part.model_copy(update={"text": text}) if text else None


def _citation(citation: Citation, turn: Turn) -> list[str]:
    """Why a quotation may not leave: it must stand word for word on a page that was retrieved here and may be seen."""
    seen = turn.gateway.candidates(turn.principal, turn.thread_id).get("page", ())
    if citation.page not in {page.id for page in seen}:
        return ["a citation of what was not retrieved"]
    try:
        page = turn.index.page(citation.page, collection=turn.collection, audiences=turn.principal.audiences)
    except KnowledgeError:
        return ["a citation of what may not be seen"]
    return [] if citation.quote in page.text else ["a quotation that does not stand on its page"]


def _disclosed(said: str, turn: Turn) -> list[str]:
    """What of others, or of internal text, is in it."""
    return turn.gateway.disclosed(turn.principal, turn.thread_id, turn.collection, said)


def _links(said: str, turn: Turn, hosts: set[str]) -> list[str]:
    """Images, and links to hosts that are not allowed; `hosts` are allowed besides those of the settings."""
    faults = ["an image"] if _IMAGE.search(said) else []
    allowed = hosts | turn.settings.hosts
    return faults + ["a link"] * any(not _may_link(found, allowed) for found in _LINK.finditer(_IMAGE.sub("", said)))


def _without_links(said: str, turn: Turn) -> str:
    def kept(found: re.Match[str]) -> str:
        return found.group() if _may_link(found, turn.settings.hosts) else _GONE

    return _LINK.sub(kept, _IMAGE.sub("", said)).strip()


def _may_link(found: re.Match[str], allowed: set[str] | frozenset[str]) -> bool:
    if found["script"]:
        return False
    target = found["target"] or found["bare"]
    if target.startswith(("/", "#")) and not target.startswith("//"):
        return True  # a page of this very house
    host = _host(target)
    if not host or (":" in target.split("/")[0] and not target.lower().startswith(("http://", "https://"))):
        return False
    return host in allowed or any(host.endswith(f".{one}") for one in allowed) or _is_at_home(host)


def _host(url: str) -> str:
    """The host of a link, small; "" where it has none."""
    if not re.match(r"[a-z][a-z\d+.-]*://|//", url, re.IGNORECASE):
        url = f"//{url}" if "." in url.split("/")[0] else url
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def _is_at_home(host: str) -> bool:
    """Whether it is an address in the reader's own network, such as their router's."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return False
