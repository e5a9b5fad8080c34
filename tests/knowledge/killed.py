"""A wiki whose every page says which document and which version it is, and the processes that sync and check it.

Everything here runs in processes of its own: one syncs and is killed, others look at what it left.
"""

import json
import random
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from knowledge.audit import audit
from knowledge.index import Index
from knowledge.ingest import Terms, ingest
from knowledge.settings import KnowledgeSettings

PARTS = 3  # sections of a page, each of which becomes a chunk


class Document(NamedTuple):
    """Where a document stands, and in which version."""

    key: str
    version: int


Wiki = dict[str, Document]


@dataclass
class Left:
    """What was found wrong: names of documents."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    halved: list[str] = field(default_factory=list)


def text(name: str, version: int) -> str:
    """A page. Each section changes with every other version, so that a new version shares chunks with the old one."""
    sections = [
        f"## Part {part} of {name}\n\n{name} part {part} stands at version{(version + part) // 2}x{part}.\n"
        for part in range(PARTS)
    ]
    return f"# {name}\n\n" + "\n".join(sections)


def write(folder: Path, wiki: Wiki) -> None:
    """Make the folder hold exactly this wiki."""
    wanted = {folder / document.key: text(name, document.version) for name, document in wiki.items()}
    for path in set(folder.rglob("*.md")) - set(wanted):
        path.unlink()
    for path, content in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_text() != content:
            path.write_text(content)


def changed(wiki: Wiki, chance: random.Random, number: int) -> Wiki:
    """Some documents edited, some moved, some gone, some new."""
    new = dict(wiki)
    names = chance.sample(sorted(wiki), len(wiki) // 2)
    for name in names[: len(names) // 3]:
        new[name] = Document(wiki[name].key, wiki[name].version + 1)
    for name in names[len(names) // 3 : 2 * len(names) // 3]:
        place = chance.choice(["a", "z"])  # read before all others, or after them
        new[name] = Document(f"{place}{number}/{name}.md", wiki[name].version)
    for name in names[2 * len(names) // 3 :]:
        del new[name]
        other = f"doc{number}x{len(new)}"
        new[other] = Document(f"{other}.md", 1)
    return new


def settings(data: Path, url: str) -> KnowledgeSettings:
    """Small groups, so that a sync has many places to stop at."""
    return KnowledgeSettings(data_dir=data, ollama_base_url=url, commit_chunks=8, threads=1)


def sync(data: Path, url: str, folder: Path, phase: Path | None = None) -> None:
    """Sync the folder; `phase` is told what is being done, slowly, so that kills hit between commits too."""

    def told(done: int, total: int, label: str) -> None:
        if phase:
            phase.write_text(label)
            time.sleep(0.008)

    told(0, 0, "opening")
    with Index.open(settings(data, url), writer=True) as index:
        terms = Terms(encoder="ollama/words")
        ingest(index, folder, collection="home", terms=terms, progress=told)
        told(0, 0, "closing")


def look(data: Path, url: str, old: Wiki, new: Wiki, answer: Path) -> None:
    """As a reader, right after the kill: which documents are lost, doubled or half replaced."""
    left = Left()
    with Index.open(settings(data, url)) as index, index.truth("home").reading() as connection:
        pages = connection.execute("SELECT row, id, title, text FROM page").fetchall()
        titles = Counter(page["title"] for page in pages)
        for page in pages:
            name = page["title"]
            versions = {int(v) * 2 - int(p) for v, p in re.findall(r"version(\d+)x(\d+)", page["text"])}
            known = {text(name, wiki[name].version) for wiki in (old, new) if name in wiki}
            whole = any(_plain(page["text"]) == _plain(each.partition("\n")[2]) for each in known)
            chunks = connection.execute("SELECT row, hash FROM chunk WHERE page = ?", [page["row"]]).fetchall()
            found = connection.execute("SELECT rowid FROM chunk_all WHERE chunk_all MATCH ?", [f'"{name}"']).fetchall()
            held = connection.execute(
                "SELECT count(*) FROM chunk JOIN vector USING (hash) WHERE page = ?", [page["row"]]
            )
            rows = {chunk["row"] for chunk in chunks}
            if not (versions and whole and len(rows) == held.fetchone()[0] == PARTS and rows == {r[0] for r in found}):
                left.halved.append(name)
        left.lost = sorted((old.keys() & new.keys()) - titles.keys())
        left.doubled = sorted(name for name, count in titles.items() if count > 1)
        for name in sorted(old.keys() & new.keys())[:3]:  # the index serves
            if name not in {hit.title for hit in index.search(f"{name} part", collection="home", k=3)}:
                left.lost.append(name)
    answer.write_text(json.dumps(left.__dict__))


def finish(data: Path, url: str, folder: Path, new: Wiki, answer: Path) -> None:
    """The next sync, and whether all of the index then equals the folder."""
    sync(data, url, folder)
    with Index.open(settings(data, url), writer=True, repair=False) as index:
        faults = [fault.what for fault in audit(index, "home").faults]
        with index.truth("home").reading() as connection:
            held = {row["key"]: _plain(row["text"]) for row in connection.execute("SELECT key, text FROM page")}
    wanted = {document.key: _plain(text(name, document.version).partition("\n")[2]) for name, document in new.items()}
    answer.write_text(json.dumps([*faults, *(key for key in held.keys() | wanted if held.get(key) != wanted.get(key))]))


def _plain(page: str) -> list[str]:
    return page.split()
