"""Labelled sets: a wiki's pages and questions, each with the pages that answer it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.errors import LabelledSetError
from evals.settings import EvalsSettings
from knowledge.collection import checked_name
from knowledge.errors import CollectionNameError


@dataclass(frozen=True, slots=True)
class Question:
    """One labelled question. `relevant` are page files inside the corpus; `history` the turns before, oldest first;
    `kind` is what the set calls its type, if anything."""

    text: str
    relevant: frozenset[str]
    history: tuple[str, ...] = ()
    kind: str = ""


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """A folder of pages and its questions. The name is that of the collection that is built of it."""

    name: str
    corpus: Path
    questions: tuple[Question, ...]


def find_sets(settings: EvalsSettings, folders: Sequence[Path] = ()) -> list[LabelledSet]:
    """The sets in the given folders, or every set that stands in the settings' folder.

    Raises:
        LabelledSetError: there is none, or one cannot be read; the message says where it was looked for.
    """
    root = settings.retrieval_dir
    chosen = list(folders) or sorted(path.parent for path in root.glob("*/queries.jsonl"))
    if not chosen:
        raise LabelledSetError(
            f"There are no labelled sets in {root}, so retrieval was not measured: put folders with queries.jsonl and "
            "corpus/ there, name one with --set, or set DESKMATE_EVALS_RETRIEVAL_DIR."
        )
    found = [read_set(folder) for folder in chosen]
    names = [one.name for one in found]
    for name in names:
        if names.count(name) > 1:
            raise LabelledSetError(f"Two labelled sets are named '{name}': rename the folder of one.")
    return found


def read_set(folder: Path) -> LabelledSet:
    """Read `queries.jsonl` (text and relevant of each line, history where there is one) and find the corpus.

    The corpus is the folder `corpus`, or the one that META.json names relative to the set.

    Raises:
        LabelledSetError: a file is missing or cannot be read.
    """
    path = folder / "queries.jsonl"
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise LabelledSetError(f"{path} cannot be read ({error.strerror}): a labelled set needs it.") from error
    questions = tuple(_question(path, number, line) for number, line in enumerate(lines, 1) if line.strip())
    if not questions:
        raise LabelledSetError(f"{path} holds no question.")
    corpus = _corpus(folder)
    try:
        name = checked_name(folder.resolve().name.lower())
    except CollectionNameError as error:
        raise LabelledSetError(f"The folder {folder} cannot name a collection: {error}") from error
    return LabelledSet(name, corpus, questions)


def _question(path: Path, number: int, line: str) -> Question:
    try:
        values: dict[str, Any] = json.loads(line)
        relevant, history = values["relevant"], values.get("history", ())
        return Question(
            str(values["text"]), frozenset(map(str, relevant)), tuple(map(str, history)), str(values.get("type", ""))
        )
    except (ValueError, KeyError, TypeError) as error:
        raise LabelledSetError(f"{path}:{number}: each line needs text and relevant ({error}).") from error


def _corpus(folder: Path) -> Path:
    meta = folder / "META.json"
    try:
        named = json.loads(meta.read_text("utf-8")).get("corpus", "corpus") if meta.is_file() else "corpus"
    except ValueError as error:
        raise LabelledSetError(f"{meta} is not JSON ({error}).") from error
    corpus = (folder / str(named)).resolve()
    if not corpus.is_dir():
        raise LabelledSetError(f"The pages of the labelled set {folder} are missing: there is no folder {corpus}.")
    return corpus
