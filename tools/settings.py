"""Settings of this room; each is an environment variable DESKMATE_TOOLS_… or a line in `.env`."""

from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class ToolSettings(BaseSettings):
    """Where the desk keeps its data, and the company rules that are numbers."""

    model_config = SettingsConfigDict(
        env_prefix="DESKMATE_TOOLS_", env_file=".env", extra="ignore", populate_by_name=True, frozen=True
    )

    data_dir: Path = Field(
        default=Path(".deskmate"), validation_alias="DESKMATE_DATA_DIR", description="Directory of everything stored."
    )
    database_url: str = Field(
        default="",
        description="SQLAlchemy URL of the desk's database; empty means the SQLite file desk.sqlite in the data "
        "directory.",
    )
    time_zone: str = Field(default="Europe/Berlin", description="IANA time zone of business hours and of times shown.")
    confirmation_minutes: int = Field(
        default=30, ge=1, description="How long a customer's confirmation may take before it is asked again (minutes)."
    )
    approval_minutes: int = Field(
        default=1440, ge=1, description="How long a staff approval may take before it is asked again (minutes)."
    )
    return_days: int = Field(default=30, ge=0, description="Devices may be returned this long after delivery (days).")
    refund_working_days: int = Field(
        default=5, ge=0, description="A refund is paid this long after its approval (working days, Monday to Friday)."
    )
    policies: Path | None = Field(
        default=None,
        description="Folder with the company's own policies (*.cedar) instead of those that come with Deskmate.",
    )
    search_passages: int = Field(default=12, ge=1, le=20, description="Passages that one wiki search returns (count).")
    listed: int = Field(default=5, ge=1, le=20, description="Items named in one sentence before the rest is counted.")

    pii: str = Field(
        default="builtin",
        pattern=r"^(builtin|presidio(/[\w.-]+)?)$",
        description="What finds personal data in logs and exports: builtin, presidio (the extra `pii`), or "
        "presidio/MODEL with a spaCy model, which finds names too.",
    )
    desk: str = Field(
        default="sql",
        description="Ticket system that gets every ticket too: sql (none, Deskmate's own desk), request_tracker, "
        "zammad, jira, zendesk or github.",
    )
    desk_url: str = Field(
        default="",
        description="Address of the ticket system, such as https://desk.example.com; for github that of a repository: "
        "https://api.github.com/repos/OWNER/NAME.",
    )
    desk_user: str = Field(
        default="", description="Name of Deskmate's account there, where the system wants one beside the secret."
    )
    desk_token: SecretStr = Field(default=SecretStr(""), description="Secret of that account: a token or a password.")
    desk_mapping: Path | None = Field(
        default=None, description="Mapping file (TOML) in place of the one that Deskmate brings for the system."
    )
    desk_seconds: float = Field(default=20, gt=0, description="Longest wait for the ticket system's answer (seconds).")
    desk_page: int = Field(default=100, ge=1, le=100, description="Tickets asked for at once (count).")
    desk_settle_seconds: float = Field(
        default=60,
        ge=0,
        description="After a write without an answer: how long until a look decides that it did not arrive (seconds).",
    )
    desk_poll_seconds: float = Field(
        default=5, gt=0, description="How often the service looks for something to send to the ticket system (seconds)."
    )

    desk_read_seconds: float = Field(
        default=3,
        ge=0,
        description="How long looking at tickets may wait for their state in the ticket system (seconds); 0: what "
        "colleagues change there is not read.",
    )

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"{name!r} is no time zone known here; use an IANA name such as Europe/Berlin") from error
        return name

    @field_validator("policies", mode="before")
    @classmethod
    def _none_if_empty(cls, folder: object) -> object:
        return folder or None

    @property
    def url(self) -> str:
        """The database URL in force."""
        return self.database_url or f"sqlite:///{self.data_dir / 'desk.sqlite'}"

    @property
    def desk_elsewhere(self) -> bool:
        """Whether a ticket system elsewhere gets every ticket too."""
        return self.desk != "sql"

    @property
    def zone(self) -> ZoneInfo:
        """The time zone as an object."""
        return ZoneInfo(self.time_zone)
