"""Rebuild: whatever is derived from the stored pages is made anew and swapped in at once."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from knowledge import records, vectors
from knowledge.index import Index
from knowledge.truth import Truth

Progress = Callable[[int, int, str], None]


def rebuild(index: Index, progress: Progress | None = None) -> int:
    """Make words, full text, counts and missing vectors anew, then all of Chroma; how many vectors were embedded.

    Searches go on meanwhile with what was there. `progress` is told (chunks embedded, in all, what is being done).
    Raises IndexReadOnly, IndexNotWritable, EncoderUnavailable.
    """
    tell = progress or (lambda done, total, label: None)
    made = 0
    with index.owner.changing:
        for info in index.collections():
            tell(0, info.chunks, f"mending {info.name}")
            made += _mend(index, index.truth(info.name), tell)
        tell(made, made, "writing the vector index")
        index.rebuild()
    return made


def _mend(index: Index, truth: Truth, tell: Progress) -> int:
    with truth.reading() as connection:
        built = vectors.built(connection)
        keys = {}  # by the chunk's row
        texts = {}
        for row, text in vectors.embedded_texts(connection):
            keys[row] = vectors.key(built, text)
            texts[keys[row]] = text
        bad = set(vectors.unsound(connection, built))
        fresh = sorted(vectors.missing(connection, texts) | bad.intersection(texts))
    size = index.settings.commit_chunks
    made: dict[str, NDArray[np.float32]] = {}
    for start in range(0, len(fresh), size):
        group = fresh[start : start + size]
        tell(start, len(fresh), f"embedding for {truth.collection}")
        new = index.encoder(truth.collection).embed([texts[key] for key in group])
        built.check_dimensions(truth.collection, new)
        made.update(zip(group, new, strict=True))
    with truth.writing() as connection:
        vectors.replace(connection, made)
        records.mend(connection, keys)
        vectors.remove_unused(connection)
        records.mark_changed(connection)
    return len(fresh)
