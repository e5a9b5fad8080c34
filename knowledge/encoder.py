"""What turns texts into vectors, named by one string: `minilm` (built in) or `ollama/NAME`."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge.errors import EncoderMismatch, EncoderUnknown

if TYPE_CHECKING:
    from knowledge.settings import KnowledgeSettings

MINILM = "minilm"
OLLAMA = "ollama/"

Told = Callable[[int], None]
"""Is told how many texts are done, after each batch."""


class Encoder(Protocol):
    """Every vector has unit length. Safe to use from several threads."""

    @property
    def name(self) -> str:
        """The string that names it."""

    @property
    def dimensions(self) -> int:
        """Length of its vectors. Raises EncoderUnavailable."""

    def embed(self, texts: Sequence[str], told: Told | None = None) -> NDArray[np.float32]:
        """Vectors of passages (len(texts), dimensions). Raises EncoderUnavailable."""

    def query(self, text: str) -> NDArray[np.float32]:
        """The vector of a question (dimensions,). Raises EncoderUnavailable."""


def checked_encoder(name: str) -> str:
    """The name itself if it can name an encoder, else EncoderUnknown."""
    if name == MINILM or (name.startswith(OLLAMA) and name != OLLAMA):
        return name
    raise EncoderUnknown(f"There is no encoder '{name}': use '{MINILM}' or '{OLLAMA}NAME', as ollama/nomic-embed-text.")


class Built(NamedTuple):
    """Which encoder made the vectors of a collection."""

    encoder: str
    dimensions: int

    def check_name(self, collection: str, wanted: str) -> None:
        """Raises EncoderMismatch if another encoder is wanted (''; whichever it is), EncoderUnknown."""
        if wanted and checked_encoder(wanted) != self.encoder:
            raise EncoderMismatch(
                f"Collection '{collection}' was built with the encoder {self.encoder}, not with {wanted}, and their "
                f"vectors cannot be mixed: run '{_reembed(collection, wanted)}', or keep to {self.encoder}."
            )

    def check_dimensions(self, collection: str, vectors: NDArray[np.float32]) -> None:
        """Raises EncoderMismatch if the encoder of that name now makes vectors of another length than this."""
        if vectors.shape[-1] != self.dimensions:
            raise EncoderMismatch(
                f"The model behind {self.encoder} has changed: its vectors have {vectors.shape[-1]} numbers, those of "
                f"collection '{collection}' have {self.dimensions}. Run '{_reembed(collection, self.encoder)}'."
            )


def built_by(encoder: Encoder) -> Built:
    """What a collection records that this encoder builds. Raises EncoderUnavailable."""
    return Built(encoder.name, encoder.dimensions)


def _reembed(collection: str, encoder: str) -> str:
    return f"deskmate knowledge reembed --collection {collection} --encoder {encoder}"


def open_encoder(name: str, settings: "KnowledgeSettings") -> Encoder:
    """The encoder of that name, one for the whole process. Raises EncoderUnknown, EncoderMissing."""
    if checked_encoder(name) == MINILM:
        from knowledge.minilm import shared_minilm

        return shared_minilm(settings.threads, settings.embed_batch)
    from knowledge.ollama_encoder import shared_ollama

    return shared_ollama(name.removeprefix(OLLAMA), settings.ollama_base_url, settings.ollama_seconds)
