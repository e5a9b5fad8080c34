"""A server from its start to its stop."""

import asyncio
import logging
from datetime import timedelta

from rich.console import Console

from agent.service import Service
from agent.settings import AgentSettings
from api import logs
from api.answers import AnswerStore
from api.app import create_app
from api.banner import banner
from api.completions.conversations import Conversations
from api.completions.turns import Turns
from api.data_dir import hold
from api.errors import StartError
from api.keys import KeyStore, demo_keys
from api.prepare import prepare
from api.schedule import Schedule
from api.server import Server, address_of, bind
from api.settings import ApiSettings
from api.state import AppState
from api.store import open_store
from knowledge.settings import KnowledgeSettings
from knowledge.sources import load as load_sources
from knowledge.sync import dropped_sentences
from tools.desk import Desk
from tools.desk.dispatch import desk_elsewhere, send_outbox
from tools.settings import ToolSettings

log = logging.getLogger("deskmate.api")


async def run_server(settings: ApiSettings, console: Console | None = None) -> None:
    """Prepare the data directory, serve until stopped, close everything. Raises StartError and the rooms' errors."""
    console = console or Console(stderr=True)
    logs.install()
    if settings.demo and not settings.loopback:
        raise StartError(
            f"Demo mode hands out its keys, so it may not listen on {settings.host}. Set DESKMATE_API_DEMO=false, "
            "make keys with `deskmate keys create`, and start again; or leave --host away."
        )
    tool_settings = ToolSettings(data_dir=settings.data_dir)
    elsewhere = desk_elsewhere(tool_settings)
    listener = bind(settings)
    with listener, hold(settings.data_dir):
        engine = open_store(settings.data_dir)
        await asyncio.to_thread(prepare, settings, console)
        schedule = Schedule(load_sources(settings.data_dir), KnowledgeSettings())
        async with await Service.open() as service:
            for sentence in await asyncio.to_thread(dropped_sentences, service.index, schedule.sources):
                log.warning(sentence)
            keys = KeyStore(engine)
            state = AppState(
                service=service,
                settings=settings,
                desk=Desk(service.database),
                collection=AgentSettings().collection,
                keys=keys,
                answers=AnswerStore(engine, keep=timedelta(hours=settings.idempotency_hours)),
                turns=Turns(service, Conversations(engine)),
                demo=demo_keys(keys, settings.data_dir, settings.tenant) if settings.demo else None,
                schedule=schedule,
                time_zone=tool_settings.time_zone,
            )
            shown = banner(state, address_of(listener))
            server = Server(create_app(state), settings, on_start=lambda: console.print(shown, highlight=False))
            warming = asyncio.ensure_future(service.warm_up())  # it may take minutes: nobody waits for it
            schedule.start()
            sending = asyncio.ensure_future(send_outbox(service.database, elsewhere, tool_settings))
            await server.serve(sockets=[listener])
            warming.cancel()
            sending.cancel()
            await asyncio.to_thread(schedule.stop, settings.shutdown)
        console.print("Stopped.")
