"""The event stream on the wire: a real socket, and a run that the test feeds."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from starlette.responses import Response

from agent.run import Event, Run, RunResult
from api.stream import stream_response
from tests.api.conftest import Running
from tests.api.sse import received


class Stage:
    """A server with one run; `feed` adds events to it from the test's thread."""

    def __init__(self, heartbeat: float) -> None:
        self.app = FastAPI()
        self.heartbeat = heartbeat
        self.loop: asyncio.AbstractEventLoop
        self.run: Run
        self.app.add_api_route("/run", self.follow)

    async def follow(self, after: int = 0) -> Response:
        return stream_response(self.run, "/run", after=after, heartbeat=self.heartbeat)

    def feed(self, *texts: str) -> None:
        for text in texts:
            asyncio.run_coroutine_threadsafe(self.run.emit("messages", {"text": text}), self.loop).result(10)

    def finish(self, **more: Any) -> None:
        result = RunResult(**{"thread_id": "th_1", "run_id": "run_1", "status": "completed", **more})
        asyncio.run_coroutine_threadsafe(self.run.finish(result), self.loop).result(10)


class Announced(uvicorn.Server):
    """A server that says when it answers."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@contextmanager
def stage(heartbeat: float = 60, kind: type[Stage] = Stage) -> Iterator[tuple[Stage, httpx.Client]]:
    made = kind(heartbeat)
    server = Announced(uvicorn.Config(made.app, port=0, log_level="error", lifespan="off"))

    async def serve() -> None:
        made.loop = asyncio.get_running_loop()
        made.run = Run("th_1", "run_1", "offline")
        await server.serve()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert server.ready.wait(30)
    port = server.servers[0].sockets[0].getsockname()[1]
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        yield made, client
    server.should_exit = True
    thread.join(30)


def test_events_come_as_they_happen_with_increasing_ids() -> None:
    with stage() as (made, client), client.stream("GET", "/run") as response:
        events = received(response.iter_lines())
        made.feed("one")
        assert next(events).data == {"text": "one"}  # here while the run is still open
        made.feed("two")
        assert next(events).id == 2
        made.finish()
        assert [event.event for event in events] == ["end"]


def test_silence_is_filled_with_heartbeats() -> None:
    with stage(heartbeat=0.05) as (made, client), client.stream("GET", "/run") as response:
        events = received(response.iter_lines())
        assert next(events).data == {"comment": "heartbeat"}
        made.feed("one")
        assert next(event for event in events if event.event != ":").data == {"text": "one"}
        made.finish()


def test_a_dropped_reader_goes_on_without_gap_or_repeat() -> None:
    with stage() as (made, client):
        made.feed("one", "two", "three")
        with client.stream("GET", "/run") as response:
            events = received(response.iter_lines())
            seen = [next(events), next(events)]
        made.feed("four")
        with client.stream("GET", "/run", params={"after": seen[-1].id}) as response:
            events = received(response.iter_lines())
            seen += [next(events), next(events)]
            made.finish()
            seen += list(events)
    assert [event.id for event in seen] == [1, 2, 3, 4, 5]
    assert [event.data.get("text") for event in seen[:4]] == ["one", "two", "three", "four"]


def test_two_readers_see_the_same() -> None:
    with (
        stage() as (made, client),
        httpx.Client(base_url=client.base_url) as other,
        client.stream("GET", "/run") as first,
        other.stream("GET", "/run") as second,
    ):
        made.feed("one")
        made.finish()
        assert list(received(first.iter_lines())) == list(received(second.iter_lines()))


def test_text_of_any_kind_stays_on_its_line() -> None:
    with stage() as (made, client), client.stream("GET", "/run") as response:
        made.feed("€ two\nlines\r\nand\u2028more")
        made.finish()
        lines = b"".join(response.iter_raw()).split(b"\n")
        assert lines[1].decode().startswith('data: {"text":"€ two\\nlines\\r\\nand')


def test_an_error_in_mid_stream_comes_as_an_event_without_internals() -> None:
    with stage() as (made, client):
        made.run = BrokenRun("th_1", "run_1", "offline")
        made.feed("one")
        with client.stream("GET", "/run") as response:
            _, event = received(response.iter_lines())
    assert event.event == "error"
    assert event.id is None
    assert event.data["status"] == 500
    assert "secret" not in str(event.data)


class BrokenRun(Run):
    """A run whose events cannot be read."""

    async def events(self, after: int = 0) -> AsyncIterator[Event]:
        async for event in super().events(after):
            yield event
            raise ValueError("secret")


def test_the_first_event_says_that_an_ai_answers_and_which_model(server: Running, thread_id: str) -> None:
    with server.client(server.customer_key) as client:
        path = f"/v1/threads/{thread_id}/runs/stream"
        with client.stream("POST", path, json={"input": {"message": "What is the late fee?"}}) as response:
            first = next(received(response.iter_lines()))
        assert first.event == "metadata"
        assert first.id == 1
        assert first.data["model"] == "offline"
        assert "AI" in first.data["notice"]
        assert response.headers["x-accel-buffering"] == "no"
        assert response.headers["cache-control"] == "no-cache"


def test_a_finished_run_can_be_followed_again_from_any_event(server: Running, thread_id: str) -> None:
    with server.client(server.customer_key) as client:
        path = f"/v1/threads/{thread_id}/runs"
        with client.stream("POST", f"{path}/stream", json={"input": {"message": "What is the late fee?"}}) as response:
            whole = list(received(response.iter_lines()))
        assert [event.id for event in whole] == list(range(1, len(whole) + 1))
        assert whole[-1].event == "end"
        run_id = whole[0].data["run_id"]
        for last in (0, 1, len(whole) - 1):
            with client.stream("GET", f"{path}/{run_id}/stream", headers={"Last-Event-ID": str(last)}) as response:
                assert list(received(response.iter_lines())) == whole[last:]


def test_a_reader_that_goes_away_does_not_end_the_run(server: Running, thread_id: str) -> None:
    with server.client(server.customer_key) as client:
        path = f"/v1/threads/{thread_id}/runs"
        with client.stream("POST", f"{path}/stream", json={"input": {"message": "What is the late fee?"}}) as response:
            run_id = next(received(response.iter_lines())).data["run_id"]
        with client.stream("GET", f"{path}/{run_id}/stream", headers={"Last-Event-ID": "1"}) as response:
            rest = list(received(response.iter_lines()))
    assert rest[0].id == 2
    assert rest[-1].data["run"]["status"] == "completed"
