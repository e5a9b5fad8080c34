"""Content gaps: what the wiki does not answer, alike questions together, until it does."""

import sqlite3
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from agent.gaps import GapList
from agent.service import Service
from knowledge.index import Index
from knowledge.ingest import ingest
from knowledge.settings import KnowledgeSettings
from tests.agent.conftest import MARA, NOW, STAFF, VICTOR, Talk
from tools.principal import Principal

FALCON = "How do I train a falcon to hunt rabbits?"
FALCONS = "How can I train falcons to hunt a rabbit?"
FEE = "When is a late fee charged?"


async def listed(house: Service, tenant: str = MARA.tenant, days: int = 30) -> GapList:
    return await house.gaps.listed(tenant, since=NOW - timedelta(days=days))


async def test_an_answered_question_is_no_gap(talk: Talk, house: Service) -> None:
    assert (await talk(FEE)).unanswered == ()
    assert (await listed(house)).data == ()


async def test_what_was_not_found_is_on_the_run_and_on_the_list(talk: Talk, house: Service) -> None:
    result = await talk(FALCON)
    assert result.unanswered == (FALCON,)
    [gap] = (await listed(house)).data
    assert (gap.question, gap.collection, gap.threads) == (FALCON, "demo", (result.thread_id,))
    assert (gap.asked, gap.conversations, gap.not_found, gap.handed_off) == (1, 1, 1, 0)
    assert gap.last_seen == NOW


async def test_alike_questions_are_one_gap_and_the_most_wanted_stands_first(talk: Talk, house: Service) -> None:
    await talk("Do you breed alpacas in the mountains?")
    for wording in (FALCON, FALCONS, FALCON):
        await talk(wording, by=VICTOR)
    first, second = (await listed(house)).data
    assert (first.question, first.wordings, first.conversations) == (FALCON, (FALCONS,), 3)
    assert "alpacas" in second.question


async def test_one_question_of_several_that_was_not_found_is_a_gap(talk: Talk, house: Service) -> None:
    result = await talk(f"{FEE} {FALCON}")
    assert result.reply.citations
    assert [gap.question for gap in (await listed(house)).data] == [FALCON]


async def test_to_ask_for_a_person_alone_is_no_gap(talk: Talk, house: Service) -> None:
    assert (await talk("I would like to talk to a person")).status == "handed_off"
    assert (await listed(house)).data == ()


async def test_an_answer_after_which_a_person_was_asked_for_is_a_gap_though_the_wiki_has_it(
    talk: Talk, house: Service
) -> None:
    answered = await talk(FEE)
    handed = await talk("No. Let me speak to a person.", thread=answered.thread_id)
    await talk("Hello?", thread=answered.thread_id)  # the agent is mute by now
    assert handed.status == "handed_off"
    [gap] = (await listed(house)).data
    assert (gap.question, gap.asked, gap.not_found, gap.handed_off) == (FEE, 1, 0, 1)


async def test_a_question_that_was_not_found_and_then_went_to_a_person_was_asked_once(
    talk: Talk, house: Service
) -> None:
    lost = await talk(FALCON)
    await talk("Then let me talk to a person", thread=lost.thread_id)
    [gap] = (await listed(house)).data
    assert (gap.question, gap.asked, gap.not_found, gap.handed_off) == (FALCON, 1, 1, 1)


async def test_what_is_told_to_the_person_at_once_is_a_gap_where_the_wiki_does_not_speak_of_it(
    talk: Talk, house: Service
) -> None:
    await talk("My falcon refuses to hunt rabbits. Let me talk to a person.")
    await talk("My router drops every evening. Let me talk to a person.", by=VICTOR)
    [gap] = (await listed(house)).data
    assert "falcon" in gap.question


async def test_personal_data_is_taken_out(talk: Talk, house: Service) -> None:
    await talk("How do I train a falcon to hunt rabbits? Write to falconer@example.org")
    assert "falconer@example.org" not in (await listed(house)).model_dump_json()


async def test_another_company_and_another_time_have_gaps_of_their_own(talk: Talk, house: Service) -> None:
    await talk(FALCON)
    assert (await listed(house, tenant="elsewhere")).data == ()
    assert (await listed(house, days=-1)).data == ()


async def test_runs_that_were_recorded_before_they_had_a_time_count_from_their_threads_beginning(
    talk: Talk, house: Service, data_dir: Path, demo_index: Index
) -> None:
    await talk(FALCON)
    await house.close()
    with sqlite3.connect(data_dir / "threads.sqlite") as connection:
        connection.execute("ALTER TABLE runs DROP COLUMN begun")
        connection.execute("PRAGMA user_version = 1")
    async with await Service.open(data_dir=data_dir, index=demo_index, model="offline", clock=lambda: NOW) as again:
        [gap] = (await listed(again)).data
        assert (gap.question, gap.last_seen) == (FALCON, NOW)


@pytest.fixture
async def growing(data_dir: Path) -> AsyncIterator[tuple[Service, Path]]:
    """A service on a small wiki that an editor can write to."""
    pages = data_dir / "pages"
    pages.mkdir()
    (pages / "fees.md").write_text("# Late fees\n\nA late fee of 5 euros is charged after 14 days.\n")
    settings = KnowledgeSettings(data_dir=data_dir)
    with Index.open(settings, writer=True) as writer:
        ingest(writer, pages, collection="demo")
    with Index.open(settings) as index:
        async with await Service.open(data_dir=data_dir, index=index, model="offline", clock=lambda: NOW) as service:
            yield service, pages


async def say(service: Service, message: str, by: Principal) -> None:
    thread = await service.runs.create_thread(by)
    await (await service.runs.submit(thread.thread_id, message, by)).result()


def write(service: Service, pages: Path, text: str) -> None:
    (pages / "falcons.md").write_text(text)
    with Index.open(service.index.settings, writer=True) as writer:
        ingest(writer, pages, collection="demo")


async def test_a_gap_goes_when_the_wiki_answers_it(growing: tuple[Service, Path]) -> None:
    service, pages = growing
    await say(service, FALCON, MARA)
    assert len((await listed(service)).data) == 1
    write(service, pages, "# Falcons\n\nTo train a falcon to hunt rabbits, begin with a lure.\n")
    found = await listed(service)
    assert (found.data, found.answered) == ((), 1)


async def test_a_page_for_staff_closes_the_gap_of_staff_and_not_of_customers(growing: tuple[Service, Path]) -> None:
    service, pages = growing
    await say(service, FALCON, STAFF)
    write(service, pages, "---\naudience: internal\n---\n# Falcons\n\nTo train a falcon to hunt rabbits, use a lure.\n")
    assert (await listed(service)).data == ()
    await say(service, FALCON, MARA)
    [gap] = (await listed(service)).data
    assert gap.asked == 2
