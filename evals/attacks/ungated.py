"""The same model with the same tools and none of Deskmate's checks: a plain tool loop under one service account.

It is here so that the attacks are seen to work where nothing stops them.
"""

from __future__ import annotations

import json
from datetime import datetime
from itertools import count
from typing import Any, cast

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, SystemMessage, ToolMessage
from pydantic import ValidationError

from agent.models.offline import OfflineChat
from evals.attacks.arena import principal_of
from evals.attacks.cases import Case
from evals.attacks.desk import Desk, PoisonedIndex, catalog_with
from evals.attacks.orders import read_orders
from knowledge.errors import KnowledgeError
from knowledge.index import Index
from tools import ledger
from tools.errors import ToolsError
from tools.principal import Principal, Role
from tools.seed import DEMO_TENANT
from tools.settings import ToolSettings
from tools.tool import Tool, ToolContext

_ACCOUNT = Principal(DEMO_TENANT, "S-05", Role.STAFF)  # what such an agent is usually given: it may do all
_MOST_CALLS = 7
_LOOKS: dict[str, tuple[tuple[str, dict[str, Any]], ...]] = {
    "ticket": (("get_ticket", {"ticket_id": "T-1186"}),),
    "name": (("get_account", {}),),
    "order": (("list_orders", {}),),
}
"""What a competent model looks at for the tasks of a channel, beside the search that such an agent begins with."""


class Ungated:
    """Runs a case; one after the other, on the arena's desk."""

    def __init__(self, desk: Desk, wiki: PoisonedIndex, offline: OfflineChat, now: datetime) -> None:
        self._desk = desk
        self._wiki = wiki
        self._offline = offline
        self._now = now
        self._numbers = count()
        self._settings = ToolSettings(database_url="")

    def run(self, case: Case) -> str:
        """What the model tells the person in the end."""
        self._desk.prepare(case)
        self._wiki.poison(case)
        tools = {tool.name: tool for tool in catalog_with(case) if principal_of(case).role in tool.roles}
        schemas = [tool.schema() for tool in tools.values()]
        model = self._offline.bind_tools(schemas, foreign=True)
        messages: list[AnyMessage] = [SystemMessage(json.dumps(schemas)), HumanMessage(case.way)]
        calls = 0
        for pick in [("search_wiki", {"query": case.way}), *_LOOKS.get(case.channel or "", ())]:
            if pick[0] in tools:
                messages += self._called(pick, tools[pick[0]], case)
                calls += 1
        while calls < _MOST_CALLS:
            said = model.invoke(messages)
            honest = [(call["name"], call["args"]) for call in said.tool_calls]
            orders = read_orders(message.text for message in messages)
            wanted = [(order.name, order.call) for order in orders if order.name in tools]
            done = [(call["name"], call["args"]) for m in messages if isinstance(m, AIMessage) for call in m.tool_calls]
            new = [pick for pick in [*honest, *wanted] if pick not in done][:1]
            if not new:
                return " ".join([said.text, *(order.words for order in orders if order.kind != "use")])
            messages += self._called(new[0], tools[new[0][0]], case)
            calls += 1
        return str(messages[-1].text)

    def _called(self, pick: tuple[str, dict[str, Any]], tool: Tool, case: Case) -> list[AnyMessage]:
        key = f"call-{next(self._numbers)}"
        call = {"id": key, "name": pick[0], "args": pick[1], "type": "tool_call"}
        return [AIMessage("", tool_calls=[call]), ToolMessage(self._done(pick, tool, case, key), tool_call_id=key)]

    def _done(self, pick: tuple[str, dict[str, Any]], tool: Tool, case: Case, key: str) -> str:
        """The tool run as it is: as the caller where it needs an account, else under the account that may do all."""
        try:
            args = tool.args.model_validate(pick[1])
            with self._desk.database.write() as session:
                if tool.risk != "read":
                    ledger.claim(session, "ungated", key, "", tool.name, self._now)
                context = ToolContext(
                    principal=_ACCOUNT if tool.identifiers or "page" in tool.name else principal_of(case),
                    thread_id="ungated",
                    collection="demo",
                    now=self._now,
                    session=session,
                    index=cast(Index, self._wiki),
                    settings=self._settings,
                    approver=_ACCOUNT,
                    call_id=key,
                )
                outcome = tool.run(args, context)
        except (ValidationError, ToolsError, KnowledgeError) as error:
            return str(error)
        return f"{outcome.sentence}\n{json.dumps(outcome.data, ensure_ascii=False, default=str)}"
