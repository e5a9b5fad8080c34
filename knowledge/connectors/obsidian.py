"""An Obsidian vault: its notes, with the links between them made plain."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from knowledge import frontmatter
from knowledge.connectors.connector import Fetched, Listed, Skip
from knowledge.connectors.folder import Folder
from knowledge.errors import PageSkipped
from knowledge.page import Audience

_NOTE = (".md", ".markdown")
_DEPTH = 3  # notes within notes within notes
_CODE = re.compile(
    r"(^ {0,3}(`{3,}|~{3,})[^\n]*\n.*?(?:^ {0,3}\2[`~]*[ \t]*$|\Z)|(?P<tick>`+)(?!`).*?(?<!`)(?P=tick)(?!`))",
    re.MULTILINE | re.DOTALL,
)
_COMMENT = re.compile(r"%%.*?%%", re.DOTALL)
_LINK = re.compile(r"(!?)\[\[([^\]\[|#\n]*)(?:#([^\]\[|\n]*))?(?:\|([^\]\[\n]*))?\]\]")
_BLOCK_NAME = re.compile(r"[ \t]+\^[\w-]+[ \t]*$", re.MULTILINE)
_HIGHLIGHT = re.compile(r"==(?=\S)(.+?)(?<=\S)==")
_TAG = re.compile(r"(?<!\S)#([\w/-]*[^\W\d][\w/-]*)")
_HEADING = re.compile(r"^(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*$", re.MULTILINE)


class ObsidianOptions(BaseModel):
    """What a vault can be told in sources.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path = Field(description="The vault's folder; '~' is the home directory.")
    internal_tags: tuple[str, ...] = Field(
        default=(), description="Notes with these tags (or below) are for staff only."
    )
    without_tags: tuple[str, ...] = Field(default=(), description="No notes with these tags (or below), such as draft.")
    embeds: bool = Field(
        default=False,
        description="Put embedded notes into the text, not only links to them; what tags or front matter call internal "
        "is not put into a public note, but the patterns of `internal` are not looked at.",
    )
    page_limit: int = Field(default=2_000_000, ge=1, description="Largest file that is read (bytes).")

    def open(self, name: str, folder: Path) -> "Obsidian":
        """The vault as a source; it keeps nothing."""
        return Obsidian(name, self)


class Obsidian:
    """Notes by their path inside the vault. Other files that can be read are pages as in a folder."""

    def __init__(self, name: str, options: ObsidianOptions) -> None:
        self.name = name
        self.address = str(options.path)
        self._options = options
        self._folder = Folder(options.path.expanduser(), page_limit=options.page_limit, name=name)
        self._names: dict[str, str] = {}  # what a link may say of a note, in lower case -> its key

    def pages(self) -> Iterator[Listed | Skip]:
        """Every note. Without versions: notes are read each time, for their aliases alone."""
        entries = list(self._folder.pages())
        self._names = self._named([entry.key for entry in entries if isinstance(entry, Listed)])
        for entry in entries:
            if isinstance(entry, Skip) or not self._passed_over(entry.key):
                yield entry

    def read(self, listed: Listed) -> Fetched:
        """The note as Markdown: links with their paths, without comments and marks."""
        file = self._folder.read(listed)
        if not listed.key.endswith(_NOTE):
            return file
        values, matter, body = _split(file.data)
        internal = self._is_internal(values, body)
        text = self._plain(body, listed.key, (listed.key,), internal=internal)
        return replace(
            file,
            data=(matter + text).encode(),
            title=str(values["title"]) if isinstance(values.get("title"), str) else PurePosixPath(listed.key).stem,
            audience=Audience.INTERNAL if _tagged(values, body, self._options.internal_tags) else None,
        )

    def close(self) -> None:
        """Nothing is held."""

    def _named(self, keys: list[str]) -> dict[str, str]:
        """Paths before names before aliases; of two notes of one name, the one nearer to the top."""
        named: dict[str, str] = {}
        ordered = sorted(keys, key=lambda key: (key.count("/"), key))
        for key in ordered:
            named.setdefault(_stem(key).lower(), key)
        for key in ordered:
            named.setdefault(PurePosixPath(_stem(key)).name.lower(), key)
        for key in ordered:
            if key.endswith(_NOTE):
                for alias in _listed(self._matter(key).get("aliases")):
                    named.setdefault(alias.lower(), key)
        return named

    def _matter(self, key: str) -> Mapping[str, object]:
        try:
            return _split(self._folder.read(Listed(key)).data)[0]
        except PageSkipped:
            return {}  # `read` says what is wrong

    def _passed_over(self, key: str) -> bool:
        if not self._options.without_tags or not key.endswith(_NOTE):
            return False
        try:
            values, _, body = _split(self._folder.read(Listed(key)).data)
        except PageSkipped:
            return False
        return _tagged(values, body, self._options.without_tags)

    def _is_internal(self, values: Mapping[str, object], body: str) -> bool:
        stated = str(values.get("audience", "")).strip().lower() == Audience.INTERNAL
        return stated or _tagged(values, body, self._options.internal_tags)

    def _plain(self, body: str, key: str, within: tuple[str, ...], *, internal: bool) -> str:
        """The text outside code, without what only Obsidian understands."""
        pieces, at = [], 0
        for code in _CODE.finditer(body):
            pieces += [self._prose(body[at : code.start()], key, within, internal=internal), code.group()]
            at = code.end()
        return "".join([*pieces, self._prose(body[at:], key, within, internal=internal)])

    def _prose(self, text: str, key: str, within: tuple[str, ...], *, internal: bool) -> str:
        text = _BLOCK_NAME.sub("", _COMMENT.sub("", text))
        linked = _LINK.sub(lambda found: self._linked(found, key, within, internal=internal), text)
        return _HIGHLIGHT.sub(r"\1", linked)

    def _linked(self, found: re.Match[str], key: str, within: tuple[str, ...], *, internal: bool) -> str:
        embedded, target, heading, words = (part or "" for part in found.groups())
        note = self._names.get(_stem(target.strip()).lower()) if target.strip() else key
        shown = words or (f"{target} > {heading}" if target and heading else target or heading).lstrip("^")
        if embedded and (note is None or not note.endswith(_NOTE)):
            return ""  # a picture, a sound, a file
        if note is None:
            return shown
        if embedded and self._options.embeds and note not in within and len(within) <= _DEPTH:
            return self._embedded(note, heading, within, internal=internal)
        place = quote(posixpath.relpath(note, posixpath.dirname(key) or "."))
        section = f"#{quote(heading.replace(' ', '-').lower())}" if heading and not heading.startswith("^") else ""
        return f"[{shown}]({place}{section})"

    def _embedded(self, note: str, heading: str, within: tuple[str, ...], *, internal: bool) -> str:
        try:
            values, _, body = _split(self._folder.read(Listed(note)).data)
        except PageSkipped:
            return ""
        if self._is_internal(values, body) and not internal:
            return ""
        return self._plain(_section(body, heading), note, (*within, note), internal=internal)


def _stem(path: str) -> str:
    return str(PurePosixPath(path).with_suffix("")) if path.endswith(_NOTE) else path


def _split(data: bytes) -> tuple[dict[str, object], str, str]:
    """The front matter's values, the front matter as it stands, and the note below it. Raises PageSkipped."""
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise PageSkipped(f"it is not UTF-8 text (byte {error.start}): save it as UTF-8.") from error
    values, body = frontmatter.split(text)
    return values, text[: len(text) - len(body)], body


def _listed(value: object) -> list[str]:
    """A list of words as front matter may write it: a YAML list, or with commas."""
    parts = value if isinstance(value, list) else str(value or "").split(",")
    return [str(part).strip().removeprefix("#") for part in parts if part and str(part).strip()]


def _tagged(values: Mapping[str, object], body: str, tags: tuple[str, ...]) -> bool:
    """Whether a note has one of the tags, or one below it."""
    if not tags:
        return False
    own = {tag.lower() for tag in (*_listed(values.get("tags")), *_TAG.findall(_CODE.sub("", body)))}
    wanted = [tag.removeprefix("#").lower() for tag in tags]
    return any(tag == name or tag.startswith(f"{name}/") for tag in own for name in wanted)


def _section(body: str, heading: str) -> str:
    """What stands below a heading, up to the next one of its level; the whole note without a heading."""
    if not heading or heading.startswith("^"):
        return body
    found = list(_HEADING.finditer(body))
    for number, start in enumerate(found):
        if start.group(2).casefold() == heading.split("#")[-1].strip().casefold():
            ends = (after.start() for after in found[number + 1 :] if len(after.group(1)) <= len(start.group(1)))
            return body[start.start() : next(ends, len(body))]
    return ""
