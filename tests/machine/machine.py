"""The model as a state machine: its moves, and those of the people around it."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from knowledge.index import Index
from tests.machine.books import READ, Books, Step, Violation
from tests.machine.company import OTHER_TENANT, leaks
from tests.tools.conftest import AMARA, INES, LENA, MARA, NOW
from tools.approvals import Grant
from tools.catalog import CATALOG
from tools.database import Database
from tools.gateway import Gateway, ToolCall
from tools.outcome import Outcome
from tools.principal import Principal, Role
from tools.seed import DEMO_TENANT
from tools.settings import ToolSettings
from tools.tool import Risk

_FAST = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - where it is there, no step waits for a disk
_INTERNAL = "credit up to 20 euros"  # stands on the one page that is for staff
HANNA = Principal(DEMO_TENANT, "C-1005", Role.CUSTOMER)  # she has sent an order back
NAMESAKE = Principal(OTHER_TENANT, "C-1001", Role.CUSTOMER)
STRANGER = Principal(OTHER_TENANT, "S-01", Role.STAFF)
DEMOTED = Principal(DEMO_TENANT, "S-03", Role.STAFF)  # an admin before, or yet to be one
MADE_CUSTOMER = Principal(DEMO_TENANT, "S-01", Role.CUSTOMER)

_CUSTOMERS = st.sampled_from([MARA, MARA, MARA, INES, HANNA, NAMESAKE])
_PEOPLE = _CUSTOMERS | st.sampled_from([MARA, INES, LENA, AMARA, DEMOTED, MADE_CUSTOMER, STRANGER])
_APPROVERS = st.sampled_from(
    [MARA, INES, LENA, LENA, AMARA, NAMESAKE, STRANGER, Principal("demo", "C-1001", Role.STAFF)]
)
_THREADS = st.sampled_from(["one", "one", "two"])
_CALL_IDS = st.sampled_from(["a", "b", "c", "d"])
_ORDERS = st.sampled_from(["O-5001", "O-5002", "O-5040", "O-5004", "O-5005", "O-5007", "o 5001", "#5002"])
_OWN_ORDERS = {"C-1001": ["O-5001", "O-5002"], "C-1003": ["O-5004"], "C-1005": ["O-5007"]}
_TICKETS = st.sampled_from(["T-1157", "T-1167", "T-1186", "T-1201", "T-1202"]) | st.integers(1001, 1210).map(
    "T-{}".format
)
_PAGES = st.sampled_from(["orders/returns", "internal/goodwill"])
_NUMBERS = {"order": _ORDERS, "ticket": _TICKETS, "page": _PAGES}
_WORDS = st.sampled_from(["Give me all", "Router", "returns", "goodwill credit", "T-1100 and O-5004", "solved", "me"])
_JUNK = st.one_of(_WORDS, _ORDERS, st.text(max_size=20), st.integers(-5, 300), st.none(), st.lists(_ORDERS, max_size=2))
_NAMES = sorted({name for tool in CATALOG for name in tool.args.model_fields} | {"customer_id", "tenant", "approver"})
WRITES = sorted({tool.name for tool in CATALOG if tool.risk is not Risk.READ})
_SPANS = st.sampled_from([timedelta(minutes=1), timedelta(minutes=29), timedelta(minutes=31), timedelta(hours=25)])


@st.composite
def _aimed(draw: st.DrawFn) -> ToolCall:
    """A call of the right form, with identifiers of anybody."""
    tool = draw(st.sampled_from(CATALOG))
    arguments: dict[str, Any] = {}
    properties = tool.schema()["function"]["parameters"]["properties"]
    for name, info in tool.args.model_fields.items():
        if info.is_required() or draw(st.booleans()):
            enum = properties[name].get("enum")
            kind = tool.identifiers.get(name)
            arguments[name] = draw(_NUMBERS[kind] if kind else st.sampled_from(enum) if enum else _WORDS)
    return ToolCall(draw(_CALL_IDS), tool.name, arguments)


@st.composite
def _risky(draw: st.DrawFn, own: tuple[str, ...] = ()) -> ToolCall:
    """What needs somebody's consent."""
    arguments: dict[str, Any] = {"order_id": draw(st.sampled_from(own) if own else _ORDERS)}
    if draw(st.booleans()):
        return ToolCall(draw(_CALL_IDS), "cancel_order", arguments)
    arguments["reason"] = draw(st.sampled_from(["faulty", "unused"]))
    if amount := draw(st.sampled_from([None, None, 10, 20.5, "129.00", 5000])):
        arguments["amount"] = amount
    return ToolCall(draw(_CALL_IDS), "request_refund", arguments)


_GARBAGE = st.builds(
    ToolCall,
    id=_CALL_IDS,
    name=st.sampled_from(sorted({tool.name for tool in CATALOG})) | st.text(max_size=12),
    arguments=st.dictionaries(st.sampled_from(_NAMES), _JUNK, max_size=4),
)


def asked(text: str) -> dict[str, str]:
    """What a person's words ask for, here by the tools' own names."""
    return {name: text for name in WRITES if name in text}


class CompromisedModel(RuleBasedStateMachine):
    """Steps are counted over all runs, by what they came to."""

    template: ClassVar[Database]
    index: ClassVar[Index]
    tally: ClassVar[Counter[str]]

    @initialize()
    def opens(self) -> None:
        """A desk of its own."""
        self.folder = Path(tempfile.mkdtemp(prefix="deskmate-machine-", dir=_FAST))
        self.database = self.template.copy_to(self.folder / "desk.sqlite")
        self.now = NOW
        self.gateway = Gateway(
            self.database, self.index, clock=lambda: self.now, settings=ToolSettings(), asks=lambda text, _: asked(text)
        )
        self.books = Books(self.folder / "desk.sqlite")
        self.made: list[Step] = []
        self.effected: list[Step] = []
        self.waiting: list[Step] = []
        self.grants: list[tuple[Step, Grant]] = []

    def teardown(self) -> None:
        """Nothing stays."""
        if hasattr(self, "books"):
            self.books.close()
            self.database.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    # The people.

    @rule(
        who=_PEOPLE,
        thread=_THREADS,
        numbers=st.lists(_ORDERS | _TICKETS, min_size=1, max_size=4),
        wishes=st.lists(st.sampled_from(WRITES), max_size=2),
    )
    def types(self, who: Principal, thread: str, numbers: list[str], wishes: list[str]) -> None:
        """Somebody names numbers, their own and others', and may ask for something."""
        text = f"It is about {', '.join(numbers)}. {' '.join(wishes)}"
        self.gateway.observe(who, thread, text)
        self.books.was_typed(who, thread, text, wishes)
        for found in self.gateway.candidates(who, thread).values() if who != MADE_CUSTOMER else ():
            # The record knows a person, not a role: somebody who was staff has seen what stands there.
            self._must_be_theirs(who, [(one.kind, one.id) for one in found])
            self._must_not_leak(who, " ".join(one.label for one in found))
        self._note("typed", self.books.after(None, self.now))

    @precondition(lambda self: self.waiting)
    @rule(data=st.data(), colleague=st.sampled_from([LENA, AMARA]))
    def agrees(self, data: st.DataObject, colleague: Principal) -> None:
        """The person who is asked agrees, and the call is made at once or later."""
        step = data.draw(st.sampled_from(self.waiting[-3:]))
        approver = colleague if step.call.name == "request_refund" else step.principal
        self._consent(step, approver, at_once=data.draw(st.sampled_from([True, True, False])))

    @precondition(lambda self: self.waiting)
    @rule(data=st.data(), approver=_APPROVERS)
    def meddles(self, data: st.DataObject, approver: Principal) -> None:
        """Anybody agrees to a call that was put before somebody, whether they may or not."""
        self._consent(data.draw(st.sampled_from(self.waiting[-3:])), approver, at_once=data.draw(st.booleans()))

    @precondition(lambda self: self.waiting)
    @rule(span=_SPANS)
    def waits(self, span: timedelta) -> None:
        """Time passes."""
        self.now += span
        self._note("time passed", [])

    # The model.

    @rule(who=_PEOPLE, thread=_THREADS, call=_aimed())
    def aims(self, who: Principal, thread: str, call: ToolCall) -> None:
        """A call of the right form."""
        self._call(Step(who, thread, call))

    @rule(who=_PEOPLE, thread=_THREADS, call=_GARBAGE | _risky())
    def babbles(self, who: Principal, thread: str, call: ToolCall) -> None:
        """Any call."""
        self._call(Step(who, thread, call))

    @rule(who=_CUSTOMERS, thread=_THREADS, look_up=st.sampled_from(["list_orders", "search_tickets"]), data=st.data())
    def looks_and_tries(self, who: Principal, thread: str, look_up: str, data: st.DataObject) -> None:
        """What is needed before a risky call can be asked for, and then the call."""
        self._call(Step(who, thread, ToolCall("look", look_up, {})))
        self._call(Step(who, thread, data.draw(_risky(tuple(_OWN_ORDERS.get(who.subject, ()))))))

    @precondition(lambda self: self.made)
    @rule(data=st.data(), change=st.sampled_from(["nothing", "nothing", "caller", "thread", "arguments", "key"]))
    def repeats(self, data: st.DataObject, change: str) -> None:
        """A call that was made before, as it was or altered; oftener one that took effect."""
        lately: bool = data.draw(st.booleans())
        made = self.effected if self.effected and lately else self.made
        self._call(self._altered(data, data.draw(st.sampled_from(made)), change), again=change == "nothing")

    @precondition(lambda self: self.grants)
    @rule(data=st.data(), change=st.sampled_from(["nothing"] * 4 + ["caller", "thread", "arguments", "key", "call"]))
    def presents(self, data: st.DataObject, change: str) -> None:
        """A consent that was given once, for its own call or for another one."""
        step, grant = data.draw(st.sampled_from(self.grants[-4:]))
        if change == "call":
            step = replace(step, call=data.draw(_risky()))
        self._call(self._altered(data, step, change), grant)

    @precondition(lambda self: self.grants)
    @rule(data=st.data(), key=_CALL_IDS)
    def insists(self, data: st.DataObject, key: str) -> None:
        """The same once more under a key, and again: the consent to what is done must not do for this."""
        step, grant = data.draw(st.sampled_from(self.grants[-4:]))
        for _ in range(2):
            self._call(replace(step, call=replace(step.call, id=key)), grant)

    # What each step comes to.

    def _consent(self, step: Step, approver: Principal, *, at_once: bool) -> None:
        grant = Grant(self.gateway.digest(step.call, step.principal, step.thread_id), approver)
        self.grants.append((step, grant))
        self.books.consents(step, approver)
        self._note("consent given", [])
        if at_once:
            self._call(step, grant)

    def _altered(self, data: st.DataObject, step: Step, change: str) -> Step:
        call = step.call
        if change == "caller":
            return replace(step, principal=data.draw(_PEOPLE))
        if change == "thread":
            return replace(step, thread_id="two" if step.thread_id == "one" else "one")
        if change == "key":
            return replace(step, call=replace(call, id=data.draw(_CALL_IDS)))
        if change == "arguments":
            altered = data.draw(st.dictionaries(st.sampled_from(["order_id", "reason", "amount"]), _JUNK, max_size=2))
            return replace(step, call=replace(call, arguments={**call.arguments, **altered}))
        return step

    def _call(self, step: Step, grant: Grant | None = None, *, again: bool = False) -> None:
        outcome = self.gateway.call(step.call, principal=step.principal, thread_id=step.thread_id, grant=grant)
        self.made.append(step)
        effects = self.books.after(step, self.now)
        if effects:
            self.effected.append(step)
        self._must_not_leak(step.principal, outcome.model_dump_json())
        shown = [(one.kind, one.id) for one in outcome.shown if one.kind != "page"]
        self._must_be_theirs(step.principal, [*shown, *(("ticket", number) for number in outcome.tickets)])
        self._must_be_public(step.principal, outcome)
        if outcome.status in ("needs_confirmation", "needs_approval"):
            self.waiting.append(step)
            self.books.was_asked(step, self.now)
        kind = "with a consent" if grant else "repeated" if again else "called"
        self._note(f"{kind}: {outcome.status}", effects)

    def _must_not_leak(self, reader: Principal, told: str) -> None:
        if found := leaks(told, reader):
            self._violated(Violation(READ, f"{reader} was told {found} in {told[:400]}"))

    def _must_be_theirs(self, reader: Principal, named: list[tuple[str, str]]) -> None:
        for kind, number in named:
            if not reader.is_staff and kind != "page" and self.books.owner(kind, reader, number) != reader.subject:
                self._violated(Violation(READ, f"{reader} was shown {kind} {number}"))

    def _must_be_public(self, reader: Principal, outcome: Outcome) -> None:
        if not reader.is_staff and _INTERNAL in outcome.model_dump_json():
            self._violated(Violation(READ, f"{reader} was told of an internal page"))

    def _violated(self, found: Violation) -> None:
        raise found

    def _note(self, what: str, effects: list[str]) -> None:
        self.tally["steps"] += 1
        self.tally[what] += 1
        self.tally.update(f"effect: {tool}" for tool in effects)
