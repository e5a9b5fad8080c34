"""A sync that is killed at any moment loses, doubles and halves no page, and the next one finishes it."""

import json
import multiprocessing
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.knowledge import killed
from tests.knowledge.embed_server import EmbedServer, serving

KILLS = int(os.environ.get("DESKMATE_TEST_KILLS", "50"))


class Forked:
    """Runs functions in processes that are forked from one which has imported everything and opened nothing."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("forkserver")
        used = [
            "chromadb.api.client",
            "chromadb.api.rust",
            "chromadb.telemetry.product.posthog",
            "httpcore",
            "tokenizers",
        ]
        self._context.set_forkserver_preload(["tests.knowledge.killed", "knowledge.ollama_encoder", *used])

    def start(self, function: Callable[..., None], *arguments: object) -> Any:
        process = self._context.Process(target=function, args=arguments)
        process.start()
        return process

    def run(self, function: Callable[..., None], *arguments: object) -> None:
        process = self.start(function, *arguments)
        process.join(60)
        assert process.exitcode == 0

    def ask(self, function: Callable[..., None], *arguments: object, answer: Path) -> Any:
        self.run(function, *arguments, answer)
        return json.loads(answer.read_text())


def test_kills_at_any_moment(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chance, forked = random.Random(20261125), Forked()  # noqa: S311 (no secret)
    data, folder, answer, phase = (tmp_path / name for name in ("data", "wiki", "answer", "phase"))
    folder.mkdir()
    wiki = {f"doc{n}": killed.Document(f"doc{n}.md", 1) for n in range(18)}
    tried: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    with serving(EmbedServer()) as server:
        killed.write(folder, wiki)
        forked.run(killed.sync, data, server.url, folder)
        longest, number = 0.5, 0
        while tried.total() < KILLS:
            number += 1
            new = killed.changed(wiki, chance, number)
            killed.write(folder, new)
            phase.write_text("starting")
            started = time.monotonic()
            process = forked.start(killed.sync, data, server.url, folder, phase)
            process.join(chance.uniform(0, longest))
            if process.exitcode is None:
                os.kill(process.pid, signal.SIGKILL)
            process.join()
            if process.exitcode == -signal.SIGKILL:
                tried[phase.read_text().split(" ")[0] or "between"] += 1
            else:
                longest = min(longest, time.monotonic() - started)
            left = forked.ask(killed.look, data, server.url, wiki, new, answer=answer)
            wrong.update({what: len(names) for what, names in left.items()})
            assert forked.ask(killed.finish, data, server.url, folder, new, answer=answer) == []
            wiki = new
    line = f"kills {tried.total()} ({', '.join(f'{name} {count}' for name, count in tried.most_common())}): "
    line += f"pages lost {wrong['lost']}, doubled {wrong['doubled']}, half replaced {wrong['halved']}"
    with capsys.disabled():
        sys.stdout.write(f"\n{line}\n")
    assert wrong.total() == 0, line
