"""Makes a `Tool` of the catalog out of what a server describes and what `mcp.toml` allows."""

import hashlib
import json
import re
from collections.abc import Callable
from typing import Annotated, Any

from mcp.types import CallToolResult, TextContent
from mcp.types import Tool as Described
from pydantic import BaseModel, ConfigDict, Field, create_model

from tools.arguments import Identifier, OrderId, PageId, TicketId, identifier_kinds
from tools.errors import CatalogError
from tools.labels import Integrity, Label, Value
from tools.outcome import Outcome, Shown
from tools.principal import Principal
from tools.remote.config import Shows, ToolEntry
from tools.remote.errors import NotAdoptable, ServerDown, ToolChanged
from tools.tool import Risk, Tool, ToolContext
from tools.vocabulary import Word

Call = Callable[[str, dict[str, Any], str], CallToolResult]

_TYPES: dict[str, type] = {"string": str, "integer": int, "number": float, "boolean": bool}
_LIMITS = {"minLength": "min_length", "maxLength": "max_length", "minimum": "ge", "maximum": "le"}
_KINDS: dict[str, Any] = {"ticket": TicketId, "order": OrderId, "page": PageId}
_LONGEST_DESCRIPTION = 25  # words, as of our own tools
_LONGEST_SENTENCE = 2000  # characters of a server's text that a reply may hold
_MOST_SHOWN = 50
_LARGEST_DATA = 16_000  # characters of JSON; more is left out, for a model has to read it
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|<[^>]*>")  # the words of a link stay, where it leads to does not
_DOWN = "That system cannot be reached just now, so I could not look."
_UNKNOWN = "That system did not answer, so I do not know whether it was done. A colleague has to look into it."


def adopt(server: str, described: Described, entry: ToolEntry, call: Call, model: Tool | None) -> Tool:
    """The tool of `server`; `model` is the built-in tool that it stands for, whose name and wording it takes.

    Raises:
        NotAdoptable: its arguments cannot be shown to a model, or an identifier is not declared.
    """
    name = model.name if model else f"{server}_{described.name}"
    args = _arguments(name, described.inputSchema, entry)
    risk = risk_of(described, entry)
    words = (described.description or described.title or described.name.replace("_", " ")).split()
    title = entry.title or (model.title if model else described.title or described.name.replace("_", " ").capitalize())

    def run(arguments: BaseModel, context: ToolContext) -> Outcome:
        given = arguments.model_dump(mode="json", exclude_none=True)
        if context.rehearsal:  # nothing is sent out before somebody has agreed to it
            return Outcome(status="ok", sentence="", question=_question(title, given, risk), values=())
        whole = given | {argument: _of(context.principal, what) for argument, what in entry.caller.items()}
        try:
            answered = outcome(call(described.name, whole, _call_id(context, name, given)), entry.shows)
        except ToolChanged:
            return Outcome(status="failed", sentence="That cannot be done here until a colleague has looked at it.")
        except ServerDown:
            return Outcome(status="failed", sentence=_DOWN if risk is Risk.READ else _UNKNOWN)
        return answered.model_copy(update={"values": (_value(answered, context.principal, server),)})

    try:
        kinds = identifier_kinds(args)
    except CatalogError as error:
        raise NotAdoptable(f"{error} It goes under `identifiers` or `caller` of the tool in mcp.toml.") from error
    return Tool(
        name=name,
        title=title,
        description=" ".join(words[:_LONGEST_DESCRIPTION]),
        args=args,
        risk=risk,
        roles=model.roles & entry.roles if model else entry.roles,
        identifiers=kinds,
        asked=entry.asked or (model.asked if model else ()),
        run=run,
        server=server,
    )


def told(described: Described) -> str:
    """All of a server's words on a tool that a model may come to read, so that somebody can read them before."""
    properties: dict[str, dict[str, Any]] = described.inputSchema.get("properties", {})
    arguments = [f"{name}: {about.get('description', 'no description')}" for name, about in properties.items()]
    lines = [" ".join(line.split()) for line in (described.description or "", *arguments)]
    # A terminal obeys control characters: what is read must be what is there.
    return "\n".join("".join(sign if sign.isprintable() else "\ufffd" for sign in line) for line in lines)


def risk_of(described: Described, entry: ToolEntry) -> Risk:
    """What `mcp.toml` says; else the server's hint that it only reads, which somebody approved with the rest."""
    reads = described.annotations is not None and described.annotations.readOnlyHint is True
    return entry.risk or (Risk.READ if reads else Risk.APPROVE)


def _of(principal: Principal, what: str) -> str:
    return str(getattr(principal, what))


def _call_id(context: ToolContext, name: str, given: dict[str, Any]) -> str:
    """The same for the same call of the ledger."""
    who = [context.principal.tenant, context.principal.subject, context.thread_id, context.call_id, name, given]
    return hashlib.sha256(json.dumps(who, sort_keys=True).encode()).hexdigest()


def _question(title: str, given: dict[str, Any], risk: Risk) -> str:
    told = ", ".join(f"{name.removesuffix('_id').replace('_', ' ')} {value}" for name, value in given.items())
    act = f"{title[0].lower()}{title[1:]}{f' ({told})' if told else ''}"
    if risk is Risk.APPROVE:
        return f"A colleague has to approve this first: {act}. Nothing has been done yet."
    return f"Shall I {act}? It may not be possible to undo it."


# Arguments: a flat JSON schema becomes the model that the gateway checks.


def _arguments(name: str, schema: dict[str, Any], entry: ToolEntry) -> type[BaseModel]:
    properties: dict[str, Any] = schema.get("properties", {})
    if missing := [one for one in (*entry.caller, *entry.identifiers) if one not in properties]:
        raise NotAdoptable(f"mcp.toml speaks of an argument {missing[0]!r} that tool {name} does not have.")
    required = set(schema.get("required", ()))
    fields: dict[str, Any] = {}
    for argument, described in properties.items():
        if argument in entry.caller:
            continue
        needed = argument in required
        kind, limits = _type(name, argument, described, entry.identifiers.get(argument))
        about = " ".join(str(described.get("description") or argument.replace("_", " ")).split()[:_LONGEST_DESCRIPTION])
        field = Field(default=... if needed else None, description=about, **limits)
        fields[argument] = (kind if needed else kind | None, field)
    config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)
    title = "".join(part.title() for part in name.split("_"))
    made: type[BaseModel] = create_model(f"{title}Arguments", __config__=config, **fields)
    return made


def _type(name: str, argument: str, described: dict[str, Any], identifier: str | None) -> tuple[Any, dict[str, Any]]:
    """A property's type and limits. An optional one may be written as a union with null."""
    union = [part for part in described.get("anyOf", ()) if part.get("type") != "null"]
    plain: dict[str, Any] = {**described, **union[0]} if len(union) == 1 else described
    if identifier:
        return _KINDS.get(identifier, Annotated[str, Identifier(identifier)]), {}
    values = plain.get("enum")
    if values and all(isinstance(value, str) for value in values):
        made: Any = Word  # a closed list of words, made here: the type checker knows only those that are written out
        words = made(f"{name}_{argument}", {f"V{number}": value for number, value in enumerate(values)})
        return words, {}
    if plain.get("type") not in _TYPES:
        raise NotAdoptable(f"Argument {argument} of tool {name} is neither text, number, yes/no nor one of a list.")
    return _TYPES[plain["type"]], {ours: plain[theirs] for theirs, ours in _LIMITS.items() if theirs in plain}


# Results: text and data of another house. They are labelled by `Tool.server`: whatever comes from here is external.


def outcome(result: CallToolResult, shows: Shows | None) -> Outcome:
    """What the server answered. Identifiers count as shown only where `mcp.toml` says in which place they stand."""
    texts = [part.text for part in result.content if isinstance(part, TextContent)]
    said = " ".join(_LINK.sub(r"\1", " ".join(texts)).split())[:_LONGEST_SENTENCE]
    if result.isError:
        return Outcome(status="refused", sentence=said or "That system refused it and gave no reason.")
    data = result.structuredContent or {}
    rows = _rows(data, shows) if shows else []
    shown = [
        Shown(kind=shows.kind, id=str(row[shows.id])[:100], label=str(row.get(shows.label, ""))[:200])
        for row in rows
        if shows and isinstance(row, dict) and row.get(shows.id)
    ]
    found = bool(rows) if shows and shows.list else None
    if len(json.dumps(data)) > _LARGEST_DATA:
        data = {"left_out": "The data was too large."}
    return Outcome(status="ok", sentence=said or "Done.", data=data, shown=tuple(shown[:_MOST_SHOWN]), found=found)


def _value(answered: Outcome, principal: Principal, server: str) -> Value:
    """All that a server said: words of another house, for the caller alone."""
    text = "\n".join([answered.sentence, *_texts(answered.data)])
    return Value(text=text, label=Label.own(principal, Integrity.EXTERNAL), source=f"an answer of the system {server}")


def _texts(data: Any) -> list[str]:
    if isinstance(data, dict):
        return [text for part in data.values() for text in _texts(part)]
    if isinstance(data, list):
        return [text for part in data for text in _texts(part)]
    return [data] if isinstance(data, str) else []


def _rows(data: dict[str, Any], shows: Shows) -> list[Any]:
    if not shows.list:
        return [data]
    listed = data.get(shows.list)
    return listed if isinstance(listed, list) else []
