"""From what a source says of a page to what the index stores of it: parsed, cut into chunks, each with its key."""

import hashlib
from dataclasses import dataclass
from typing import NamedTuple

from knowledge import vectors
from knowledge.chunks import Chunker
from knowledge.connectors.connector import Fetched, Listed, Skip
from knowledge.encoder import Built
from knowledge.errors import PageSkipped
from knowledge.minilm import count_tokens
from knowledge.records import Prepared
from knowledge.source import PageRules, parse_page

_FORMAT = 2  # raise it when parsing or chunking changes, so that unchanged pages are read again


class Task(NamedTuple):
    """A page that was read and is new, or other than it was. `stamp` is kept with it."""

    fetched: Fetched
    stamp: str


@dataclass(frozen=True, slots=True)
class Preparer:
    """How the pages of one source become pages of one collection. A value: equal ones make equal pages anywhere."""

    source: str
    collection: str
    rules: PageRules
    built: Built
    chunk_tokens: int

    def attempt(self, task: Task) -> Prepared | Skip:
        """The page, ready to be stored, or why there is none."""
        try:
            return self._prepare(task.fetched, task.stamp)
        except PageSkipped as skip:
            return Skip(task.fetched.key, str(skip))

    def _prepare(self, fetched: Fetched, stamp: str) -> Prepared:
        parsed = parse_page(fetched, collection=self.collection, rules=self.rules)
        chunks = Chunker(count_tokens, self.chunk_tokens).chunks(parsed.page.text, parsed.placed)
        texts = [chunk.embedded(parsed.page.title) for chunk in chunks]
        hashes = [vectors.key(self.built, text) for text in texts]
        return Prepared(self.source, fetched.key, stamp, self.digest(fetched), parsed.page, chunks, texts, hashes)

    def stamp(self, listed: Listed) -> str:
        """What stays the same as long as the page need not be read again; '' where only reading can tell."""
        return _hash(self._how(listed.key), listed.version) if listed.version else ""

    def digest(self, fetched: Fetched) -> str:
        """What stays the same as long as the page need not be parsed again. Its second half is its content."""
        how = _hash(self._how(fetched.key), repr((fetched.url, fetched.page_id)))
        return f"{how}.{content(fetched)}"

    def _how(self, key: str) -> str:
        return f"{_FORMAT} {self.chunk_tokens} {self.rules.audience} {self.rules.says_internal(key)} {self.rules.owner}"


def content(fetched: Fetched) -> str:
    """What stays the same when a page moves: all that is said of it, but for where it stands."""
    said = (fetched.media, fetched.title, fetched.audience, fetched.owner, fetched.updated)
    return hashlib.sha256(repr(said).encode() + b"\n" + fetched.data).hexdigest()


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
