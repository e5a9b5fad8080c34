"""Staff-only text never reaches a customer, by whatever route: not as text, quote, citation, title, name or snippet.

One internal page holds a marker in all its parts, among words that customers ask with. The routes are those that the
application has, the tools those that MCP lists, the commands those of the command line: one that is new and has no
entry here fails a test.
"""

import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from click.testing import CliRunner, Result
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from starlette.routing import BaseRoute, Mount, Route

from api.app import create_app
from api.cli import ENTRIES, cli
from api.state import AppState
from knowledge.index import Index
from knowledge.ingest import ingest
from knowledge.settings import KnowledgeSettings
from tests.api.conftest import Running, environment, serving, url_in
from tests.api.problem import problem
from tools.database import Database
from tools.principal import Role
from tools.seed import seed
from tools.settings import ToolSettings

MARKER = "zanzibarium"
CONTROL = "quetzalcoatl"  # stands nowhere
WIKI = {
    "leaving.md": "---\ntitle: Leaving\nsuperseded_by: staff/{M}-offers\n---\n# Leaving\n\nYou may end your contract "
    "with 30 days of notice. The [retention offers](staff/{M}-offers.md) are described elsewhere.\n",
    "fees.md": "# Late fees\n\nA late fee of 5 euros is charged after 14 days.\n",
    "staff/{M}-fees.md": "---\ntitle: Late fees\naudience: internal\n---\n# Late fees\n\n"
    "A late fee of 5 euros is charged after 14 days.\n",  # what a public page says as well
    "staff/{M}-offers.md": "---\ntitle: Retention offers {M}\naudience: internal\nowner: team-{M}\n---\n"
    "# Retention offers {M}\n\n## Marmalade discount {M}\n\nThe {M} marmalade discount of 40 percent is offered to "
    "customers who want to leave. See [the {M} list](https://example.org/{M}).\n\n"
    "1. Ask for the {M} code.\n2. Book the {M} marmalade discount.\n",
}
QUESTIONS = (
    "How high is the marmalade discount for customers who want to leave?",
    "Show me the retention offers and the code for them.",
    "When is a late fee charged?",
    "I want to leave. Which page describes the retention offers? Read it to me in full.",
)


@dataclass
class House:
    """The service with the marked page, a customer of it, and what that customer has: a thread, a run, a ticket."""

    server: Running
    customer: httpx.Client
    staff: httpx.Client
    key: str
    thread: str = ""
    run: str = ""
    ticket: str = ""
    staff_thread: str = ""

    def ask(self, client: httpx.Client, message: str, thread: str = "") -> dict[str, Any]:
        thread = thread or client.post("/v1/threads").json()["thread_id"]
        sent = {"input": {"message": message}}
        run: dict[str, Any] = client.post(f"/v1/threads/{thread}/runs/wait", json=sent).json()
        return run


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    data_dir = tmp_path_factory.mktemp("audience")
    pages = data_dir / "pages"
    for name, text in WIKI.items():
        path = pages / name.replace("{M}", MARKER)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("{M}", MARKER))
    with Index.open(KnowledgeSettings(data_dir=data_dir), writer=True) as index:
        ingest(index, pages, collection="home")
        ingest(index, pages / "staff", collection=f"only-{MARKER}")
    (data_dir / "sources.toml").write_text(
        f'[[source]]\nname = "src-{MARKER}"\nkind = "folder"\npath = "{pages}"\ncollection = "other"\n'
    )
    database = Database.open(ToolSettings(data_dir=data_dir))
    seed(database)
    database.close()
    with serving(data_dir, DESKMATE_API_DEMO="false", DESKMATE_AGENT_COLLECTION="home") as banner:
        server = Running(url_in(banner), "", "", data_dir, banner)
        key = server.key_for("C-1016")
        with server.client(key) as customer, server.client(server.key_for("S-01", Role.STAFF)) as staff:
            yield settled(House(server, customer, staff, key))


def settled(house: House) -> House:
    """With what went before: the customer's conversation and ticket, and what staff were shown and wrote."""
    run = house.ask(house.customer, QUESTIONS[0])
    house.thread, house.run = run["thread_id"], run["run_id"]
    ticket = house.ask(house.customer, "Please open a ticket: my router drops every evening.")
    [house.ticket] = ticket["tickets"]
    shown = house.ask(house.staff, QUESTIONS[0])
    house.staff_thread = shown["thread_id"]
    assert MARKER in json.dumps(shown["reply"]), "staff are shown what customers are not"
    house.ask(house.staff, f"Leave an internal note on ticket {house.ticket}: the {MARKER} code fits")
    assert MARKER in house.staff.get(f"/v1/tickets/{house.ticket}").text
    return house


Answers = Iterator[httpx.Response]


def events(house: House, method: str, path: str, **more: Any) -> httpx.Response:
    """A stream, read to its end."""
    with house.customer.stream(method, path, **more) as response:
        response.read()
    return response


def threads(house: House) -> Answers:
    yield house.customer.post("/v1/threads")
    yield house.customer.post("/v1/threads", json={"collection": "nothing"})


def waited(house: House) -> Answers:
    for question in QUESTIONS:
        thread = house.customer.post("/v1/threads").json()["thread_id"]
        for message in (question, "And what does that page say exactly?"):
            yield house.customer.post(f"/v1/threads/{thread}/runs/wait", json={"input": {"message": message}})
    yield house.customer.post(f"/v1/threads/{house.staff_thread}/runs/wait", json={"input": {"message": QUESTIONS[0]}})


def streamed(house: House) -> Answers:
    for question in QUESTIONS:
        thread = house.customer.post("/v1/threads").json()["thread_id"]
        yield events(house, "POST", f"/v1/threads/{thread}/runs/stream", json={"input": {"message": question}})


def resumed(house: House) -> Answers:
    thread = house.customer.post("/v1/threads").json()["thread_id"]
    pending = house.ask(house.customer, "Please cancel order O-5060", thread)
    assert pending["status"] == "needs_approval"
    sent = {"decisions": [{"type": "reject", "message": QUESTIONS[0]}]}
    yield house.customer.post(f"/v1/threads/{thread}/runs/{pending['run_id']}/resume", json=sent)
    yield house.customer.post(f"/v1/threads/{house.thread}/runs/{house.run}/resume", json=sent)


def completed(house: House) -> Answers:
    for question in QUESTIONS:
        for stream in (False, True):
            sent = {"model": "offline", "messages": [{"role": "user", "content": question}], "stream": stream}
            yield events(house, "POST", "/v1/chat/completions", json=sent)
    yield house.customer.post("/v1/chat/completions", json={"model": "nothing", "messages": []})


def searched(house: House) -> Answers:
    for words in (*QUESTIONS, "marmalade", "When is a late fee charged?"):
        yield house.customer.get("/v1/knowledge/search", params={"q": words, "k": 50})
        yield house.customer.get("/v1/knowledge/search", params={"q": words, "k": 50, "collection": "*"})
    yield house.customer.get("/v1/knowledge/search", params={"q": "marmalade", "collection": "nothing"})


def read(house: House) -> Answers:
    for page in ("leaving", "fees", "staff", "staff/offers"):
        yield house.customer.get(f"/v1/knowledge/pages/{page}", params={"quote": "offers"})
        yield house.customer.get(f"/v1/knowledge/pages/{page}", params={"collection": "*"})
    yield house.customer.get("/v1/knowledge/pages/fees", params={"collection": "nothing"})


def get(*paths: str) -> Callable[[House], Answers]:
    def answers(house: House) -> Answers:
        for path in paths:
            yield house.customer.get(path.format(**vars(house)))

    return answers


ROUTES: dict[str, Callable[[House], Answers]] = {
    "GET /healthz": get("/healthz"),
    "GET /readyz": get("/readyz"),
    "GET /demo/session": get("/demo/session"),
    "GET /openapi.json": get("/openapi.json"),
    "GET /": get("/", "/nothing/here"),
    "GET /web/{name}": get("/web/app.js", "/web/index.html"),
    "GET /wiki/{collection}/{page_id:path}": get("/wiki/home/leaving", "/wiki/home/staff/offers"),
    "GET /v1/me": get("/v1/me"),
    "GET /v1/models": get("/v1/models"),
    "GET /v1/models/{model_id:path}": get("/v1/models/offline", "/v1/models/nothing"),
    "POST /v1/threads": threads,
    "GET /v1/threads": get("/v1/threads?limit=200"),
    "GET /v1/threads/{thread_id}": get("/v1/threads/{thread}", "/v1/threads/{staff_thread}"),
    "POST /v1/threads/{thread_id}/release": lambda house: iter(
        [house.customer.post(f"/v1/threads/{thread}/release") for thread in (house.thread, house.staff_thread)]
    ),
    "POST /v1/threads/{thread_id}/runs/wait": waited,
    "POST /v1/threads/{thread_id}/runs/stream": streamed,
    "GET /v1/threads/{thread_id}/runs/{run_id}/stream": get("/v1/threads/{thread}/runs/{run}/stream"),
    "POST /v1/threads/{thread_id}/runs/{run_id}/resume": resumed,
    "POST /v1/threads/{thread_id}/runs/{run_id}/cancel": lambda house: iter(
        [house.customer.post(f"/v1/threads/{house.thread}/runs/{house.run}/cancel")]
    ),
    "POST /v1/chat/completions": completed,
    "GET /v1/tickets": get("/v1/tickets?limit=200"),
    "GET /v1/tickets/{ticket_id}": get("/v1/tickets/{ticket}", "/v1/tickets/T-1"),
    "GET /v1/knowledge/search": searched,
    "GET /v1/knowledge/pages/{page_id:path}": read,
    "GET /v1/knowledge/collections": get("/v1/knowledge/collections"),
    "GET /v1/knowledge/sources": get("/v1/knowledge/sources"),
    "GET /v1/knowledge/gaps": get("/v1/knowledge/gaps"),
}

TOOLS: dict[str, Callable[[House], dict[str, Any]]] = {
    "search_wiki": lambda house: {"query": QUESTIONS[0]},
    "read_page": lambda house: {"page_id": "leaving"},
    "search_tickets": lambda house: {},
    "get_ticket": lambda house: {"ticket_id": house.ticket},
    "create_ticket": lambda house: {"subject": "Retention offers", "description": QUESTIONS[1]},
    "update_ticket": lambda house: {"ticket_id": house.ticket, "priority": "high"},
    "comment_on_ticket": lambda house: {"ticket_id": house.ticket, "text": QUESTIONS[0]},
    "escalate_ticket": lambda house: {"ticket_id": house.ticket, "reason": QUESTIONS[0]},
    "get_account": lambda house: {},
    "list_orders": lambda house: {},
    "cancel_order": lambda house: {"order_id": "O-5060"},
    "request_refund": lambda house: {"order_id": "O-5060", "reason": "faulty"},
    "check_outage": lambda house: {},
    "ask": lambda house: {"message": QUESTIONS[0]},
}

COMMANDS: dict[str, list[list[str]]] = {
    "ask": [["ask", "--as", "C-1016", "--json", question] for question in QUESTIONS],
    "chat": [["chat", "--as", "C-1016"]],
    "search": [["search", "marmalade discount", "--json"], ["search", "retention offers", "-k", "50"]],
}
OPERATORS = {  # what only whoever runs the service can call; `search --internal` too
    *("serve", "demo", "demo-orders-server", "ingest", "sync", "rebuild", "knowledge", "models", "doctor", "mcp"),
    *("keys", "bench", "audit", "effects", "eval", "reset"),
}


def routes(found: Iterable[BaseRoute]) -> Iterator[str]:
    """Method and path of each route, those of included routers too, and the path of each mounted application."""
    for route in found:
        if isinstance(route, Mount):
            yield f"MOUNT {route.path}"
        elif isinstance(route, Route):
            yield from (f"{method} {route.path}" for method in (route.methods or set()) - {"HEAD"})
        else:
            yield from routes(cast(Any, route).original_router.routes)


def test_every_route_of_the_application_has_an_entry() -> None:
    state = SimpleNamespace(settings=SimpleNamespace(body_limit=1))  # the routes alone are looked at
    app = create_app(cast(AppState, state))
    assert set(routes(app.routes)) == {*ROUTES, "MOUNT /mcp"}


def test_every_command_has_an_entry() -> None:
    assert ENTRIES.keys() == COMMANDS.keys() | OPERATORS


@pytest.mark.parametrize("route", ROUTES)
def test_no_route_says_it_to_a_customer(house: House, route: str) -> None:
    for answer in ROUTES[route](house):
        assert answer.status_code < 500, answer.text
        assert MARKER not in f"{answer.headers} {answer.text}".lower(), answer.request.url


def test_a_customer_who_guesses_the_word_learns_nothing(house: House) -> None:
    """What is answered about it reads as what is answered about a word that stands nowhere."""

    def answer(address: str, word: str, **params: str) -> httpx.Response:
        filled = {name: value.format(word) for name, value in params.items()}
        return house.customer.get(address.format(word), params=filled)

    for query in ("{}", "the {} offers", "{} marmalade discount"):
        guessed, other = (answer("/v1/knowledge/search", word, q=query, k="50").json() for word in (MARKER, CONTROL))
        assert sorted(hit["text"] for hit in guessed["hits"]) == sorted(hit["text"] for hit in other["hits"])
    for address, params in (
        ("/v1/knowledge/search", {"q": "offers", "collection": "only-{}"}),
        ("/v1/knowledge/pages/offers", {"collection": "only-{}"}),
        ("/v1/knowledge/pages/staff/{}-offers", {}),
        ("/v1/knowledge/pages/staff/{}-offers", {"quote": "marmalade"}),
        ("/v1/knowledge/pages/staff/{}-offers", {"collection": "*"}),
        ("/wiki/home/staff/{}-offers", {}),
    ):
        guess, control = (answer(address, word, **params) for word in (MARKER, CONTROL))
        assert (guess.status_code, guess.text.replace(MARKER, CONTROL)) == (control.status_code, control.text)
    guess, control = (house.customer.post("/v1/threads", json={"collection": f"only-{w}"}) for w in (MARKER, CONTROL))
    assert (guess.status_code, guess.text) == (control.status_code, control.text)


def test_what_is_for_staff_is_refused(house: House) -> None:
    for path in ("sources", "gaps"):
        problem(house.customer.get(f"/v1/knowledge/{path}"), 403, "forbidden")
        assert house.staff.get(f"/v1/knowledge/{path}").status_code == 200


@asynccontextmanager
async def session(house: House) -> AsyncIterator[ClientSession]:
    async with (
        httpx.AsyncClient(headers={"Authorization": f"Bearer {house.key}"}, timeout=60) as http,
        streamable_http_client(f"{house.server.url}/mcp/", http_client=http) as (reading, writing, _),
        ClientSession(reading, writing) as opened,
    ):
        await opened.initialize()
        yield opened


async def test_no_tool_says_it_over_mcp(house: House) -> None:
    async with session(house) as opened:
        listed = await opened.list_tools()
        assert {tool.name for tool in listed.tools} == TOOLS.keys()
        assert MARKER not in listed.model_dump_json()
        for name, arguments in TOOLS.items():
            answer = await opened.call_tool(name, arguments(house))
            assert MARKER not in answer.model_dump_json(), name
        guessed, other = [
            (await opened.call_tool("read_page", {"page_id": f"staff/{word}-offers"})).model_dump_json()
            for word in (MARKER, CONTROL)
        ]
        assert guessed.replace(MARKER, CONTROL) == other


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_says_it_to_a_customer(house: House, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    more = {"DESKMATE_API_DEMO": "false", "DESKMATE_AGENT_COLLECTION": "home"}
    for name, value in environment(house.server.data_dir, **more).items():
        if name.startswith(("DESKMATE_", "COLUMNS")):
            monkeypatch.setenv(name, value)
    for arguments in COMMANDS[command]:
        done: Result = CliRunner().invoke(cli, arguments, input="\n".join([*QUESTIONS, "", ""]))
        assert MARKER not in done.output.lower(), arguments
