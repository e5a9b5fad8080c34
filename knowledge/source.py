"""What a fetched page says: its text, its title, who may read it."""

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from urllib.parse import quote

from knowledge import frontmatter
from knowledge.blocks import Block, Document, Placed, place, without_title
from knowledge.connectors.connector import Fetched
from knowledge.errors import PageSkipped
from knowledge.page import Audience, Page, Trust
from knowledge.parsers import MEDIA, parse


@dataclass(frozen=True, slots=True)
class PageRules:
    """What holds for the pages of a source. `internal` are patterns of keys, such as 'staff/*' ('*' also spans '/')."""

    audience: Audience = Audience.PUBLIC  # of pages that nobody speaks about
    internal: tuple[str, ...] = ()
    owner: str | None = None  # of pages that name none

    def audience_of(self, fetched: Fetched, own: Audience | None) -> Audience:
        """Who may read the page. Where the source, a pattern or the page itself says internal, it is internal."""
        spoken = {fetched.audience, own} - {None}
        if Audience.INTERNAL in spoken or self.says_internal(fetched.key):
            return Audience.INTERNAL
        return Audience.PUBLIC if spoken else self.audience

    def says_internal(self, key: str) -> bool:
        """Whether a pattern calls the page internal."""
        return any(fnmatchcase(key, pattern) for pattern in self.internal)


@dataclass(frozen=True, slots=True)
class ParsedPage:
    """A page and where its blocks stand in its text."""

    page: Page
    placed: list[Placed]


def parse_page(fetched: Fetched, *, collection: str, rules: PageRules) -> ParsedPage:
    """The page that was fetched. Raises PageSkipped, with a sentence, if it is none."""
    document, values = parse(fetched.media, fetched.data)
    matter = frontmatter.read(values)
    title = fetched.title or _title(matter, document, fetched.key)
    url = frontmatter.page_url(fetched.url) or matter.url
    text, placed = place(without_title(document.blocks if url else _without_anchors(document.blocks), title))
    if not text:
        raise PageSkipped("it holds no text.")
    page_id = frontmatter.page_id(fetched.page_id) or matter.id or _without_suffix(fetched.key)
    page = Page(
        id=page_id,
        collection=collection,
        title=title,
        text=text,
        url=url or f"/wiki/{collection}/{quote(page_id)}",
        audience=rules.audience_of(fetched, matter.audience),
        owner=fetched.owner or matter.owner or rules.owner,
        updated=fetched.updated or matter.updated,
        superseded_by=matter.superseded_by,
        review_by=matter.review_by,
        trust=matter.trust or Trust.REVIEWED,
    )
    return ParsedPage(page, placed)


def _without_anchors(blocks: list[Block]) -> list[Block]:
    """A page that is shown by Deskmate itself has anchors made from its headings alone."""
    return [replace(block, anchor="") if block.anchor else block for block in blocks]


def _without_suffix(key: str) -> str:
    suffix = PurePosixPath(key).suffix
    return key.removesuffix(suffix) if suffix.lower() in MEDIA else key


def _title(matter: frontmatter.FrontMatter, document: Document, key: str) -> str:
    path = PurePosixPath(_without_suffix(key))
    name = path.parent.name if path.name == "index" and "/" in key else path.name
    return matter.title or document.title or name.replace("-", " ").replace("_", " ").strip().capitalize()
