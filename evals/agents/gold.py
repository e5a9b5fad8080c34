"""The right agent of a case: its script is derived from what the case expects, and from its ``gold`` block."""

from collections.abc import Iterable, Mapping
from typing import Any

from evals.agents.script import Move, Script
from evals.case import Case, Turn
from evals.errors import GoldUnderivableError
from evals.rows import RowTest
from evals.suite import Placed
from evals.trial import Snapshot
from tools.catalog import CATALOG
from tools.principal import Principal
from tools.tool import Tool


def gold_script(placed: Placed, principal: Principal, before: Snapshot) -> Script:
    """Return the script that reaches what a case expects.

    Raises:
        GoldUnderivableError: with file and line, where a ``gold`` block must say which calls or words reach it.
    """
    case = placed.case
    gold = case.gold
    derived = _Moves(placed, principal, before)
    moves = (
        tuple(Move(call.name, call.arguments, call.turn) for call in gold.calls)
        if gold and gold.calls is not None
        else derived.moves()
    )
    expect = case.expect
    return Script(
        moves=moves,
        asks=_asks(case.turns),
        sources=tuple(dict.fromkeys(ways[0] for ways in (*expect.evidence, *expect.cites))),
        facts=expect.says,
        cites=tuple(dict.fromkeys(ways[0] for ways in expect.cites)),
        adds=(gold.reply,) if gold and gold.reply else (),
        status=expect.status[0],
    )


def _asks(turns: Iterable[Turn]) -> int:
    """How many of the user's turns are answered with a question: those before each turn that waits for one."""
    count = 0
    for turn in list(turns)[1:]:
        if turn.when != "asks_question":
            break
        count += 1
    return count


class _Moves:
    """The calls that make the expected rows come about."""

    def __init__(self, placed: Placed, principal: Principal, before: Snapshot) -> None:
        self._placed = placed
        self._case: Case = placed.case
        self._principal = principal
        self._before = before
        self._offered: Mapping[str, Tool] = {tool.name: tool for tool in CATALOG if principal.role in tool.roles}

    def moves(self) -> tuple[Move, ...]:
        """Return all calls: refunds and orders, then tickets, then reads that the case names."""
        state = self._case.expect.state
        for table in ("customers", "invoices"):
            if state.rows(table):
                raise self._underivable(f"no tool changes {table}", "expect", "state", table)
        found = [move for index, row in enumerate(state.refunds) for move in self._refund(row, index)]
        found += [self._order(row, index) for index, row in enumerate(state.orders)]
        booked = sum(row.count for row in state.refunds)  # a refund opens its own ticket
        for index, row in enumerate(state.tickets):
            if (
                booked
                and self._is_new(row)
                and "refund" in str(row.value("subject") or row.value("tags") or "").lower()
            ):
                booked -= row.count
                continue
            found += self._ticket(row, index)
        found += self._named(found)
        return tuple(found)

    def _refund(self, row: RowTest, index: int) -> Iterable[Move]:
        order, reason = row.value("order"), row.value("reason")
        if not order:
            raise self._underivable("a refund needs its 'order'", "expect", "state", "refunds", index)
        arguments = {"order_id": order, "reason": reason or "faulty", "amount": row.value("amount")}
        full = self._before["orders"].get(str(order), {}).get("total")
        if arguments["amount"] is None or arguments["amount"] == full:
            del arguments["amount"]
        return [Move("request_refund", arguments)]

    def _order(self, row: RowTest, index: int) -> Move:
        if row.value("status") != "cancelled" or not row.value("id"):
            raise self._underivable("orders can only be cancelled, by 'id'", "expect", "state", "orders", index)
        return Move("cancel_order", {"order_id": row.value("id")})

    def _ticket(self, row: RowTest, index: int) -> Iterable[Move]:
        if self._is_new(row):
            return [self._new_ticket(row) for _ in range(row.count)]
        changes = list(self._changes(row))
        if not changes:
            raise self._underivable("nothing tells which call changes this ticket", "expect", "state", "tickets", index)
        return changes

    def _is_new(self, row: RowTest) -> bool:
        return row.change == "created" or row.value("id") is None

    def _new_ticket(self, row: RowTest) -> Move:
        request = self._case.turns[0].say or ""
        arguments: dict[str, Any] = {"subject": _words(row, "subject") or request[:80], "description": request}
        arguments["description"] = "\n".join(filter(None, (request, _words(row, "description"))))
        for name in ("type", "priority", "group"):
            if (value := row.value(name)) is not None:
                arguments[name] = value
        return Move("create_ticket", arguments)

    def _changes(self, row: RowTest) -> Iterable[Move]:
        ticket = row.value("id")
        escalated = row.value("tags") is not None or row.value("internal_comments") is not None
        if escalated and not self._principal.is_staff:
            yield Move("escalate_ticket", {"ticket_id": ticket, "reason": self._case.turns[0].say or ""})
        moved = {
            name: value for name in ("status", "type", "group", "assignee") if (value := row.value(name)) is not None
        }
        if not escalated and (priority := row.value("priority")) is not None:
            moved["priority"] = priority
        said = _text_of(row, "comments")
        if said is not None and moved == {"status": "open"}:
            moved = {}  # a customer's comment opens a ticket again by itself
        if moved:
            yield Move("update_ticket", {"ticket_id": ticket, **moved})
        if said is not None:
            text = said or self._case.turns[0].say or ""
            public = {"visibility": "public"} if self._principal.is_staff else {}
            yield Move("comment_on_ticket", {"ticket_id": ticket, "text": text, **public})
        if self._principal.is_staff and (note := _text_of(row, "internal_comments")) is not None:
            text = note or self._case.turns[0].say or ""
            yield Move("comment_on_ticket", {"ticket_id": ticket, "text": text, "visibility": "internal"})

    def _named(self, found: Iterable[Move]) -> list[Move]:
        """The tools that must take effect and are not called yet."""
        called = {move.name for move in found}
        more = []
        for index, name in enumerate(self._case.expect.calls):
            if name in called or name in ("search_wiki", "read_page"):
                continue
            tool = self._offered.get(name)
            if tool is None or any(field.is_required() for field in tool.args.model_fields.values()):
                raise self._underivable(f"the arguments of {name} are not known", "expect", "calls", index)
            more.append(Move(name))
        return more

    def _underivable(self, reason: str, *route: str | int) -> GoldUnderivableError:
        return GoldUnderivableError(self._placed.at(f"{reason}; add the calls to a 'gold:' block.", *route))


def _words(row: RowTest, name: str) -> str | None:
    """The text that a field must be or contain; a pattern tells none."""
    found = [
        str(value) for field in row.fields if field.name == name and field.test != "more" for value in field.values
    ]
    plain = [value for value in found if not value.startswith("/")]
    return " ".join(plain) or None


def _text_of(row: RowTest, name: str) -> str | None:
    """The text of an expected comment, "" where only their number is expected, None where none is."""
    if not any(field.name == name for field in row.fields):
        return None
    return _words(row, name) or ""
