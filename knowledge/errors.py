"""The errors of this room. Each message is a sentence that says what is wrong, where, and what to do."""


class KnowledgeError(Exception):
    """Base of every error that the knowledge room raises on purpose."""


class IndexLocked(KnowledgeError):
    """Another process owns the index for writing."""


class IndexVersionError(KnowledgeError):
    """The index on disk was built with another layout."""


class IndexNotWritable(KnowledgeError):
    """The data directory cannot be created or written."""


class IndexReadOnly(KnowledgeError):
    """A writing call on an index that was opened for reading."""


class CollectionNotFound(KnowledgeError):
    """No wiki of that name has been ingested."""


class CollectionNameError(KnowledgeError):
    """A collection name that cannot be used."""


class PageNotFound(KnowledgeError):
    """No such page, or none that this caller may see."""


class SourceError(KnowledgeError):
    """The folder to ingest is missing, or yields no page."""


class SourceUnavailable(SourceError):
    """A source does not answer, or not completely: what was indexed of it stays as it is."""


class SourceShrunk(SourceError):
    """A source lost so many pages at once that they are not removed unasked."""


class SourcesError(KnowledgeError):
    """sources.toml cannot be read, or an entry of it does not hold."""


class SourceNotFound(KnowledgeError):
    """No source of that name stands in sources.toml."""


class EngineMissing(KnowledgeError):
    """What was asked to do the work of an ingest is not installed."""


class PageSkipped(KnowledgeError):
    """One file cannot become a page; the ingest goes on without it."""


class EncoderMissing(KnowledgeError):
    """The package that carries the sentence encoder's weights is not installed or is damaged."""


class EncoderUnknown(KnowledgeError):
    """A string that names no encoder."""


class EncoderUnavailable(KnowledgeError):
    """The server that embeds does not answer, or cannot do what was asked."""


class EncoderMismatch(KnowledgeError):
    """Another encoder than the one that built a collection."""
