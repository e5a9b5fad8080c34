"""Reading on: what was read names the next search, up to a number of searches, and only where a case needs it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.reading import Reading, wholes
from agent.service import Service
from agent.settings import AgentSettings
from knowledge.index import Index
from knowledge.ingest import ingest
from knowledge.settings import KnowledgeSettings
from tests.agent.conftest import MARA, Talk

TOPICS = {
    "closing": "# Closing an allotment\n\n## Return of the water key\n\nGive notice by September. The key comes back.",
    "keys": "# Water keys\n\n## Deposit\n\nBring it to the office; the deposit of €40 is paid out within a week.",
    "bees": "# Keeping bees\n\nHives stand twelve metres from any path.",
    "compost": "# Compost\n\nCooked food draws rats and stays out.",
}
REQUEST = "I want to close my allotment at the end of the season."
COUNT = 156  # pages on other matters, so that a quarter of the wiki is more than a few searches read


@pytest.fixture(scope="module")
def allotments(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder = tmp_path_factory.mktemp("allotments")
    for name, text in TOPICS.items():
        (folder / f"{name}.md").write_text(text)
    for n in range(COUNT):
        (folder / f"plot-{n}.md").write_text(f"# Plot {n}\n\nPlot {n} has {n + 3} beds.")
    settings = KnowledgeSettings(data_dir=tmp_path_factory.mktemp("allotments-index"))
    with Index.open(settings, writer=True) as writer:
        ingest(writer, folder, collection="demo")
    with Index.open(settings) as index:
        yield index


def read_on(index: Index, searches: int) -> tuple[list[str], list[str]]:
    """The pages read, one after each search, and what was searched."""
    reading, query, asked = Reading(REQUEST, index.embed, pages=1), "", []
    for _ in range(searches):
        asked.append(query or REQUEST)
        reading.take(index.search(asked[-1], collection="demo", k=20), query=query)
        query = reading.following()
    return reading.read, asked


def test_a_heading_that_was_read_is_the_next_search(allotments: Index) -> None:
    read, asked = read_on(allotments, 2)
    assert asked == [REQUEST, "Closing an allotment > Return of the water key"]
    assert read == ["closing", "keys"]


def test_no_page_is_read_twice_and_no_place_searched_twice(allotments: Index) -> None:
    read, asked = read_on(allotments, 6)
    assert len(set(read)) == len(set(asked)) == 6
    assert (read, asked) == read_on(allotments, 6)


def test_a_long_message_is_searched_in_a_few_parts() -> None:
    message = " ".join(f"This is sentence number {n} of a long story." for n in range(60))
    parts = wholes(message)
    assert len(parts) == 4
    assert all(len(part) <= 500 for part in parts)
    assert wholes(REQUEST) == [REQUEST]


async def counted(data_dir: Path, index: Index, message: str, reading: int) -> tuple[int, int]:
    """How often a turn searched, and how many pages it read."""
    settings = AgentSettings(data_dir=data_dir, reading=reading)
    async with await Service.open(settings, data_dir=data_dir, index=index, model="offline") as service:
        thread = await service.runs.create_thread(MARA)
        result = await (await service.runs.submit(thread.thread_id, message, MARA)).result()
    return sum(call.name == "search_wiki" for call in result.tool_calls), len(result.evidence)


CASE = f"{REQUEST} My neighbour said that something has to be paid back. How many metres from a path may bees stand?"


async def test_a_case_is_read_on_up_to_the_number_of_searches(data_dir: Path, allotments: Index) -> None:
    alone, few = await counted(data_dir, allotments, CASE, reading=0)
    searches, pages = await counted(data_dir, allotments, CASE, reading=alone + 2)
    assert searches == alone + 2
    assert pages > few


async def test_a_plain_question_takes_one_search(data_dir: Path, allotments: Index) -> None:
    question = "How many metres from a path do hives of bees stand?"
    assert (await counted(data_dir, allotments, question, reading=10))[0] == 1


async def test_a_small_wiki_is_not_read_whole(talk: Talk) -> None:
    result = await talk("My router is slow in the evening. I moved last week and something is not right with the line.")
    assert not any(" > " in str(call.arguments.get("query")) for call in result.tool_calls)
