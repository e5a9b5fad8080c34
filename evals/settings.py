"""Settings of the evaluation harness: where suites, logs and the index stand, and the limits of one trial."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class EvalsSettings(BaseSettings):
    """Read from the environment and ``.env``, prefix ``DESKMATE_EVALS_``."""

    model_config = SettingsConfigDict(
        env_prefix="DESKMATE_EVALS_", env_file=".env", extra="ignore", populate_by_name=True, frozen=True
    )

    data_dir: Path = Field(
        default=Path(".deskmate"),
        validation_alias="DESKMATE_DATA_DIR",
        description="Folder that holds the shared index.",
    )
    index_dir: Path | None = Field(
        default=None,
        description="Data directory whose wikis the suites run on; empty: an index of the demo wiki of its own.",
    )
    suites_dir: Path = Field(
        default=Path(__file__).parent / "suites", description="Folder in which suites are looked up."
    )
    retrieval_dir: Path = Field(
        default=Path(__file__).parents[2] / "shared" / "data" / "retrieval",
        description="Folder of the labelled sets that `eval run retrieval` asks.",
    )
    log_dir: Path = Field(default=Path("logs"), description="Folder of Inspect's logs, for `inspect view`.")
    clock: str = Field(
        default="2026-03-04 10:00", description="Local time at which worlds stand still, unless a suite says another."
    )
    time_zone: str = Field(default="Europe/Berlin", description="IANA time zone of that clock.")
    turn_seconds: float = Field(default=300, gt=0, description="Longest time that one run may take (seconds).")
    trial_seconds: float = Field(
        default=900, gt=0, description="Longest time that all runs of one trial may take together (seconds)."
    )
    max_turns: int = Field(default=12, gt=0, description="Most turns of one trial (count).")
    parallel: int = Field(default=1, gt=0, description="Trials that run at the same time (count).")
    seed: int = Field(default=20260304, description="Seed of the random agent and of the mutations in `eval prove`.")

    def moment(self, text: str) -> datetime:
        """Read a local time such as ``2026-03-04 10:00``.

        Raises:
            ValueError: it is not a time.
        """
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(self.time_zone))
