"""Another encoder for a collection: all vectors are made anew beside the old ones, then swapped in at once."""

from collections.abc import Callable, Iterator
from itertools import islice

from knowledge import records, vectors
from knowledge.encoder import Built, Encoder, built_by, open_encoder
from knowledge.index import Index
from knowledge.truth import Truth

Progress = Callable[[int, int], None]


def reembed(index: Index, collection: str, encoder: str, progress: Progress | None = None) -> int:
    """Give a collection the vectors of another encoder; how many were made. `progress` is told (chunks done, in all).

    Searches use the old vectors until the new ones are whole. After a stop in between the old index stands as it was,
    and the next call goes on from there. Raises CollectionNotFound, EncoderUnknown, EncoderMissing, EncoderUnavailable,
    IndexReadOnly, IndexNotWritable.
    """
    with index.owner.changing:
        truth = index.truth(collection)
        opened = open_encoder(encoder, index.settings)
        wanted = built_by(opened)
        with truth.reading() as connection:
            changed = vectors.built(connection) != wanted
        if not changed:
            return 0
        made = _Draft(index, truth, opened, wanted, progress).write()
        index.rebuild()
    return made


class _Draft:
    """New vectors, stored under new keys, where no chunk uses them yet."""

    def __init__(self, index: Index, truth: Truth, encoder: Encoder, built: Built, progress: Progress | None) -> None:
        self._group = index.settings.commit_chunks
        self._truth = truth
        self._encoder = encoder
        self._built = built
        self._progress = progress or (lambda done, total: None)

    def write(self) -> int:
        """Make every vector, then give them to the chunks in one transaction."""
        made = 0
        keys: dict[int, str] = {}  # by the chunk's row
        with self._truth.reading() as view:  # nobody else writes: the caller holds the index
            total = records.chunk_count(view)
            for group in _groups(vectors.embedded_texts(view), self._group):
                texts = {vectors.key(self._built, text): text for _, text in group}
                made += self._add(texts, len(keys), total)
                keys |= {row: vectors.key(self._built, text) for row, text in group}
                self._progress(len(keys), total)
        with self._truth.writing() as connection:
            vectors.swap(connection, keys, self._built)
            records.mark_changed(connection)
        return made

    def _add(self, texts: dict[str, str], done: int, total: int) -> int:
        with self._truth.reading() as connection:
            fresh = sorted(vectors.missing(connection, texts))
        if fresh:
            new = self._encoder.embed([texts[key] for key in fresh], lambda n: self._progress(done + n, total))
            self._built.check_dimensions(self._truth.collection, new)
            with self._truth.writing() as connection:
                vectors.add(connection, dict(zip(fresh, new, strict=True)))
        return len(fresh)


def _groups(items: Iterator[tuple[int, str]], size: int) -> Iterator[list[tuple[int, str]]]:
    while group := list(islice(items, size)):
        yield group
