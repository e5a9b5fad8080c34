"""The walk of a message on the built-in model, over the real gateway, desk, wiki and checkpointer."""

from agent.run import RunResult
from agent.service import Service
from tests.agent.conftest import MARA, STAFF, VICTOR, Talk

ROUTER = (
    "My router drops every evening. Check whether there is an outage, and if nothing in the help pages fixes it open "
    "an urgent ticket and tell me when someone will call"
)


def made(result: RunResult) -> list[str]:
    return [call.name for call in result.tool_calls if call.name != "search_wiki"]


async def test_a_question_is_answered_in_the_pages_words_with_a_true_citation(talk: Talk, house: Service) -> None:
    result = await talk("what is the late fee?")
    assert "€7.50" in result.reply.text
    assert result.reply.citations
    for citation in result.reply.citations:
        assert citation.quote in house.index.page(citation.page, collection="demo").text
    assert result.metrics.model_calls == 1
    assert made(result) == []


async def test_several_steps_in_one_message(talk: Talk, house: Service) -> None:
    result = await talk(ROUTER)
    assert result.status == "completed"
    assert made(result) == ["check_outage", "create_ticket"]
    assert [(item.status, item.made_by) for item in result.plan] == [("done", "offline"), ("done", "offline")]
    (ticket,) = result.tickets
    assert ticket in result.reply.text
    assert "no known outage" in result.reply.text
    assert "2 hours" in result.reply.text
    created = next(call for call in result.tool_calls if call.name == "create_ticket")
    assert created.arguments["priority"] == "urgent"
    assert "router" in created.arguments["subject"].lower()
    # When somebody calls is told by the ticket's own sentence, and no page says it once more.
    assert {citation.page for citation in result.reply.citations} == {"troubleshooting/router-drops-and-reboots"}


async def test_a_condition_that_does_not_hold_skips_its_step_and_says_so(talk: Talk) -> None:
    result = await talk("I have no internet. See if there is an outage; otherwise open a ticket.", by=VICTOR)
    assert [item.status for item in result.plan] == ["done", "skipped"]
    assert result.tickets == ()
    assert "18:00" in result.reply.text
    assert "did not open a ticket" in result.reply.text


async def test_greetings_and_thanks_need_no_tool_and_no_model(talk: Talk) -> None:
    hello = await talk("Hi there!")
    assert hello.tool_calls == ()
    assert hello.metrics.model_calls == 0
    thanks = await talk("thanks a lot", thread=hello.thread_id)
    assert thanks.tool_calls == ()
    assert "welcome" in thanks.reply.text


async def test_a_follow_up_is_understood_from_the_turn_before(talk: Talk) -> None:
    first = await talk("Tell me about the Mesh Pod")
    second = await talk("and how much is that?", thread=first.thread_id)
    assert "€79" in second.reply.text


async def test_two_needs_get_two_parts(talk: Talk) -> None:
    result = await talk("How long do I have to return a device, and what does express delivery cost?")
    assert "30 days" in result.reply.text
    assert "€9.90" in result.reply.text


async def test_what_the_wiki_does_not_hold_is_not_guessed(talk: Talk) -> None:
    result = await talk("Who won the football match yesterday?")
    assert "could not find" in result.reply.text
    assert result.reply.citations == ()


async def test_the_offer_to_open_a_ticket_can_be_taken(talk: Talk) -> None:
    lost = await talk("Do you also repair washing machines?")
    assert "open a ticket" in lost.reply.text
    taken = await talk("yes please", thread=lost.thread_id)
    assert made(taken) == ["create_ticket"]
    created = next(call for call in taken.tool_calls if call.name == "create_ticket")
    assert "washing machines" in created.arguments["subject"]


async def test_a_missing_fact_is_asked_for_and_the_answer_goes_on(talk: Talk) -> None:
    asked = await talk("Please cancel my order", by=VICTOR)
    assert asked.status == "needs_input"
    assert "O-5003" in asked.reply.text
    went_on = await talk("O-5003", by=VICTOR, thread=asked.thread_id)
    assert made(went_on)[-1] == "cancel_order"


async def test_another_customers_ticket_reads_like_one_that_does_not_exist(talk: Talk, house: Service) -> None:
    foreign = house.gateway.unknown(MARA, " ".join(f"T-{number}" for number in range(1001, 1040)))[0]
    real = await talk(f"Show me ticket {foreign.id}")
    none = await talk("Show me ticket T-9999")
    assert real.reply.text.replace(foreign.id, "T-9999") == none.reply.text
    assert real.tickets == ()


async def test_a_write_waits_for_the_customers_yes(talk: Talk) -> None:
    asked = await talk("Please cancel order O-5001")
    assert asked.status == "needs_approval"
    assert asked.pending is not None
    assert asked.pending.approver == "customer"
    done = await talk("yes, go ahead", thread=asked.thread_id)
    assert "cancelled order O-5001" in done.reply.text
    assert done.status == "completed"


async def test_a_no_leaves_everything_as_it_was(talk: Talk) -> None:
    asked = await talk("Please cancel order O-5001")
    kept = await talk("no, leave it", thread=asked.thread_id)
    assert "did not cancel" in kept.reply.text
    orders = await talk("Which orders do I have?", thread=asked.thread_id)
    assert "O-5001 (Mesh Pod, €79.00, processing)" in orders.reply.text


async def test_something_else_said_over_a_question_does_not_confirm_it(talk: Talk) -> None:
    asked = await talk("Please cancel order O-5001")
    other = await talk("What is the late fee?", thread=asked.thread_id)
    assert "€7.50" in other.reply.text
    assert other.reply.text.startswith("I did not cancel an order, because you did not confirm it.")
    orders = await talk("Which orders do I have?", thread=asked.thread_id)
    assert "did not cancel" not in orders.reply.text
    assert "O-5001 (Mesh Pod, €79.00, processing)" in orders.reply.text


async def test_a_person_is_called_and_the_bot_stays_mute_until_released(talk: Talk, house: Service) -> None:
    handed = await talk("I want to talk to a human")
    assert handed.status == "handed_off"
    mute = await talk("hello?", thread=handed.thread_id)
    assert mute.status == "handed_off"
    assert mute.tool_calls == ()
    await house.runs.release(handed.thread_id, STAFF)
    back = await talk("what is the late fee?", thread=handed.thread_id)
    assert "€7.50" in back.reply.text


async def test_staff_only_pages_answer_staff_and_never_customers(talk: Talk) -> None:
    question = "What may an agent give as goodwill per case?"
    staff = await talk(question, by=STAFF)
    customer = await talk(question)
    assert any(citation.page.startswith("internal/") for citation in staff.reply.citations)
    assert not any(page.startswith("internal/") for page in customer.evidence)


async def test_a_no_may_give_its_reasons(talk: Talk) -> None:
    asked = await talk("Please cancel order O-5001")
    kept = await talk(
        "No, keep it. My wife has just told me that we need the thing in the kitchen after all, so sorry for that!",
        thread=asked.thread_id,
    )
    assert "did not cancel" in kept.reply.text
