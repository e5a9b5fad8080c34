"""What comes back from a tool call: facts for programs, and one sentence for the customer."""

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tools.labels import Value

OutcomeStatus = Literal["ok", "refused", "invalid", "needs_confirmation", "needs_approval", "failed"]


class Shown(BaseModel):
    """An identifier that the caller has now seen, and may therefore name in a later call of this thread."""

    model_config = ConfigDict(frozen=True)

    kind: str = Field(description="ticket, order or page")
    id: str
    label: str = Field(description="A few words that tell it from its neighbours.")


class Passage(BaseModel):
    """A passage of the wiki, the JSON form of `knowledge`'s Hit."""

    model_config = ConfigDict(frozen=True)

    chunk_id: str
    page_id: str
    collection: str
    title: str
    heading: tuple[str, ...]
    url: str
    text: str
    score: float
    dense: float
    coverage: float
    audience: str
    owner: str | None
    updated: date | None
    superseded: bool = False


class Outcome(BaseModel):
    """The result of one call."""

    model_config = ConfigDict(frozen=True)

    status: OutcomeStatus
    sentence: str = Field(description="What the customer may be told; for `invalid`, what the model must mend.")
    data: dict[str, Any] = Field(default_factory=dict, description="JSON for the model and the API.")
    shown: tuple[Shown, ...] = ()
    tickets: tuple[str, ...] = Field(default=(), description="Tickets that the call touched.")
    passages: tuple[Passage, ...] = ()
    found: bool | None = Field(default=None, description="Look-ups: was there something? None for writes.")
    question: str = Field(default="", description="Risky writes: what is asked before it is done.")
    values: tuple[Value, ...] | None = Field(
        default=None, exclude=True, description="What was read, labelled. An `ok` without it passes no gate."
    )
