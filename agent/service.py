"""The composition root: opens database, index, gateway, models, graph and runs, and closes them again."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import aiosqlite
from langchain_core.messages import AIMessage, AnyMessage
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from agent import foreign, matching
from agent import run as run_module
from agent import state as state_module
from agent.asking import Asking
from agent.choices import Schema
from agent.deciding import Mind, Turn
from agent.errors import CollectionUnknown
from agent.gaps import Gaps
from agent.graph import build
from agent.matching import Matcher
from agent.models.auto import OFFLINE
from agent.models.providers import ModelInfo
from agent.models.registry import Models
from agent.prompting import system_prompt
from agent.runs import Runs
from agent.settings import AgentSettings
from agent.threads import Thread, Threads
from agent.vectors import Vectors
from knowledge.index import Index
from knowledge.settings import KnowledgeSettings
from tools.audit import Audit
from tools.catalog import CATALOG
from tools.database import Database
from tools.desk.handoff import HandoffNotes
from tools.desk.reading import Reader
from tools.gateway import Gateway
from tools.remote.servers import Servers
from tools.settings import ToolSettings

_STORED = [
    *((state_module.__name__, name) for name in ("Need", "Sentence", "PlanStep", "Effect", "Awaiting")),
    *((run_module.__name__, name) for name in ("Metrics", "Reply", "Citation")),
]


class Service:
    """Everything that answers messages, under one data directory. Open it with `async with await Service.open(…)`."""

    def __init__(
        self,
        runs: Runs,
        gaps: Gaps,
        gateway: Gateway,
        index: Index,
        database: Database,
        models: Models,
        stack: AsyncExitStack,
    ) -> None:
        self.runs = runs
        self.gaps = gaps
        self.gateway = gateway
        self.index = index
        self.database = database
        self.models_registry = models
        self._stack = stack

    @classmethod
    async def open(
        cls,
        settings: AgentSettings | None = None,
        *,
        data_dir: Path | None = None,
        index: Index | None = None,
        clock: Callable[[], datetime] | None = None,
        model: str | None = None,
        writer: bool = False,
    ) -> Service:
        """Open the house.

        `index` is used and left open where given; otherwise it is opened from the data directory, as its owner where
        `writer`. `clock` gives aware times. Raises the errors of the rooms below and ModelUnknown, ModelUnavailable.
        """
        os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")
        settings = settings or AgentSettings()
        folder = data_dir or settings.data_dir
        stack = AsyncExitStack()
        try:
            tool_settings = ToolSettings(data_dir=folder)
            database = await asyncio.to_thread(Database.open, tool_settings)
            stack.callback(database.close)
            if index is None:
                index = await asyncio.to_thread(_open_index, folder, writer)
                stack.callback(index.close)
            audit = await asyncio.to_thread(Audit, folder, clock=clock or _now)
            stack.callback(audit.close)
            servers = await asyncio.to_thread(Servers.open, folder)
            stack.callback(servers.close)
            catalog = await asyncio.to_thread(servers.catalog, CATALOG)
            if reader := Reader.open(database, tool_settings, clock=clock or _now):
                stack.callback(reader.close)
                catalog = reader.catalog(catalog)
            vectors = Vectors(index.embed)
            matcher, entries = await asyncio.to_thread(matching.of_catalog, vectors, catalog)
            gateway = Gateway(
                database,
                index,
                clock=clock or _now,
                settings=tool_settings,
                catalog=catalog,
                audit=audit,
                asks=Asking(matcher),
            )
            models = Models(model or settings.model, vectors, entries, data_dir=folder)
            stack.push_async_callback(models.close)
            await models.settle()
            threads = Threads(folder / "threads.sqlite", settings.lease, clock)
            stack.callback(threads.close)
            saver = await _checkpointer(folder / "checkpoints.sqlite", stack)
            turns = _Turns(gateway, index, vectors, matcher, models, settings)
            notes = HandoffNotes(database, tool_settings, clock=clock or _now)
            runs = Runs(build(saver), threads, turns.make, settings, notes)
            stack.push_async_callback(runs.close)
            gaps = Gaps(threads, turns.make, vectors, tool_settings.search_passages)
        except BaseException:
            await stack.aclose()
            raise
        return cls(runs, gaps, gateway, index, database, models, stack)

    async def models(self) -> list[ModelInfo]:
        """The models that a run can ask for, the default first."""
        return await self.models_registry.available()

    async def next_message(
        self,
        messages: Sequence[AnyMessage],
        tools: Sequence[Schema],
        *,
        must_call: bool = False,
        model: str | None = None,
    ) -> tuple[AIMessage, str]:
        """What a model does next with another program's tools, and its name. See `agent.foreign`."""
        return await foreign.next_message(self.models_registry, messages, tools, must_call=must_call, model=model)

    async def warm_up(self) -> None:
        """Have the default model loaded before the first message."""
        await self.models_registry.warm()

    @property
    def model(self) -> str:
        """The default model."""
        return self.models_registry.default.spec

    @property
    def model_reason(self) -> str:
        """Why it is the default, as a sentence."""
        return self.models_registry.default.reason

    async def close(self) -> None:
        """Wait for runs under way, then close everything that was opened here."""
        await self._stack.aclose()

    async def __aenter__(self) -> Service:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


class _Turns:
    """Makes the context of a turn."""

    def __init__(
        self,
        gateway: Gateway,
        index: Index,
        vectors: Vectors,
        matcher: Matcher,
        models: Models,
        settings: AgentSettings,
    ) -> None:
        self._gateway = gateway
        self._index = index
        self._vectors = vectors
        self._matcher = matcher
        self._models = models
        self._settings = settings

    async def make(self, thread: Thread, spec: str | None) -> Turn:
        """The context for one message of a thread. Raises CollectionUnknown, ModelUnknown, ModelUnavailable."""
        known = [found.name for found in await asyncio.to_thread(self._index.collections)]
        if thread.collection not in known:
            raise CollectionUnknown(thread.collection, known)
        tools = self._gateway.offered(thread.principal)
        minds = [
            Mind(opened.spec, opened.chat, opened.profile, system_prompt(tools, opened.profile))
            for opened in await self._models.open(spec)
        ]
        offline = self._models.offline
        floor = next((mind for mind in minds if mind.spec == OFFLINE), None)
        return Turn(
            principal=thread.principal,
            thread_id=thread.thread_id,
            collection=thread.collection,
            gateway=self._gateway,
            index=self._index,
            vectors=self._vectors,
            matcher=self._matcher,
            minds=tuple(minds),
            floor=floor or Mind(OFFLINE, offline.chat, offline.profile, ""),
            deadline=time.monotonic() + self._settings.turn_seconds,
            settings=self._settings,
        )


def _now() -> datetime:
    return datetime.now(UTC)


def _open_index(folder: Path, writer: bool) -> Index:
    return Index.open(KnowledgeSettings(data_dir=folder), writer=writer)


def serializer() -> JsonPlusSerializer:
    """How a checkpoint is written and read: no type but those of the state is ever made from one."""
    return JsonPlusSerializer(allowed_msgpack_modules=_STORED)


async def _checkpointer(path: Path, stack: AsyncExitStack) -> Any:
    connection = await stack.enter_async_context(aiosqlite.connect(path))
    saver = AsyncSqliteSaver(connection, serde=serializer())
    await saver.setup()
    return saver
