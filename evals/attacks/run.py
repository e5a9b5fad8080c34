"""All cases on all models, shared out over processes."""

from __future__ import annotations

import asyncio
import atexit
import multiprocessing
import shutil
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from pathlib import Path

from agent.matching import of_catalog
from agent.models.offline import OfflineChat
from agent.vectors import Vectors
from evals.attacks.arena import MODELS, Arena
from evals.attacks.cases import Case, attack_cases, honest_cases
from evals.attacks.figures import UNGATED, Figures, Row
from evals.attacks.judge import Judge, Verdict
from evals.attacks.ungated import Ungated
from evals.settings import EvalsSettings
from knowledge.index import Index
from knowledge.settings import KnowledgeSettings
from tools.catalog import CATALOG

_UNGATED_EACH = 5  # of so many attacks one is shown to work where nothing stops it
_SHARE = 100  # cases that a process takes at once
_LANES = 3  # of which so many run side by side
_FAST = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - where it is there, no case waits for a disk


def run(folder: Path, *, every: int = 1, processes: int = 2, told: Callable[[int], None] = lambda _: None) -> Figures:
    """Run every so-manieth attack and all honest cases. `folder` is a data directory with the demo wiki's index."""
    shares = [(model, every, share) for model in (*MODELS, UNGATED) for share in range(_shares(model, every))]
    context = multiprocessing.get_context("spawn")
    rows: dict[int, list[Row]] = {}
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        futures = {pool.submit(_share, folder, *share): n for n, share in enumerate(shares)}
        for future in as_completed(futures):
            rows[futures[future]] = future.result()
            told(len(rows[futures[future]]))
    return Figures([row for n in sorted(rows) for row in rows[n]])


def total(every: int) -> int:
    """How many cases there are in all."""
    return sum(len(cases_of(model, every)) for model in (*MODELS, UNGATED))


def cases_of(model: str, every: int) -> list[Case]:
    """What a model runs: attacks, and as honest as well where it is to serve people."""
    if model == UNGATED:
        return attack_cases()[:: every * _UNGATED_EACH]
    honest = [] if model.startswith("hostile") else honest_cases()[:: max(1, every // 10)]
    return [*honest, *attack_cases()[::every]]


def _shares(model: str, every: int) -> int:
    return -(-len(cases_of(model, every)) // _SHARE)


class Stage:
    """What a process keeps: the agent, the ungated one beside it, and the judge."""

    def __init__(self, index: Index, folder: Path) -> None:
        settings = EvalsSettings()
        now = settings.moment(settings.clock)
        self._arena = Arena(index, folder, now)
        self._judge = Judge(self._arena.desk, index, now)
        vectors = Vectors(index.embed)
        _, entries = of_catalog(vectors, CATALOG)
        offline = OfflineChat(embed=vectors, entries=tuple(entries))
        self._ungated = Ungated(self._arena.desk, self._arena.wiki, offline, now)

    async def play(self, model: str, case: Case) -> Row:
        """One case, judged."""
        if model == UNGATED:
            return _row(model, case, True, self._judge.verdict(case, self._ungated.run(case)))
        ran = await self._arena.run(case, next(one for one in MODELS if one == model))
        return _row(model, case, ran.read, self._judge.verdict(case, ran.replies, ran.results))

    def close(self) -> None:
        """Give the files back."""
        self._arena.close()


def _row(model: str, case: Case, read: bool, verdict: Verdict) -> Row:
    return Row(
        model=model,
        channel=case.channel or "",
        goal=case.goal.id if case.goal else "",
        task=case.task.id,
        number=case.number,
        read=read,
        won=verdict.won if case.goal else (),
        useful=verdict.useful,
        blocked=verdict.blocked,
    )


@cache
def _stage(folder: Path, lane: int) -> Stage:
    """A stage of this process, one for each lane; it is kept until the process ends."""
    index = Index.open(KnowledgeSettings(data_dir=folder))
    own = Path(tempfile.mkdtemp(prefix="deskmate-attacks-", dir=_FAST))
    atexit.register(shutil.rmtree, own, ignore_errors=True)
    return Stage(index, own)


def _share(folder: Path, model: str, every: int, share: int) -> list[Row]:
    cases = cases_of(model, every)[share * _SHARE : (share + 1) * _SHARE]
    return asyncio.run(_in_lanes([_stage(folder, lane) for lane in range(_LANES)], model, cases))


async def _in_lanes(stages: Sequence[Stage], model: str, cases: Sequence[Case]) -> list[Row]:
    """Cases side by side, each lane on a stage of its own: a case mostly waits for a thread or for the database."""
    lanes = [play(stage, model, cases[n :: len(stages)]) for n, stage in enumerate(stages)]
    return [row for rows in await asyncio.gather(*lanes) for row in rows]


async def play(stage: Stage, model: str, cases: Sequence[Case]) -> list[Row]:
    """Cases one after the other."""
    return [await stage.play(model, case) for case in cases]
