"""What a source of pages must be able to do: list everything that is there now, and read one page of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Protocol

from knowledge.page import Audience


class Skip(NamedTuple):
    """Something in the source that did not become a page, and why (the end of a sentence that begins with its name)."""

    path: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Listed:
    """One page that is there now.

    `key` is its stable name inside the source: a path, or the id that the source itself uses. `version` changes
    whenever anything does that `read` returns (a revision, a commit's blob); a page whose version is known is not read
    again. Where it is '', the page is read each time and what was read is compared.
    """

    key: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a source says of one page. `media` names the form of `data`: one of `knowledge.parsers.MEDIA`.

    The fields that are not None hold whatever the text itself says. Only the audience is taken together: a page that
    the source or its own text calls internal is internal. `page_id` is the page's name in Deskmate, in links and
    citations; without one it is the id of the front matter, or the key without its suffix.
    """

    key: str
    data: bytes
    media: str
    title: str | None = None
    url: str | None = None
    audience: Audience | None = None
    owner: str | None = None
    updated: date | None = None
    page_id: str | None = None


class Connector(Protocol):
    """One source, open. It is used from one thread at a time."""

    @property
    def name(self) -> str:
        """The source's name in sources.toml. Pages are remembered under it, so each source removes only its own."""

    @property
    def address(self) -> str:
        """What people call the place (a path, a URL), for messages."""

    def pages(self) -> Iterator[Listed | Skip]:
        """Everything that is there now, in a stable order; a Skip for what stands there and can be no page.

        What is not named here is removed from the index. So this never ends early: it raises SourceUnavailable where
        the source cannot be listed completely, and SourceError where it is not set up rightly.
        """

    def read(self, listed: Listed) -> Fetched:
        """The page as it is now.

        Raises PageSkipped for what is no page: it is named in the report, and what was indexed of it before stays.
        Raises SourceUnavailable where the source does not answer (after the connector's own retries): the page counts
        as failed and stays as it was.
        """

    def close(self) -> None:
        """Let go of files and connections."""
