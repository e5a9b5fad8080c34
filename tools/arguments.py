"""Arguments of a tool: the pydantic model made from a function's signature, and the flat schema a model is shown."""

import inspect
import types
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, create_model
from pydantic.fields import FieldInfo

from tools.errors import CatalogError

_JSON_TYPES: dict[type, str] = {str: "string", bool: "boolean", int: "integer", float: "number", Decimal: "number"}


@dataclass(frozen=True, slots=True)
class Identifier:
    """Marks an argument whose value must come from the thread's record of identifiers."""

    kind: str


def _tidy(value: object) -> object:
    """`t-12 `, `#12` and `T 12` are ways of writing one number; anything else stays what it is."""
    return "".join(value.split()).upper().lstrip("#") if isinstance(value, str) else value


def _prefixed(letter: str) -> BeforeValidator:
    def tidy(value: object) -> object:
        if isinstance(value, int) and not isinstance(value, bool):
            return f"{letter}-{value}"
        plain = _tidy(value)
        if not isinstance(plain, str):
            return plain
        digits = plain.removeprefix(letter).lstrip("-")
        return f"{letter}-{digits}" if digits.isascii() and digits.isdigit() else plain

    return BeforeValidator(tidy)


TicketId = Annotated[
    str, Identifier("ticket"), _prefixed("T"), Field(description="Ticket number.", min_length=1, max_length=100)
]
OrderId = Annotated[
    str, Identifier("order"), _prefixed("O"), Field(description="Order number.", min_length=1, max_length=100)
]
PageId = Annotated[
    str, Identifier("page"), Field(description="Page, as named by a search.", min_length=1, max_length=300)
]


def arguments_model(name: str, signature: inspect.Signature, hints: Mapping[str, Any]) -> type[BaseModel]:
    """The model of all parameters after the first; extra arguments are refused.

    A trailing underscore, which keeps a parameter apart from a builtin (`type_`), is no part of the argument's name.

    Raises:
        CatalogError: a parameter has no description.
    """
    fields: dict[str, Any] = {}
    for parameter in list(signature.parameters.values())[1:]:
        default = ... if parameter.default is inspect.Parameter.empty else parameter.default
        fields[parameter.name.rstrip("_")] = (hints[parameter.name], default)
    config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)
    title = "".join(part.title() for part in name.split("_"))
    model = create_model(f"{title}Arguments", __config__=config, **fields)
    for field, info in model.model_fields.items():
        if not info.description:
            raise CatalogError(f"Argument {field} of tool {name} needs a description.")
    return model


def identifier_kinds(args: type[BaseModel]) -> Mapping[str, str]:
    """Which arguments are identifiers, and of which kind.

    Raises:
        CatalogError: an argument is named like an identifier and not declared as one.
    """
    kinds: dict[str, str] = {}
    for name, info in args.model_fields.items():
        marks = [mark for mark in (*info.metadata, *_nested(info.annotation)) if isinstance(mark, Identifier)]
        if marks:
            kinds[name] = marks[0].kind
        elif name == "id" or name.endswith("_id"):
            raise CatalogError(f"Argument {name} of {args.__name__} looks like an identifier; declare its kind.")
    return types.MappingProxyType(kinds)


def free_texts(args: type[BaseModel]) -> tuple[str, ...]:
    """The arguments that take any text: neither an identifier nor a word of a list."""
    kinds = identifier_kinds(args)
    return tuple(
        name
        for name, info in args.model_fields.items()
        if name not in kinds and issubclass(kind := plain_type(info.annotation), str) and not issubclass(kind, StrEnum)
    )


def _nested(annotation: Any) -> list[Any]:
    """Metadata of Annotated parts inside a union, such as `TicketId | None`."""
    if get_origin(annotation) is Annotated:
        return list(get_args(annotation)[1:])
    if get_origin(annotation) in (Union, types.UnionType):
        return [mark for part in get_args(annotation) for mark in _nested(part)]
    return []


def flat_schema(args: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema with type, description and enum only: other keywords are lost on small models' servers."""
    return {
        "type": "object",
        "properties": {name: _property(info) for name, info in args.model_fields.items()},
        "required": [name for name, info in args.model_fields.items() if info.is_required()],
    }


def _property(info: FieldInfo) -> dict[str, Any]:
    kind = plain_type(info.annotation)
    described: dict[str, Any] = {"type": _JSON_TYPES.get(kind, "string"), "description": info.description}
    if issubclass(kind, StrEnum):
        described["enum"] = [member.value for member in kind]
    return described


def plain_type(annotation: Any) -> type:
    """The type without Annotated and without None."""
    if get_origin(annotation) is Annotated:
        return plain_type(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return plain_type(next(part for part in get_args(annotation) if part is not types.NoneType))
    if isinstance(annotation, type):
        return annotation
    raise CatalogError(f"An argument of type {annotation!r} has no flat schema; use text, numbers, yes/no or a list.")


def mend_sentence(name: str, args: type[BaseModel], error: ValidationError) -> str:
    """Tell the model what is wrong with its arguments, and what the tool takes."""
    faults = "; ".join(dict.fromkeys(_fault(args, dict(found)) for found in error.errors()))
    takes = ", ".join(
        field if info.is_required() else f"{field} (optional)" for field, info in args.model_fields.items()
    )
    return f"{name} was not called: {faults}. It takes {takes or 'no arguments'}."


def _fault(args: type[BaseModel], found: Mapping[str, Any]) -> str:
    field = str(found["loc"][0]) if found["loc"] else "the arguments"
    info = args.model_fields.get(field)
    if found["type"] == "extra_forbidden" or info is None:
        return f"there is no argument {field[:40]!r}"
    if found["type"] == "missing":
        return f"{field} is missing"
    kind = plain_type(info.annotation)
    if issubclass(kind, StrEnum):
        return f"{field} must be one of {', '.join(member.value for member in kind)}"
    return f"{field} is not right ({str(found['msg']).lower()})"
