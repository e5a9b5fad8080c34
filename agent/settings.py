"""Settings of the agent: limits of a turn, the default model, where state stands."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class AgentSettings(BaseSettings):
    """Read from the environment and `.env`, prefix `DESKMATE_AGENT_`."""

    model_config = SettingsConfigDict(
        env_prefix="DESKMATE_AGENT_", env_file=".env", extra="ignore", populate_by_name=True
    )

    data_dir: Path = Field(
        Path(".deskmate"), validation_alias="DESKMATE_DATA_DIR", description="Folder of databases, index and keys."
    )
    model: str = Field(
        "auto",
        description="Model for new runs: auto, offline, ollama/NAME or openai/NAME@URL; a comma before a stand-in.",
    )
    collection: str = Field("demo", description="Wiki that new threads search.")
    max_message: int = Field(8_000, gt=0, description="Longest message, in characters.")
    max_steps: int = Field(8, gt=0, description="Most steps of one plan.")
    max_calls: int = Field(16, gt=0, description="Most tool calls of one turn.")
    turn_seconds: float = Field(
        180, gt=0, description="Time for one message (seconds); then the built-in model makes what is left of it."
    )
    history_turns: int = Field(12, ge=1, description="Most earlier turns that a model sees, in turns.")
    offered: int = Field(6, gt=0, description="Most sentences of one search offered to a model for one reply.")
    searches: int = Field(
        2, ge=0, description="Most searches of one turn in a model's own words, where its profile lets it word them."
    )
    link_hosts: str = Field(
        "",
        description="Hosts that a reply may link to, with commas between; their subdomains count too. Besides these it "
        "may link to the pages that it cites.",
    )
    reading: int = Field(
        10,
        ge=0,
        description="Most searches of one turn, those for what is asked included, where a case needs more pages than "
        "one search finds and what was read names the next one. 0: nothing is read on.",
    )
    lease: float = Field(60, gt=5, description="How long a writer holds a thread without a sign of life, in seconds.")

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts that a reply may link to."""
        return frozenset(host.strip().lower() for host in self.link_hosts.split(",") if host.strip())
