"""The index of the demo wiki, made once, and worlds over it."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from evals.settings import EvalsSettings
from evals.suite import Suite, load_suite
from evals.wiki import open_index
from evals.world import Worlds
from knowledge.index import Index


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("evals-data")


@pytest.fixture(scope="session")
def index(data_dir: Path) -> Iterator[Index]:
    with open_index(EvalsSettings(data_dir=data_dir)) as opened:
        yield opened


@pytest.fixture(scope="session")
def smoke() -> Suite:
    return load_suite("smoke")


@pytest.fixture(scope="session")
def worlds(index: Index, smoke: Suite) -> Iterator[Worlds]:
    with closing(Worlds(index, smoke.clock)) as made:
        yield made
