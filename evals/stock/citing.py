"""Which pages a free text cites. A stock agent has no citations of its own, so they are read off its words."""

import re

from agent.run import Citation
from evals.world import World
from knowledge.sentences import sentences

_NAMED = re.compile(r"[\[(]([\w./ #-]+)[\])]")
_WORD = re.compile(r"\w{3,}")


def cited(text: str, world: World) -> tuple[Citation, ...]:
    """Return a citation for each page that the text names in brackets.

    A page counts by its name, and its quote is the sentence of the page that is nearest to the text: the kindest
    reading. A name that is no page of this caller is kept without a quote, which no check of citations lets pass.
    """
    names = dict.fromkeys(_tidy(found) for found in _NAMED.findall(text))
    return tuple(found for name in names if "/" in name and (found := _citation(name, text, world)))


def _tidy(name: str) -> str:
    return name.strip().partition("#")[0].removeprefix("/wiki/").removesuffix(".md").strip("/ ")


def _citation(name: str, text: str, world: World) -> Citation:
    page = world.page(name) or world.page(name.removeprefix(f"{world.collection}/"))
    if page is None:
        return Citation(page=name, heading="", url="", quote="")
    said = set(_WORD.findall(text.lower()))
    nearest = max(sentences(page.text), key=lambda one: len(said & set(_WORD.findall(one.text.lower()))))
    return Citation(page=page.id, title=page.title, heading=nearest.heading or "", url=page.url, quote=nearest.quote)
