"""Tools that read the wiki. Customers see public pages alone; staff see internal ones too."""

from typing import Annotated, Any

from pydantic import Field

from knowledge.errors import PageNotFound
from knowledge.hit import Hit
from knowledge.page import Audience, Page
from tools.arguments import PageId
from tools.errors import NotInThread
from tools.labels import Confidentiality, Integrity, Label, Value
from tools.outcome import Outcome, Passage, Shown
from tools.phrasing import joined, quoted
from tools.tool import Risk, ToolContext, tool


@tool(
    "Look it up in the help pages",
    risk=Risk.READ,
    asked=(
        "How does this work?",
        "What are your rules on that?",
        "Explain how to set it up",
        "What does it cost and how long does it take?",
        "Look it up in the help pages",
        "Is it allowed, and under which conditions?",
        "Tell me the steps to fix it myself",
        "How do I do that?",
        "How much is it?",
        "What do you charge for that?",
        "How long does that take?",
        "What happens if I do that?",
        "Can I do that with my plan?",
        "Which one is better for me?",
        "What does this light or message mean?",
        "How many can I have?",
        "Until when is that possible?",
        "Is that included or does it cost extra?",
        "Do you offer that?",
        "Where can I find this setting?",
        "Who may do that?",
        "What are your opening hours?",
        "Something does not work, what can I do?",
        "What do I have to do when I move or travel?",
    ),
)
def search_wiki(
    context: ToolContext,
    query: Annotated[
        str, Field(description="What to look for, in a few words of the question.", min_length=1, max_length=500)
    ],
) -> Outcome:
    """Search the help pages for rules, prices, deadlines, how-tos and troubleshooting.

    They hold nothing about the caller's own account.
    """
    hits = context.index.search(
        query,
        collection=context.collection,
        k=context.passages or context.settings.search_passages,
        audiences=context.principal.audiences,
    )
    if not hits:
        return Outcome(
            status="ok", sentence="The help pages have nothing on that.", data={"passages": []}, found=False, values=()
        )
    titles = list(dict.fromkeys(f"“{hit.title}”" for hit in hits))
    return Outcome(
        status="ok",
        sentence=f"The help pages say, in “{hits[0].title}”: {quoted(hits[0].text, 300)} See {joined(titles[:3])}.",
        data={"passages": [_brief(hit) for hit in hits]},
        shown=tuple({hit.page_id: Shown(kind="page", id=hit.page_id, label=hit.title) for hit in hits}.values()),
        passages=tuple(passage(hit) for hit in hits),
        found=True,
        values=tuple(_value(hit.title, f"{' '.join(hit.heading)}\n{hit.text}", hit.audience) for hit in hits),
    )


@tool(
    "Read a help page",
    risk=Risk.READ,
    asked=(
        "Show me the whole page",
        "Read that article in full",
        "What else does that page say?",
        "Give me the complete instructions from that page",
    ),
)
def read_page(context: ToolContext, page_id: PageId) -> Outcome:
    """Read one help page in full, after a search has named it."""
    try:
        page = context.index.page(page_id, collection=context.collection, audiences=context.principal.audiences)
    except PageNotFound as error:
        raise NotInThread("page", page_id) from error
    return Outcome(
        status="ok",
        sentence=f"The page “{page.title}” says: {quoted(page.text, 400)}",
        data={"page": page.id, "title": page.title, "url": page.url, "text": page.text},
        shown=(Shown(kind="page", id=page.id, label=page.title),),
        passages=(_whole(page),),
        found=True,
        values=(_value(page.title, page.text, page.audience),),
    )


def _value(title: str, text: str, audience: Audience) -> Value:
    reader = Confidentiality.PUBLIC if audience is Audience.PUBLIC else Confidentiality.INTERNAL
    label = Label(integrity=Integrity.WIKI, confidentiality=reader)
    return Value(text=f"{title}\n{text}", label=label, source=f"the page {quoted(title)}")


def _brief(hit: Hit) -> dict[str, Any]:
    return {"page": hit.page_id, "title": hit.title, "heading": list(hit.heading), "url": hit.url, "text": hit.text}


def passage(hit: Hit) -> Passage:
    """What a search found, as the rooms above know it."""
    return Passage.model_validate(hit, from_attributes=True)


def _whole(page: Page) -> Passage:
    """The page as one passage; it was asked for by name, so it scores full marks."""
    return Passage(
        chunk_id=page.id,
        page_id=page.id,
        collection=page.collection,
        title=page.title,
        heading=(),
        url=page.url,
        text=page.text,
        score=1.0,
        dense=1.0,
        coverage=1.0,
        audience=page.audience.value,
        owner=page.owner,
        updated=page.updated,
        superseded=page.superseded_by is not None,
    )
