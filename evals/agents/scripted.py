"""A conversation with a scripted agent. It uses the gateway as the service does and returns the same results."""

import asyncio
import re
from dataclasses import dataclass, field

from agent.run import ActionRequest, Pending, ReviewConfig, RunResult, Status, ToolCallRecord
from evals.agents.script import Move, Script
from evals.agents.wording import Line, compose, quoted_lines, unsaid
from evals.conversation import Decision
from evals.world import World
from tools.approvals import Grant
from tools.gateway import ToolCall
from tools.outcome import Outcome
from tools.principal import Principal, Role

_LOOK_UPS = {"order": "list_orders", "ticket": "search_tickets"}
_ASIDE = ("check_outage", "get_account", "list_orders", "search_tickets")  # reads that need no arguments
_NO = re.compile(r"\W*(no|don't|do not|stop|leave|rather not)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A call that waits for somebody's decision."""

    call: ToolCall
    outcome: Outcome


@dataclass(slots=True)
class _Run:
    """What has happened since the user's last turn."""

    lines: list[Line] = field(default_factory=list)
    calls: list[ToolCallRecord] = field(default_factory=list)
    evidence: list[str] = field(default_factory=list)
    tickets: list[str] = field(default_factory=list)


class ScriptedConversation:
    """One thread in which a script is played."""

    def __init__(self, world: World, script: Script) -> None:
        self._world = world
        self._script = script
        self._left = list(script.moves)
        self._waiting: _Waiting | None = None
        self._run = _Run()
        self._told = ""
        self._texts: list[str] = []
        self._turn = 0
        self._calls = 0
        self._runs = 0
        self._opened = False

    @property
    def thread_id(self) -> str:
        """The one thread of this world."""
        return "thread"

    @property
    def tool_texts(self) -> tuple[str, ...]:
        """The sentences of all tool results."""
        return tuple(self._texts)

    async def say(self, text: str) -> RunResult:
        """Do what the script does on this turn. Words that answer a pending action count as the customer's decision."""
        if self._waiting:
            return await self.decide("reject" if _NO.match(text) else "approve", self._world.principal)
        return await asyncio.to_thread(self._say, text)

    async def decide(self, decision: Decision, by: Principal) -> RunResult:
        """Go on with the call that waits, or leave it."""
        return await asyncio.to_thread(self._decide, decision, by)

    def _say(self, text: str) -> RunResult:
        self._run = _Run()
        self._turn += 1
        self._world.gateway.observe(self._world.principal, self.thread_id, text)
        if self._turn <= self._script.asks:
            return self._result("needs_input", [Line("Can you tell me a little more about it?")])
        return self._work()

    def _decide(self, decision: Decision, by: Principal) -> RunResult:
        waiting, self._waiting, self._run = self._waiting, None, _Run()
        if waiting and decision == "approve":
            self._tell(waiting.call, self._granted(waiting.call, by))
        elif waiting:
            self._run.lines.append(Line("I leave that as it is."))
        return self._work()

    def _work(self) -> RunResult:
        """Search, then make every call whose turn has come, and say what came of it."""
        self._search()
        while move := self._next():
            self._left.remove(move)
            call = self._new_call(move)
            outcome = self._gate(call)
            if outcome.status in ("needs_confirmation", "needs_approval"):
                if move.consent == "asked":
                    self._waiting = _Waiting(call, outcome)
                    return self._result("needs_approval", [*self._quotes(), Line(outcome.sentence)])
                outcome = self._granted(call, self._consenting(outcome))
            self._tell(call, outcome)
        return self._result(self._script.status, [*self._quotes(), *self._asides(), *map(Line, self._script.adds)])

    def _next(self) -> Move | None:
        """The next move whose turn has come and whose identifiers this thread has seen."""
        return next((move for move in self._left if move.turn <= self._turn and self._known(move)), None)

    def _known(self, move: Move) -> bool:
        offered = self._world.gateway.offered(self._world.principal)
        tool = next((one for one in offered if one.name == move.name), None)
        needed = [(kind, move.arguments.get(name)) for name, kind in tool.identifiers.items()] if tool else []
        return all(wanted is None or self._seen(kind, str(wanted)) for kind, wanted in needed)

    def _seen(self, kind: str, wanted: str) -> bool:
        if self._recorded(kind, wanted):
            return True
        if kind in _LOOK_UPS:
            self._look(_LOOK_UPS[kind])
        return self._recorded(kind, wanted)

    def _recorded(self, kind: str, wanted: str) -> bool:
        shown = self._world.gateway.candidates(self._world.principal, self.thread_id)
        return any(one.id == wanted for one in shown.get(kind, ()))

    def _search(self) -> None:
        """Once, search for each page by its title, unless it was found already."""
        if self._opened:
            return
        self._opened = True
        for name in self._script.sources:
            page = self._world.page(name)
            if page and name not in self._run.evidence:
                self._look("search_wiki", query=page.title)

    def _quotes(self) -> list[Line]:
        """What the script still has to quote."""
        return quoted_lines(self._script, self._world, self._all_told())

    def _asides(self) -> list[Line]:
        """What reads without arguments say about facts that stand nowhere else."""
        lines: list[Line] = []
        for name in _ASIDE:
            missing = unsaid(self._script, self._all_told() + "\n".join(line.text for line in lines))
            if missing and name in {tool.name for tool in self._world.gateway.offered(self._world.principal)}:
                sentence = self._look(name).sentence
                if len(unsaid(self._script, sentence)) < len(self._script.facts):
                    lines.append(Line(sentence))
        return lines

    def _all_told(self) -> str:
        return "\n".join([self._told, *(line.text for line in self._run.lines)])

    def _new_call(self, move: Move) -> ToolCall:
        self._calls += 1
        return ToolCall(f"call-{self._calls}", move.name, dict(move.arguments))

    def _look(self, name: str, **arguments: str) -> Outcome:
        """A read that serves the script alone; it is on the record, but its sentence is not told."""
        call = self._new_call(Move(name, arguments))
        outcome = self._gate(call)
        self._run.calls.append(ToolCallRecord(name=name, arguments=call.arguments, status=outcome.status))
        return outcome

    def _tell(self, call: ToolCall, outcome: Outcome) -> None:
        self._run.calls.append(ToolCallRecord(name=call.name, arguments=call.arguments, status=outcome.status))
        self._run.tickets += outcome.tickets
        self._run.lines.append(Line(outcome.sentence))

    def _granted(self, call: ToolCall, by: Principal) -> Outcome:
        return self._gate(call, Grant(self._world.gateway.digest(call, self._world.principal, self.thread_id), by))

    def _consenting(self, outcome: Outcome) -> Principal:
        """Whoever could have agreed to a call that nobody was asked about."""
        if outcome.status == "needs_confirmation":
            return self._world.principal
        return Principal(self._world.principal.tenant, "S-01", Role.STAFF)

    def _gate(self, call: ToolCall, grant: Grant | None = None) -> Outcome:
        world = self._world
        outcome = world.gateway.call(
            call, principal=world.principal, thread_id=self.thread_id, collection=world.collection, grant=grant
        )
        self._texts.append(outcome.sentence)
        self._run.evidence += [one.page_id for one in outcome.passages if one.page_id not in self._run.evidence]
        return outcome

    def _result(self, status: Status, more: list[Line]) -> RunResult:
        self._runs += 1
        lines = [*self._run.lines, *more] if not self._script.quiet else []
        reply = compose(self._script, self._world, lines)
        self._told += reply.text + "\n"
        return RunResult(
            thread_id=self.thread_id,
            run_id=f"run-{self._runs}",
            status=status,
            reply=reply,
            tool_calls=tuple(self._run.calls),
            tickets=tuple(self._run.tickets),
            evidence=tuple(self._run.evidence),
            model="script",
            pending=self._pending(),
        )

    def _pending(self) -> Pending | None:
        if self._waiting is None:
            return None
        call, outcome = self._waiting.call, self._waiting.outcome
        return Pending(
            approver="customer" if outcome.status == "needs_confirmation" else "staff",
            action_requests=(ActionRequest(name=call.name, args=call.arguments, description=outcome.sentence),),
            review_configs=(ReviewConfig(action_name=call.name),),
        )
