"""Pydantic models that refuse unknown keys by naming the nearest known one, and errors told by file and line."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from evals.errors import SuiteInvalidError, at
from evals.marks import Marked, Route

Model = TypeVar("Model", bound="Strict")


class Strict(BaseModel):
    """A value read from a suite file: no unknown keys, no silent conversion, never changed in place."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            raise wrong(f"this must be a mapping with some of the keys {_listed(cls)}")
        for key in value:
            if key not in _keys(cls):
                raise unknown("key", key, _keys(cls))
        return value


def unknown(what: str, name: str, known: Iterable[str]) -> PydanticCustomError:
    """Return the error for a name that is not among the known ones; it points at the line of that name."""
    return wrong(unknown_sentence(what, name, known), name)


def unknown_sentence(what: str, name: str, known: Iterable[str]) -> str:
    """Return ``unknown key 'evidense'; the nearest known key is 'evidence'.``"""
    names = sorted(known)
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"the nearest known {what} is '{near[0]}'" if near else f"known: {', '.join(names)}"
    return f"unknown {what} '{name}'; {hint}"


def wrong(sentence: str, *route: str | int) -> PydanticCustomError:
    """Return an error with a sentence of its own, pointing at ``route`` below the present value."""
    return PydanticCustomError("wrong", "{sentence}", {"sentence": sentence, "route": route})


def read(model: type[Model], marked: Marked, value: Any, route: Route) -> Model:
    """Validate the part of a file that stands at ``route``.

    Raises:
        SuiteInvalidError: with one sentence for each thing that is wrong, each with file and line.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        found = error.errors()
        told = [_told(one, marked, route) for one in found if not _follows(one, found)]
        raise SuiteInvalidError(told) from error


def _follows(error: ErrorDetails, others: list[ErrorDetails]) -> bool:
    """Say whether a list is too short only because its items are wrong."""
    loc = error["loc"]
    return error["type"] == "too_short" and any(
        len(one["loc"]) > len(loc) and one["loc"][: len(loc)] == loc for one in others
    )


def _told(error: ErrorDetails, marked: Marked, route: Route) -> str:
    place: Route = (*route, *error["loc"], *error.get("ctx", {}).get("route", ()))
    return at(marked.path, marked.line(place), f"{_dotted(place)}: {_sentence(error)}.")


def _sentence(error: ErrorDetails) -> str:
    match error["type"]:
        case "missing":
            return "this key is missing"
        case "string_type":
            return f"this must be text, not {error['input']!r}; put it in quotes"
        case "literal_error":
            return f"{error['input']!r} is not known here; write {error['ctx']['expected']}"
        case "tuple_type" | "list_type":
            return f"this must be a list, not {error['input']!r}"
        case "wrong":
            return str(error["ctx"]["sentence"])
        case _:
            return error["msg"][:1].lower() + error["msg"][1:]


def _dotted(route: Route) -> str:
    shown = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in route)
    return shown.lstrip(".") or "file"


def _keys(model: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def _listed(model: type[BaseModel]) -> str:
    return ", ".join(sorted(_keys(model)))
