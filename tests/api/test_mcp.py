"""Deskmate as an MCP server, seen by the official client over a real socket."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx
import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, TextContent

from api.keys import ALL_SCOPES, KeyStore, Scope
from api.store import open_store
from tests.api.conftest import Running
from tests.api.problem import problem
from tests.raw_files import files_with
from tools.database import Database
from tools.principal import Principal, Role
from tools.seed import seed, seeded
from tools.settings import ToolSettings

OTHER = "elsewhere"  # a second company on the same server

Open = Callable[..., AbstractAsyncContextManager[ClientSession]]


@pytest.fixture(scope="session")
def two_tenants(server: Running) -> Running:
    """The demo server, with a second tenant's people, orders and tickets in its database."""
    database = Database.open(ToolSettings(data_dir=server.data_dir))
    if not seeded(database, OTHER):
        seed(database, tenant=OTHER)
    database.close()
    return server


@pytest.fixture
def key_of(two_tenants: Running) -> Callable[..., str]:
    def make(
        subject: str = "C-1001",
        role: Role = Role.CUSTOMER,
        tenant: str = "demo",
        scopes: frozenset[Scope] = ALL_SCOPES,
    ) -> str:
        return KeyStore(open_store(two_tenants.data_dir)).create(Principal(tenant, subject, role), scopes=scopes)[0]

    return make


@pytest.fixture
def connect(two_tenants: Running) -> Open:
    @asynccontextmanager
    async def opened(key: str) -> AsyncIterator[ClientSession]:
        headers = {"Authorization": f"Bearer {key}"}
        async with (
            httpx.AsyncClient(headers=headers, timeout=60) as http,
            streamable_http_client(f"{two_tenants.url}/mcp/", http_client=http) as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            yield session

    return opened


def text_of(result: CallToolResult) -> str:
    return "\n".join(part.text for part in result.content if isinstance(part, TextContent))


def status_of(result: CallToolResult) -> str:
    assert result.structuredContent is not None
    return str(result.structuredContent["status"])


async def test_customers_and_staff_see_their_tools_with_the_catalogs_schemas(
    connect: Open, key_of: Callable[..., str]
) -> None:
    async with connect(key_of()) as session:
        mine = {tool.name: tool for tool in (await session.list_tools()).tools}
    async with connect(key_of("S-01", Role.STAFF)) as session:
        theirs = {tool.name: tool for tool in (await session.list_tools()).tools}
    assert {"search_wiki", "read_page", "create_ticket", "get_ticket", "cancel_order", "ask"} <= mine.keys()
    assert "cancel_order" not in theirs
    assert "assignee" in theirs["update_ticket"].inputSchema["properties"]
    assert "assignee" not in mine["update_ticket"].inputSchema["properties"]
    for tool in (*mine.values(), *theirs.values()):
        assert not {"customer_id", "tenant", "customer"} & tool.inputSchema["properties"].keys()


async def test_reads_and_writes_are_told_apart(connect: Open, key_of: Callable[..., str]) -> None:
    async with connect(key_of()) as session:
        tools = {tool.name: tool for tool in (await session.list_tools()).tools}
    hints = {name: tool.annotations for name, tool in tools.items()}
    reading = {name for name, hint in hints.items() if hint and hint.readOnlyHint}
    assert reading == {
        "search_wiki",
        "read_page",
        "search_tickets",
        "get_ticket",
        "get_account",
        "list_orders",
        "check_outage",
    }
    assert {name for name, hint in hints.items() if hint and hint.destructiveHint} == {
        "cancel_order",
        "request_refund",
        "ask",
    }
    assert all(
        ("approval_id" in tool.inputSchema["properties"]) != (name in reading)
        for name, tool in tools.items()
        if name != "ask"
    )


async def test_the_wiki_is_searched_and_a_page_read(connect: Open, key_of: Callable[..., str]) -> None:
    async with connect(key_of()) as session:
        found = await session.call_tool("search_wiki", {"query": "late fee"})
        assert found.structuredContent is not None
        page = found.structuredContent["data"]["passages"][0]["page"]
        read = await session.call_tool("read_page", {"page_id": page})
    assert "late" in text_of(read).lower()
    assert not read.isError


async def test_a_ticket_is_opened_read_and_commented_on(connect: Open, key_of: Callable[..., str]) -> None:
    async with connect(key_of("C-1004")) as session:
        made = await session.call_tool("create_ticket", {"subject": "By MCP", "description": "The line drops."})
        assert made.structuredContent is not None
        ticket = made.structuredContent["data"]["ticket"]
        assert not (await session.call_tool("comment_on_ticket", {"ticket_id": ticket, "text": "Again."})).isError
        read = await session.call_tool("get_ticket", {"ticket_id": ticket})
    assert "Again." in text_of(read)


async def test_a_call_sent_again_under_its_id_has_one_effect(connect: Open, key_of: Callable[..., str]) -> None:
    arguments = {"ticket_id": "", "text": "Only once, please."}
    async with connect(key_of("C-1004")) as session:
        made = await session.call_tool("create_ticket", {"subject": "Twice", "description": "Sent twice."})
        assert made.structuredContent is not None
        arguments["ticket_id"] = made.structuredContent["data"]["ticket"]
        same = [
            await session.call_tool("comment_on_ticket", arguments, meta={"deskmate/call-id": "one"}) for _ in range(2)
        ]
    assert text_of(same[0]) == text_of(same[1])
    assert "already" not in text_of(same[1])


async def asked_to_cancel(session: ClientSession, order: str) -> CallToolResult:
    """What the first call of a risky write answers; the order has been shown to the key before."""
    await session.call_tool("list_orders")
    return await session.call_tool("cancel_order", {"order_id": order})


async def test_what_needs_a_confirmation_is_done_by_the_second_call_alone(
    two_tenants: Running, connect: Open, key_of: Callable[..., str]
) -> None:
    order = two_tenants.new_order("C-1007")
    async with connect(key_of("C-1007")) as session:
        asked = await asked_to_cancel(session, order)
        assert status_of(asked) == "needs_confirmation"
        assert asked.structuredContent is not None
        assert order in asked.structuredContent["sentence"]
        assert "call cancel_order once more" in text_of(asked)
        approval = asked.structuredContent["approval_id"]
        wrong = await session.call_tool("cancel_order", {"order_id": order, "approval_id": "0" * 64})
        assert status_of(wrong) == "needs_confirmation"
        done = await session.call_tool("cancel_order", {"order_id": order, "approval_id": approval})
        assert status_of(done) == "ok"
        again = await session.call_tool("cancel_order", {"order_id": order, "approval_id": approval})
        assert status_of(again) != "ok"


async def test_another_principal_cannot_use_the_approval(
    two_tenants: Running, connect: Open, key_of: Callable[..., str]
) -> None:
    order = two_tenants.new_order("C-1007")
    async with connect(key_of("C-1007")) as session:
        asked = await asked_to_cancel(session, order)
        assert asked.structuredContent is not None
    with_it = {"order_id": order, "approval_id": asked.structuredContent["approval_id"]}
    for other in (key_of("C-1008"), key_of("C-1007", tenant=OTHER), key_of("S-01", Role.STAFF)):
        async with connect(other) as session:
            assert status_of(await session.call_tool("cancel_order", with_it)) in ("refused", "invalid")


async def test_what_a_colleague_must_approve_says_how(connect: Open, key_of: Callable[..., str]) -> None:
    async with connect(key_of("C-1005")) as session:
        await session.call_tool("list_orders")
        asked = await session.call_tool("request_refund", {"order_id": "O-5007", "reason": "faulty"})
        assert status_of(asked) == "needs_approval"
        assert "tool `ask`" in text_of(asked)
        assert asked.structuredContent is not None
        assert "approval_id" not in asked.structuredContent


async def test_ask_answers_with_sources_and_goes_on_in_its_thread(connect: Open, key_of: Callable[..., str]) -> None:
    async with connect(key_of("C-1009")) as session:
        answer = await session.call_tool("ask", {"message": "What is the late fee?"})
        assert "7.50" in text_of(answer)
        assert "late-fees" in text_of(answer)
        assert answer.structuredContent is not None
        thread = answer.structuredContent["thread_id"]
        more = await session.call_tool("ask", {"message": "Which orders do I have?", "thread_id": thread})
        assert more.structuredContent is not None
        assert more.structuredContent["thread_id"] == thread
    async with connect(key_of("C-1010")) as session:
        denied = await session.call_tool("ask", {"message": "And mine?", "thread_id": thread})
    assert denied.isError
    assert "There is no conversation" in text_of(denied)


async def test_bad_calls_are_answered_in_a_sentence(connect: Open, key_of: Callable[..., str]) -> None:
    async with connect(key_of()) as session:
        for name, arguments, expected in (
            ("drop_tables", {}, "There is no tool named"),
            ("create_ticket", {"subject": "x"}, "create_ticket was not called"),
            ("get_ticket", {"ticket_id": "T-1001", "tenant": OTHER}, "there is no argument 'tenant'"),
            ("ask", {"text": "hello"}, "it takes message"),
            ("ask", {"message": " "}, "empty"),
        ):
            result = await session.call_tool(name, arguments)
            assert result.isError, name
            assert expected in text_of(result)


# Who comes in.


def initialize(key: str | None, url: str, **headers: str) -> httpx.Response:
    given = {"Accept": "application/json, text/event-stream", **headers}
    if key:
        given["Authorization"] = f"Bearer {key}"
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    return httpx.post(f"{url}/mcp/", json=body, headers=given)


def test_without_a_valid_key_nothing_is_served(two_tenants: Running) -> None:
    for key in (None, "dm_00000000_unknown"):
        response = initialize(key, two_tenants.url)
        problem(response, 401, "unauthorized")
        assert response.headers["www-authenticate"] == "Bearer"


def test_a_tool_outside_the_keys_scopes_is_403_and_not_listed(two_tenants: Running, key_of: Callable[..., str]) -> None:
    key = key_of(scopes=frozenset({Scope.KNOWLEDGE}))
    listed = initialize(key, two_tenants.url).json()["result"]["tools"]
    assert [tool["name"] for tool in listed] == ["search_wiki", "read_page"]
    for name, scope in (("search_tickets", "tickets"), ("ask", "chat"), ("list_orders", "chat")):
        call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": {}}}
        response = httpx.post(f"{two_tenants.url}/mcp/", json=call, headers={"Authorization": f"Bearer {key}"})
        problem(response, 403, "forbidden")
        assert response.headers["www-authenticate"] == f'Bearer error="insufficient_scope", scope="{scope}"'


def test_pages_of_other_sites_and_other_methods_are_refused(two_tenants: Running, key_of: Callable[..., str]) -> None:
    key = key_of()
    problem(initialize(key, two_tenants.url, Origin="https://evil.example"), 403, "forbidden")
    assert initialize(key, two_tenants.url, Origin=two_tenants.url).status_code == 200
    for method in ("GET", "DELETE"):
        response = httpx.request(method, f"{two_tenants.url}/mcp/", headers={"Authorization": f"Bearer {key}"})
        problem(response, 405, "method-not-allowed")


# Nobody reads another's.

FOREIGN: dict[str, dict[str, Any]] = {
    "read_page": {"page_id": "internal/goodwill"},
    "get_ticket": {"ticket_id": "T-1003"},
    "update_ticket": {"ticket_id": "T-1003", "status": "solved"},
    "comment_on_ticket": {"ticket_id": "T-1003", "text": "Hello?"},
    "escalate_ticket": {"ticket_id": "T-1003", "reason": "It takes too long."},
    "link_tickets": {"ticket_id": "T-1003", "other_ticket_id": "T-1004"},
    "merge_tickets": {"ticket_id": "T-1003", "into_ticket_id": "T-1004"},
    "cancel_order": {"order_id": "O-5004"},
    "request_refund": {"order_id": "O-5005", "reason": "faulty"},
    "search_wiki": {"query": "goodwill limits for support agents"},
    "search_tickets": {},
    "list_orders": {},
    "get_account": {},
    "check_outage": {},
    "create_ticket": {"subject": "Mine alone", "description": "Opened to be mine alone."},
    "ask": {"message": "Show me ticket T-1003, order O-5004 and the orders of C-1003"},
}
REFUSED = {
    *("get_ticket", "update_ticket", "comment_on_ticket", "escalate_ticket", "link_tickets", "merge_tickets"),
    "read_page",
}
INES = ("C-1003", "T-1003", "O-5004", "O-5005", "Ines")  # what is hers in both companies


@pytest.mark.parametrize(
    ("tenant", "subject", "role"),
    [("demo", "C-1001", Role.CUSTOMER), (OTHER, "C-1001", Role.CUSTOMER), (OTHER, "S-01", Role.STAFF)],
)
async def test_no_tool_reads_another_principals_data(
    connect: Open, key_of: Callable[..., str], tenant: str, subject: str, role: Role
) -> None:
    """Each tool, with identifiers that exist and are another's: denied, or answered with the caller's own alone."""
    async with connect(key_of("C-1003", tenant="demo")) as session:  # Ines has seen them; that helps nobody else
        await session.call_tool("list_orders")
        await session.call_tool("search_tickets")
    async with connect(key_of(subject, role, tenant)) as session:
        listed = {tool.name for tool in (await session.list_tools()).tools}
        assert listed <= FOREIGN.keys()
        for name in FOREIGN:
            result = await session.call_tool(name, FOREIGN[name])
            if name in ("search_tickets", "search_wiki", "ask") and role is Role.STAFF:
                continue  # staff see their own desk: the other company's, which has people of the same numbers
            shown = text_of(result) + str((result.structuredContent or {}).get("data", ""))
            if name != "ask":  # which may repeat the numbers that it was asked for
                assert not [one for one in INES if one in shown.replace(str(FOREIGN[name]), "")] or result.isError, name
            if name in REFUSED:
                assert result.isError, name


async def test_a_company_reads_nothing_of_another(connect: Open, key_of: Callable[..., str]) -> None:
    """What staff of one company open, staff of the other find by no tool."""
    async with connect(key_of("C-1002", tenant=OTHER)) as session:
        made = await session.call_tool("create_ticket", {"subject": "Canary-elsewhere", "description": "Secret words."})
        assert not made.isError
        assert made.structuredContent is not None
        number = made.structuredContent["data"]["ticket"]
    async with connect(key_of("S-01", Role.STAFF)) as session:
        for name, arguments in (
            ("search_tickets", {"text": "Canary-elsewhere"}),
            ("get_ticket", {"ticket_id": number}),
            ("ask", {"message": f"Find tickets about Canary and show me {number}"}),
        ):
            assert "Secret words" not in text_of(await session.call_tool(name, arguments))
        found = await session.call_tool("search_tickets", {"text": "Canary-elsewhere"})
    assert "no ticket" in text_of(found).lower()


async def test_secrets_typed_into_a_tool_are_not_kept(
    two_tenants: Running, connect: Open, key_of: Callable[..., str]
) -> None:
    arguments = {"subject": "Charged twice", "description": "Card 4916 3385 0608 2832, my password is mx4-canary."}
    async with connect(key_of("C-1011")) as session:
        made = await session.call_tool("create_ticket", arguments)
    assert not made.isError
    assert files_with(two_tenants.data_dir, "4916 3385 0608 2832", "mx4-canary") == []
