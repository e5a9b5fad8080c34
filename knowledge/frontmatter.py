"""Front matter: the YAML lines between '---' at the top of a page."""

import re
from dataclasses import dataclass
from datetime import date, datetime

import yaml

from knowledge.errors import PageSkipped
from knowledge.page import Audience, Trust

_FENCE = re.compile(r"\A---[ \t]*\r?\n(.*?)(?:^)(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_FIRST_KEY = re.compile(r"\A---[ \t]*\r?\n(?:[ \t]*(?:#.*)?\r?\n)*[A-Za-z_][\w-]*:(?:\s|\Z)")
_ID_LIMIT = 200


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What a page says about itself; None where it does not say."""

    id: str | None = None
    title: str | None = None
    audience: Audience | None = None
    owner: str | None = None
    updated: date | None = None
    url: str | None = None
    superseded_by: str | None = None
    review_by: date | None = None
    trust: Trust | None = None


def split(text: str) -> tuple[dict[str, object], str]:
    """The front matter's values and the text below it. A page without front matter has no values.

    Raises PageSkipped if the lines are there and are not YAML of 'name: value' form.
    """
    found = _FENCE.match(text)
    if not found:
        if _FIRST_KEY.match(text):
            raise PageSkipped("its front matter is never closed: end it with a line '---'.")
        return {}, text
    try:
        values = yaml.safe_load(found.group(1))
    except (yaml.YAMLError, ValueError) as error:
        raise PageSkipped(
            f"its front matter is not valid YAML{_where(error)}; put quotes around values that hold ': '."
        ) from error
    if values is None:
        return {}, text[found.end() :]
    if not isinstance(values, dict):
        # A page may open with a horizontal rule and have another one below.
        if _FIRST_KEY.match(text):
            raise PageSkipped("its front matter is not a list of 'name: value' lines.")
        return {}, text
    return {str(name).lower(): value for name, value in values.items()}, text[found.end() :]


def _where(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    return f" (line {mark.line + 2})" if mark is not None else ""


def read(values: dict[str, object]) -> FrontMatter:
    """Check the values. Raises PageSkipped, naming the field, for one that cannot be used."""
    return FrontMatter(
        id=page_id(_text(values, "id")),
        title=_text(values, "title"),
        audience=_audience(_text(values, "audience")),
        owner=_text(values, "owner"),
        updated=_date("updated", values.get("updated")),
        url=page_url(_text(values, "url")),
        superseded_by=_text(values, "superseded_by"),
        review_by=_date("review_by", values.get("review_by")),
        trust=_trust(_text(values, "trust")),
    )


def _text(values: dict[str, object], name: str) -> str | None:
    value = values.get(name)
    if value is None:
        return None
    if isinstance(value, (dict, list)):
        raise PageSkipped(f"its front matter field '{name}' must be one line of text.")
    return " ".join(str(value).split()) or None


def _audience(value: str | None) -> Audience | None:
    if value is None:
        return None
    try:
        return Audience(value.lower())
    except ValueError:
        raise PageSkipped(f"its audience is '{value}': write 'public' or 'internal'.") from None


def _trust(value: str | None) -> Trust | None:
    if value is None:
        return None
    try:
        return Trust(value.lower())
    except ValueError:
        raise PageSkipped(f"its trust is '{value}': write 'reviewed' or 'external'.") from None


def _date(name: str, value: object) -> date | None:
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return datetime.fromisoformat(str(value)).date()
    except ValueError:
        raise PageSkipped(f"its front matter field '{name}' is '{value}': write a date such as 2026-11-24.") from None


def page_url(value: str | None) -> str | None:
    """The value itself if it can be linked to. Raises PageSkipped if not."""
    # Links are shown to customers: a scheme such as javascript: must never come from a page.
    if value is None or re.match(r"https?://[^\s]+\Z|/(?!/)[^\s]*\Z", value):
        return value
    raise PageSkipped(f"its url is '{value}': it must begin with https://, http:// or / and hold no blanks.")


def page_id(value: str | None) -> str | None:
    """The value itself if it can name a page. Raises PageSkipped if not."""
    if value is None:
        return None
    parts = value.split("/")
    if len(value) > _ID_LIMIT or not value.isprintable() or "" in parts or ".." in parts or "." in parts:
        raise PageSkipped(f"its id is '{value[:60]}': use at most {_ID_LIMIT} characters and plain names between '/'.")
    return value
