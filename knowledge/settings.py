"""Settings of the knowledge room, read from the environment and `.env`."""

import os
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from knowledge.ollama_address import DEFAULT_OLLAMA, OllamaUrl


class KnowledgeSettings(BaseSettings):
    """Every knob of ingest and search. The defaults are the measured best on the labelled development sets."""

    model_config = SettingsConfigDict(
        env_prefix="DESKMATE_KNOWLEDGE_", env_file=".env", extra="ignore", populate_by_name=True, frozen=True
    )

    data_dir: Path = Field(
        default=Path(".deskmate"),
        validation_alias="DESKMATE_DATA_DIR",
        description="Folder that holds all data of Deskmate; the index lives in its subfolder 'knowledge'.",
    )
    encoder: str = Field(
        default="",
        description="Sentence encoder: minilm (built in) or ollama/NAME. Where empty, each wiki keeps the one that "
        "built it, and a new wiki gets minilm.",
    )
    ollama_base_url: OllamaUrl = DEFAULT_OLLAMA
    ollama_seconds: float = Field(
        default=180,
        gt=0,
        description="Longest wait for Ollama's vectors of eight texts (seconds); loading the model counts.",
    )
    chunk_tokens: int = Field(
        default=200, ge=32, le=240, description="Longest chunk, in tokens of minilm (it reads 256 at once)."
    )
    page_limit: int = Field(
        default=2_000_000, ge=1, description="Largest page file, in bytes; larger ones are skipped."
    )
    exact_limit: int = Field(
        default=100_000,
        ge=0,
        description="Collections up to this many chunks are searched exactly, larger ones by Chroma.",
    )
    candidates: int = Field(
        default=300, ge=10, le=10_000, description="How many full-text (and Chroma) matches enter the fused ranking."
    )
    dense_weight: float = Field(default=1.0, ge=0, description="Weight of a chunk's cosine.")
    chunk_weight: float = Field(default=0.35, ge=0, description="Weight of a chunk's BM25 score beside its cosine.")
    page_weight: float = Field(
        default=0.2, ge=0, description="Weight of the whole page's BM25 score beside the cosine."
    )
    title_weight: float = Field(default=0.15, ge=0, description="Weight of how well the page's title fits the query.")
    pair_words: bool = Field(
        default=True,
        description="Whether words that stand side by side in the query count again where they do in a chunk.",
    )
    mend_words: bool = Field(
        default=True,
        description="Whether words that a wiki does not know are looked up without typing errors, apart or together.",
    )
    history_weight: float = Field(
        default=0.25,
        ge=0,
        description="Weight of the vector of the query below the turn before it, beside the query's own.",
    )
    collapse: bool = Field(default=True, description="Whether passages that say the same on several pages are one hit.")
    overdue_penalty: float = Field(
        default=0.05, ge=0, description="Taken from the fused score of pages past the date of their review."
    )
    superseded_penalty: float = Field(
        default=0.2, ge=0, description="Taken from the fused score of pages that name a successor."
    )
    threads: int = Field(default=min(os.cpu_count() or 1, 4), ge=1, le=64, description="Threads that minilm may use.")
    embed_batch: int = Field(default=8, ge=1, le=512, description="Texts that minilm reads at once.")
    commit_chunks: int = Field(
        default=256, ge=1, description="An ingest commits pages in groups of about this many new chunks."
    )

    @property
    def folder(self) -> Path:
        """Where the index lives."""
        return self.data_dir / "knowledge"
