"""What clients send and receive, apart from the run object, which is `agent.run.RunResult`."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from agent.views import ThreadSummary
from api.keys import Scope
from knowledge.confidence import confidence
from knowledge.hit import Hit
from knowledge.page import Page
from knowledge.quotation import Place
from tools.desk import TicketSummary
from tools.principal import Role


class Sent(BaseModel):
    """A request body: an unknown field is an error, so that a typing mistake is not ignored in silence."""

    model_config = ConfigDict(extra="forbid")


class NewThread(Sent):
    """How to start a thread."""

    collection: str | None = Field(
        default=None,
        min_length=1,
        max_length=64,
        description="Wiki that the thread answers from; the default one if left out.",
        examples=["demo"],
    )


class ThreadList(BaseModel):
    """Threads, newest first."""

    data: tuple[ThreadSummary, ...] = Field(
        description="One line a thread.",
        examples=[[{"thread_id": "th_4c1f0a", "customer": "C-1001", "status": "completed", "subject": "Late fee?"}]],
    )


class ThreadCreated(BaseModel):
    """A thread that was just made."""

    thread_id: str = Field(description="Id of the thread, for all further calls.", examples=["th_7f3a"])


class RunInput(Sent):
    """What the customer says."""

    message: str = Field(
        min_length=1,
        description="The customer's message, in their words.",
        examples=["My internet is down in Harbour Quarter. Is there an outage?"],
    )


class NewRun(Sent):
    """One message to a thread."""

    input: RunInput = Field(description="What the run answers.", examples=[{"message": "How do I reset my Hub 6?"}])
    model: str | None = Field(
        default=None,
        max_length=300,
        description="Model for this run, one of GET /v1/models; the default one if left out.",
        examples=["offline"],
    )


class Approve(Sent):
    """Let the action happen."""

    type: Literal["approve"] = Field(description="The decision.", examples=["approve"])


class Reject(Sent):
    """Do not let the action happen."""

    type: Literal["reject"] = Field(description="The decision.", examples=["reject"])
    message: str | None = Field(
        default=None, max_length=1000, description="Why not; told to the agent.", examples=["Keep the old address."]
    )


Decision = Annotated[Approve | Reject, Field(discriminator="type")]


class Decisions(Sent):
    """One decision for each pending action, in their order."""

    decisions: list[Decision] = Field(
        min_length=1,
        max_length=32,
        description="One decision for each entry of `pending.action_requests`, in the same order.",
        examples=[[{"type": "approve"}]],
    )


class ModelView(BaseModel):
    """A model that runs may name."""

    id: str = Field(description="What to send as `model`.", examples=["offline"])
    object: Literal["model"] = Field(default="model", description="Always 'model'.", examples=["model"])
    created: int = Field(description="When it became known here (Unix seconds).", examples=[1764000000])
    owned_by: str = Field(description="What kind of model it is: who serves it.", examples=["offline"])
    note: str = Field(description="What to know about it.", examples=["no language model: built-in matcher"])
    default: bool = Field(description="Whether runs that name no model use it.", examples=[True])


class ModelList(BaseModel):
    """The models, in the form that OpenAI clients read."""

    object: Literal["list"] = Field(default="list", description="Always 'list'.", examples=["list"])
    data: list[ModelView] = Field(description="The models.", examples=[[]])


class SearchHit(BaseModel):
    """A passage of the wiki."""

    page: str = Field(
        validation_alias="page_id", description="Page id inside its collection.", examples=["billing/late-fees"]
    )
    title: str = Field(description="The page's title.", examples=["Late fees"])
    heading: list[str] = Field(
        description="Headings above the passage, outermost first.", examples=[["When a fee is charged"]]
    )
    url: str = Field(
        description="Link to the passage.", examples=["/wiki/demo/billing/late-fees#when-a-fee-is-charged"]
    )
    text: str = Field(
        description="The passage as it stands on the page.",
        examples=["A late fee of €7.50 is charged once an invoice is more than 14 days overdue."],
    )
    score: float = Field(description="Fused rank score; comparable within one search only.", examples=[0.032])
    updated: date | None = Field(description="When the page was last changed.", examples=["2026-09-14"])
    collection: str = Field(description="The wiki it stands in.", examples=["demo"])
    owner: str | None = Field(description="Who keeps the page.", examples=["billing"])
    audience: str = Field(description="`public`, or `internal` for staff only.", examples=["public"])
    trust: str = Field(
        description="`reviewed` for the company's own wiki, `external` for others' words.", examples=["reviewed"]
    )
    superseded: bool = Field(description="Another page has replaced this one.", examples=[False])
    overdue: bool = Field(description="The page is past the date of its review.", examples=[False])
    also: list[str] = Field(description="Pages on which the same passage stands.", examples=[[]])

    @classmethod
    def from_hit(cls, hit: Hit) -> Self:
        """The passage that ``hit`` found."""
        found = cls.model_validate(hit, from_attributes=True)
        return found.model_copy(update={"score": round(hit.score, 4)})


class SearchResult(BaseModel):
    """Answer of a search."""

    query: str = Field(description="What was searched for.", examples=["late fee"])
    collection: str = Field(description="Where.", examples=["demo"])
    hits: list[SearchHit] = Field(description="Passages, best first.", examples=[[]])
    confidence: float = Field(
        description="How likely the wiki speaks of what was asked, 0 to 1; below 0.5 nothing relevant was found. "
        "Calibrated on the built-in encoder.",
        examples=[0.97],
    )

    @classmethod
    def from_hits(cls, query: str, collection: str, hits: Sequence[Hit]) -> Self:
        """The answer of these hits, best first."""
        found = [SearchHit.from_hit(hit) for hit in hits]
        return cls(query=query, collection=collection, hits=found, confidence=round(confidence(hits), 2))


class QuotedPlace(BaseModel):
    """Where quoted words stand on a page."""

    start: int = Field(description="First character, counted from 0 (Unicode code points).", examples=[25])
    end: int = Field(description="The character after the last one.", examples=[97])
    heading: list[str] = Field(
        description="Headings above the words, outermost first.", examples=[["When a fee is charged"]]
    )
    url: str = Field(
        description="Link to that section.", examples=["/wiki/demo/billing/late-fees#when-a-fee-is-charged"]
    )


class PageView(BaseModel):
    """A wiki page as plain text."""

    page: str = Field(
        validation_alias="id", description="Page id inside its collection.", examples=["billing/late-fees"]
    )
    collection: str = Field(description="The wiki it belongs to.", examples=["demo"])
    title: str = Field(description="The page's title.", examples=["Late fees"])
    text: str = Field(
        description="Plain text; headings are '## …' lines, list items '- …' lines.",
        examples=["## When a fee is charged\nA late fee of €7.50 is charged once …"],
    )
    url: str = Field(description="Link to the page.", examples=["/wiki/demo/billing/late-fees"])
    audience: str = Field(description="Who may read it: public or internal.", examples=["public"])
    owner: str | None = Field(description="Team that keeps it up to date.", examples=["billing"])
    updated: date | None = Field(description="When it was last changed.", examples=["2026-09-14"])
    superseded_by: str | None = Field(description="Page that replaces it.", examples=[None])
    trust: str = Field(
        description="`reviewed` for the company's own wiki, `external` for others' words.", examples=["reviewed"]
    )
    review_by: date | None = Field(description="Day until which it holds without a new look.", examples=["2027-03-01"])
    quoted: QuotedPlace | None = Field(
        default=None,
        description="Where the words of `quote` stand in `text`; null where none were sent, or they are not there.",
        examples=[
            {
                "start": 25,
                "end": 97,
                "heading": ["When a fee is charged"],
                "url": "/wiki/demo/billing/late-fees#when-a-fee-is-charged",
            }
        ],
    )

    @classmethod
    def from_page(cls, page: Page, place: Place | None = None) -> Self:
        """The view of ``page``, with the place of what was quoted."""
        view = cls.model_validate(page, from_attributes=True)
        return view.model_copy(update={"quoted": QuotedPlace(**asdict(place)) if place else None})


class CollectionView(BaseModel):
    """A wiki that the caller may search."""

    name: str = Field(description="What to send as `collection`.", examples=["demo"])
    pages: int = Field(description="Pages that the caller may read.", examples=[41])
    default: bool = Field(description="Whether it is searched where none is named.", examples=[True])


class CollectionList(BaseModel):
    """The wikis, by name."""

    data: list[CollectionView] = Field(
        description="The wikis.", examples=[[{"name": "demo", "pages": 41, "default": True}]]
    )


class Check(BaseModel):
    """One thing that the service needs."""

    ok: bool = Field(description="Whether it is there.", examples=[True])
    detail: str = Field(description="What was found, in a sentence.", examples=["45 pages in 1 wiki."])


class Ready(BaseModel):
    """Whether the service can answer customers."""

    status: Literal["ready"] = Field(default="ready", description="Always 'ready'.", examples=["ready"])
    checks: dict[str, Check] = Field(
        description="What was looked at: index, database, model.",
        examples=[{"index": {"ok": True, "detail": "45 pages in 1 wiki."}}],
    )


class Healthy(BaseModel):
    """The process answers."""

    status: Literal["ok"] = Field(default="ok", description="Always 'ok'.", examples=["ok"])


class TicketList(BaseModel):
    """Tickets, newest first."""

    data: list[TicketSummary] = Field(description="The tickets.", examples=[[]])


class DemoKey(BaseModel):
    """A ready-made key."""

    key: str = Field(description="The API key.", examples=["dm_1a2b3c4d_…"])
    subject: str = Field(description="Whose key it is.", examples=["C-1001"])


class DemoSession(BaseModel):
    """The two demo keys, for the page that this server serves."""

    customer: DemoKey = Field(description="A demo customer's.", examples=[{"key": "dm_1a2b…", "subject": "C-1001"}])
    staff: DemoKey = Field(description="A demo colleague's.", examples=[{"key": "dm_5e6f…", "subject": "S-01"}])


class Me(BaseModel):
    """Who the caller's key stands for."""

    tenant: str = Field(description="The company.", examples=["demo"])
    subject: str = Field(description="Customer or staff number.", examples=["C-1001"])
    role: Role = Field(description="customer, staff or admin.", examples=["customer"])
    scopes: list[Scope] = Field(
        description="What the key may be used for.", examples=[["chat", "knowledge", "tickets"]]
    )
    expires: datetime | None = Field(description="When the key ends; null if never.", examples=["2027-01-31T00:00:00Z"])
