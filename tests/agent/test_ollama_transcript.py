"""What of a conversation goes to Ollama."""

from itertools import pairwise

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from agent.models.transcript import WireMessage, native_transcript, schema_transcript


def called(number: int, name: str, **arguments: str) -> AIMessage:
    return AIMessage(
        content="", tool_calls=[{"name": name, "args": arguments, "id": f"call_{number}", "type": "tool_call"}]
    )


FIRST: list[BaseMessage] = [
    SystemMessage("Rules."),
    HumanMessage("Hi"),
    AIMessage("Hello!"),
    HumanMessage("No internet"),
    called(1, "search_wiki", query="no internet"),
    ToolMessage("[S1] Restart it.", tool_call_id="call_1"),
    HumanMessage("Step: plan", name="step"),
]
SECOND: list[BaseMessage] = [
    *FIRST,
    called(2, "check_outage"),
    ToolMessage("No outage.", tool_call_id="call_2"),
    HumanMessage("Step: create_ticket", name="step"),
]


def text(transcript: list[WireMessage]) -> str:
    """What the engine reads, as far as a prefix matters."""
    return "".join(f"<{message['role']}>{message['content']}" for message in transcript)


def test_schema_mode_tells_decisions_as_json_and_results_as_text() -> None:
    assert schema_transcript(SECOND) == [
        {"role": "system", "content": "Rules."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello!"},
        {"role": "user", "content": "No internet"},
        {"role": "assistant", "content": '{"action":"search_wiki","query":"no internet"}'},
        {"role": "user", "content": "Result of search_wiki:\n[S1] Restart it.\nStep: plan"},
        {"role": "assistant", "content": '{"action":"check_outage"}'},
        {"role": "user", "content": "Result of check_outage:\nNo outage.\nStep: create_ticket"},
    ]


def test_schema_mode_only_appends() -> None:
    assert text(schema_transcript(SECOND)).startswith(text(schema_transcript(FIRST)))


def test_native_mode_keeps_calls_and_names_results() -> None:
    assert native_transcript(SECOND)[4:6] == [
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"function": {"name": "search_wiki", "arguments": {"query": "no internet"}}}],
        },
        {"role": "tool", "tool_name": "search_wiki", "content": "[S1] Restart it."},
    ]


def test_roles_alternate_in_schema_mode() -> None:
    roles = [message["role"] for message in schema_transcript([*SECOND, HumanMessage("And now?")])]
    assert all(one != other for one, other in pairwise(roles))
