"""A run as a stream of chunks: what happens between the first one and the end."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import openai
import pytest
from openai import OpenAI, Stream
from openai.types.chat import ChatCompletionChunk
from starlette.responses import Response

from agent.run import Reply, RunResult
from api.completions.wire import Frame, run_stream
from tests.api.test_stream import Stage, stage

HELLO: Any = {"role": "user", "content": "Hello"}


class Completions(Stage):
    """A server whose one run is read as OpenAI's clients do."""

    def __init__(self, heartbeat: float) -> None:
        super().__init__(heartbeat)
        self.app.add_api_route("/chat/completions", self.complete, methods=["POST"])

    async def complete(self) -> Response:
        frame = Frame("chatcmpl-1", "offline")
        return run_stream(frame, self.run, self.ended, base_url="http://desk/", heartbeat=self.heartbeat)

    async def ended(self) -> RunResult:
        return await self.run.result()


class Broken(Completions):
    """One whose record cannot be read at the end."""

    async def ended(self) -> RunResult:
        raise OSError("disk /srv/data is gone")


@contextmanager
def reading(
    kind: type[Stage] = Completions, heartbeat: float = 60
) -> Iterator[tuple[Stage, Stream[ChatCompletionChunk]]]:
    with stage(heartbeat, kind) as (made, client), OpenAI(base_url=str(client.base_url), api_key="any") as reader:
        yield made, reader.chat.completions.create(model="offline", messages=[HELLO], stream=True)


def text(chunk: ChatCompletionChunk) -> str | None:
    return chunk.choices[0].delta.content


def test_pieces_come_as_they_are_said() -> None:
    with reading() as (made, chunks):
        assert text(next(chunks)) == ""
        made.feed("A late ")
        assert text(next(chunks)) == "A late "  # here while the run is still open
        made.feed("fee.")
        made.finish(reply=Reply(text="A late fee."))
        assert [text(chunk) for chunk in chunks] == ["fee.", None]


def test_silence_is_filled_with_comments_that_the_client_passes_over() -> None:
    with reading(heartbeat=0.02) as (made, chunks):
        next(chunks)
        time.sleep(0.2)
        made.feed("Hello!")
        made.finish(reply=Reply(text="Hello!"))
        assert [text(chunk) for chunk in chunks] == ["Hello!", None]


def test_on_the_wire_silence_is_comments_and_no_line_has_an_id_or_a_name() -> None:
    with stage(0.02, Completions) as (made, client), client.stream("POST", "/chat/completions") as response:
        lines = response.iter_lines()
        seen = [next(line for line in lines if line.startswith(":"))]  # before anything was said
        made.finish(reply=Reply(text="Hello!"))
        seen += [line for line in lines if line]
    assert seen[0] == ": heartbeat"
    assert {line.partition(":")[0] for line in seen} == {"", "data"}


def test_a_run_that_fails_ends_its_stream_with_an_error_the_client_raises() -> None:
    with reading() as (made, chunks):
        made.feed("I have ")
        made.finish(status="failed", error="Please send your message again.", reply=Reply(text="Please send it."))
        assert [text(next(chunks)), text(next(chunks))] == ["", "I have "]
        with pytest.raises(openai.APIError, match=r"Please send your message again\.") as raised:
            next(chunks)
    assert raised.value.type == "server_error"
    assert raised.value.code == "run_failed"


def test_an_error_of_ours_says_nothing_of_what_is_inside() -> None:
    with reading(Broken) as (made, chunks):
        made.finish(reply=Reply(text="Hello!"))
        next(chunks)
        with pytest.raises(openai.APIError) as raised:
            next(chunks)
    assert "/srv" not in raised.value.message


def test_a_run_that_is_known_by_its_end_alone_is_told_whole() -> None:
    with reading() as (made, chunks):
        made.finish(reply=Reply(text="A late fee."))
        assert "".join(text(chunk) or "" for chunk in chunks) == "A late fee."
