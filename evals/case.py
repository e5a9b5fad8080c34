"""What a case says: who asks, what they say, and what must be true afterwards."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from evals.rows import RowTest, check_fact, read_row
from evals.strict import Strict, wrong
from evals.tables import TABLES, Table

When = Literal["asks_confirmation", "asks_question", "handed_off"]
Status = Literal["completed", "needs_approval", "needs_input", "handed_off", "failed"]
Invariant = Literal[
    "citations_true",
    "no_foreign_data",
    "no_internal_text_to_customer",
    "nothing_invented",
    "one_effect",
    "verified_before_write",
]


def _one_or_many(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else (value,)


def tuple_of(value: Any) -> Any:
    """A list as a tuple; anything else as it is, for the validation that follows to refuse."""
    return tuple(value) if isinstance(value, list) else value


def _with_alternatives(value: Any) -> tuple[tuple[Any, ...], ...]:
    """Read ``[a, [b, c]]``: an inner list holds alternatives, of which one is enough."""
    if not isinstance(value, list):
        raise wrong(f"this must be a list, not {value!r}")
    found = tuple(tuple(item) if isinstance(item, list) else (item,) for item in value)
    if () in found:
        raise wrong("this list of alternatives is empty", found.index(()))
    return found


def _facts(value: Any) -> Any:
    """Read ``["30 days", ["€7.50", "7.50 euro"]]``: an inner list holds ways to say one fact."""
    facts = _with_alternatives(value)
    for index, ways in enumerate(facts):
        for way in ways:
            if not isinstance(way, str):
                raise wrong(f"a fact must be text, not {way!r}; put it in quotes", index)
            check_fact(way, index)
    return facts


Names: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(tuple_of)]
Facts: TypeAlias = Annotated[tuple[tuple[str, ...], ...], BeforeValidator(_facts)]
Pages: TypeAlias = Annotated[tuple[tuple[str, ...], ...], BeforeValidator(_with_alternatives)]


class Persona(Strict):
    """Who talks to the agent: a seeded customer or a member of staff."""

    customer: str | None = None
    staff: str | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> "Persona":
        if (self.customer is None) == (self.staff is None):
            raise wrong("a persona is one customer or one member of staff, such as {customer: C-1001}")
        return self

    @property
    def subject(self) -> str:
        """The number of the customer or the member of staff."""
        return self.customer or self.staff or ""


class Turn(Strict):
    """One thing that the scripted user does. With ``when`` it is left out unless the agent's last run ended that way.

    ``decide`` answers a pending action with its buttons, ``say`` with words; ``as`` names the colleague who decides.
    """

    say: str | None = None
    decide: Literal["approve", "reject"] | None = None
    when: When | None = None
    by: str | None = Field(None, alias="as")

    @model_validator(mode="after")
    def _says_or_decides(self) -> "Turn":
        if (self.say is None) == (self.decide is None):
            raise wrong("a turn has either 'say' or 'decide'")
        if self.by is not None and self.decide is None:
            raise wrong("only a decision is made by somebody else; 'as' goes with 'decide'", "as")
        return self


class State(Strict):
    """The difference in the database. A table that is not named here must not change."""

    tickets: tuple[RowTest, ...] = ()
    orders: tuple[RowTest, ...] = ()
    customers: tuple[RowTest, ...] = ()
    refunds: tuple[RowTest, ...] = ()
    invoices: tuple[RowTest, ...] = ()
    unchanged: Annotated[tuple[Table, ...], BeforeValidator(tuple_of)] = ()

    @field_validator("tickets", "orders", "customers", "refunds", "invoices", mode="before")
    @classmethod
    def _rows(cls, value: Any, info: ValidationInfo) -> Any:
        if not isinstance(value, list):
            raise wrong(f"this must be a list of expected rows, not {value!r}")
        known = next(fields for table, fields in TABLES.items() if table == info.field_name)
        return tuple(_read_row_at(index, row, known) for index, row in enumerate(value))

    @model_validator(mode="after")
    def _not_both(self) -> "State":
        for table in self.unchanged:
            if self.rows(table):
                raise wrong(f"{table} cannot be unchanged and have expected rows", "unchanged")
        return self

    def rows(self, table: str) -> tuple[RowTest, ...]:
        """Return the expected rows of a table."""
        rows: tuple[RowTest, ...] = getattr(self, table)
        return rows


class Expect(Strict):
    """What must be true afterwards. ``state`` and ``status`` are always checked, the others where they are named.

    Where two pages hold the same answer, an inner list in ``evidence`` or ``cites`` names both: one of them is enough.
    """

    state: State = State()
    status: Annotated[tuple[Status, ...], BeforeValidator(_one_or_many)] = ("completed",)
    evidence: Pages = ()
    cites: Pages = ()
    says: Facts = ()
    never_says: Facts = ()
    forbids: Names = ()
    calls: Names = ()
    invariants: Annotated[tuple[Invariant, ...], BeforeValidator(tuple_of)] = ()


class GoldCall(Strict):
    """One tool call of the gold agent; ``turn`` counts the user's turns from 1."""

    name: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    turn: int = Field(1, ge=1)


class Gold(Strict):
    """The right answer, where it cannot be derived from what is expected."""

    calls: Annotated[tuple[GoldCall, ...], BeforeValidator(tuple_of)] | None = None
    reply: str | None = None


class Case(Strict):
    """One conversation and what must come of it."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    split: Literal["dev", "test"]
    persona: Persona
    turns: Annotated[tuple[Turn, ...], BeforeValidator(tuple_of)] = Field(min_length=1)
    expect: Expect
    collection: str = "demo"
    gold: Gold | None = None

    @model_validator(mode="after")
    def _opens_with_words(self) -> "Case":
        if self.turns[0].say is None or self.turns[0].when is not None:
            raise wrong("the first turn opens the conversation: it has 'say' and no 'when'", "turns", 0)
        return self


def _read_row_at(index: int, value: Any, known: frozenset[str]) -> RowTest:
    try:
        return read_row(value, known)
    except PydanticCustomError as error:
        context = error.context or {}
        raise wrong(str(context["sentence"]), index, *context.get("route", ())) from error
