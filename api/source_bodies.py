"""What REST says of the sources that wikis are filled from."""

from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, Field

from knowledge.sync import SyncResult


class PageTrouble(BaseModel):
    """Something in a source that did not become a page."""

    page: str = Field(description="Its name inside the source.", examples=["staff/rota.docx"])
    reason: str = Field(description="Why, in a sentence.", examples=["it is not a Markdown, HTML or text file."])


class SyncView(BaseModel):
    """How the last sync of a source went. Counts are pages, but for `embedded`."""

    started: datetime = Field(description="When it began.", examples=["2026-11-25T05:00:00Z"])
    seconds: float = Field(description="How long it took.", examples=[3.2])
    added: int = Field(description="New pages.", examples=[2])
    changed: int = Field(description="Pages that changed or moved.", examples=[5])
    removed: int = Field(description="Pages that are gone.", examples=[0])
    unchanged: int = Field(description="Pages that stayed as they were.", examples=[812])
    failed: int = Field(description="Pages that the source did not give; they stay as they were.", examples=[0])
    skipped: int = Field(description="What is there and can be no page.", examples=[1])
    embedded: int = Field(description="Passages that were new to the encoder.", examples=[9])
    error: str | None = Field(description="Why it could not be finished, in a sentence.", examples=[None])
    troubles: list[PageTrouble] = Field(
        description="The first of what failed or was skipped.",
        examples=[[{"page": "staff/rota.xlsx", "reason": "it is not a Markdown, HTML or text file."}]],
    )

    @classmethod
    def from_result(cls, result: SyncResult) -> Self:
        """The view of a result."""
        troubles = [PageTrouble(page=page, reason=sentence) for page, sentence in result.named]
        return cls(**result.model_dump(include=set(cls.model_fields) - {"troubles"}), troubles=troubles)


class SourceView(BaseModel):
    """A source of sources.toml, as it was when the service started."""

    name: str = Field(description="Its name.", examples=["handbook"])
    kind: str = Field(description="What it is.", examples=["folder"])
    collection: str = Field(description="The wiki that it fills.", examples=["help"])
    status: Literal["never", "syncing", "ok", "failed"] = Field(
        description="never: not synced yet; ok: the wiki equals the source; failed: the last sync was not whole.",
        examples=["ok"],
    )
    pages: int = Field(description="Pages of this source that can be found now.", examples=[819])
    refresh_seconds: int | None = Field(description="How often it is synced; null: only when asked.", examples=[3600])
    next_due: datetime | None = Field(description="When it is synced next.", examples=["2026-11-25T06:00:00Z"])
    last_good: datetime | None = Field(
        description="When the last sync began that was whole.", examples=["2026-11-25T05:00:00Z"]
    )
    last: SyncView | None = Field(
        description="The last sync, whole or not; null if there was none.",
        examples=[
            {
                "started": "2026-11-25T05:00:00Z",
                "seconds": 3.2,
                "added": 2,
                "changed": 5,
                "removed": 0,
                "unchanged": 812,
                "failed": 0,
                "skipped": 0,
                "embedded": 9,
                "error": None,
                "troubles": [],
            }
        ],
    )


class DroppedView(BaseModel):
    """Pages in a wiki whose source sources.toml no longer names for it. They can be found until they are removed."""

    name: str = Field(description="The source's name.", examples=["old-handbook"])
    collection: str = Field(description="The wiki that still holds its pages.", examples=["help"])
    pages: int = Field(description="How many.", examples=[212])
    remove: str = Field(description="The command that removes them.", examples=["deskmate sync --forget old-handbook"])


class SourceList(BaseModel):
    """The sources, in the order of sources.toml."""

    data: list[SourceView] = Field(description="The sources.", examples=[[]])
    dropped: list[DroppedView] = Field(
        description="What is still found though no source brings it any more.", examples=[[]]
    )
