"""The wiki's index that all worlds share. It is read only, and always that of the wiki that comes with the program."""

import shutil
from collections.abc import Callable
from contextlib import suppress

from evals.settings import EvalsSettings
from knowledge import DEMO_WIKI
from knowledge.encoder import MINILM
from knowledge.errors import IndexLocked, IndexVersionError
from knowledge.index import Index
from knowledge.ingest import ingest
from knowledge.settings import KnowledgeSettings

DEMO = "demo"


def open_index(settings: EvalsSettings, progress: Callable[[int, int, str], None] | None = None) -> Index:
    """Open the index for reading.

    Without ``index_dir`` it is the harness's own, in the folder ``evals`` of the data directory, brought up to date
    with the pages of the demo wiki first; a first build takes some seconds. So what a company does with its own wikis
    does not change the score of the demo suites. A suite of a company's own wiki names that data directory.

    Raises:
        KnowledgeError: the index cannot be read or built; the message says what to do.
    """
    if settings.index_dir is not None:
        return Index.open(KnowledgeSettings(data_dir=settings.index_dir))
    own = KnowledgeSettings(data_dir=settings.data_dir / "evals", encoder=MINILM)  # one yardstick for all
    with suppress(IndexLocked):  # whoever holds the lock is bringing it up to date for another run of the harness
        try:
            _bring_up_to_date(own, progress)
        except IndexVersionError:  # it holds nothing but the demo wiki
            shutil.rmtree(own.folder)
            _bring_up_to_date(own, progress)
    return Index.open(own)


def _bring_up_to_date(own: KnowledgeSettings, progress: Callable[[int, int, str], None] | None) -> None:
    with Index.open(own, writer=True) as writer:
        ingest(writer, DEMO_WIKI, collection=DEMO, progress=progress)
