"""Any document loader of langchain-community, for the wikis that have no connector of their own."""

from collections import defaultdict
from collections.abc import Iterator
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from knowledge.connectors.connector import Fetched, Listed
from knowledge.connectors.content import day
from knowledge.connectors.mark import mark
from knowledge.errors import SourceError, SourceUnavailable
from knowledge.parsers import MEDIA


class LangChainOptions(BaseModel):
    """What a loader can be told in sources.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    loader: str = Field(pattern=r"^\w+Loader$", description="Class of langchain_community.document_loaders.")
    arguments: dict[str, Any] = Field(default={}, description="What the class is made with.")
    media: str = Field(default="text/plain", description="Form of the texts: text/plain, text/markdown or text/html.")
    key: str = Field(default="source", description="Metadata that names a page; parts of one page have the same.")
    title: str = Field(default="title", description="Metadata that holds the title.")
    url: str = Field(default="", description="Metadata that holds the page's address.")
    updated: str = Field(default="", description="Metadata that holds the day of the last change.")

    def open(self, name: str, folder: Path) -> "LangChain":
        """The loader as a source; it keeps nothing. Raises SourceError where the class cannot be had."""
        return LangChain(name, self)


class LangChain:
    """Pages as the loader gives them. It gives all at once, so all are read each time and compared by their text."""

    def __init__(self, name: str, options: LangChainOptions) -> None:
        self.name = name
        self.address = options.loader
        self._options = options
        self._loader = _made(options, name)
        self._pages: dict[str, list[Any]] = {}

    def pages(self) -> Iterator[Listed]:
        """Every page of the loader."""
        pages: dict[str, list[Any]] = defaultdict(list)
        try:
            for document in self._loader.lazy_load():
                pages[str(document.metadata[self._options.key])].append(document)
        except KeyError as error:
            raise SourceError(
                f"{self.address} gives no metadata {error}: name another 'key' for source '{self.name}'."
            ) from error
        except Exception as error:
            raise SourceUnavailable(f"{self.address} could not load source '{self.name}': see the log.") from error
        self._pages = dict(pages)
        for key in self._pages:
            said = f"{mark(self._options)} {self._pages[key][0].metadata} {self._text(key)}"
            yield Listed(key, sha256(said.encode()).hexdigest())

    def read(self, listed: Listed) -> Fetched:
        """The page, its parts in the loader's order."""
        said: dict[str, Any] = self._pages[listed.key][0].metadata
        return Fetched(
            key=listed.key,
            data=self._text(listed.key).encode(),
            media=self._options.media,
            title=str(said[self._options.title]) if said.get(self._options.title) else None,
            url=str(said[self._options.url]) if said.get(self._options.url) else None,
            updated=day(str(said.get(self._options.updated, ""))),
        )

    def close(self) -> None:
        """Nothing is held."""

    def _text(self, key: str) -> str:
        return "\n\n".join(document.page_content for document in self._pages[key])


def _made(options: LangChainOptions, name: str) -> Any:
    if options.media not in MEDIA.values():
        raise SourceError(f"Source '{name}' has media '{options.media}': use one of {', '.join(MEDIA.values())}.")
    try:
        # Imported here alone: it is large, and being sunset.
        loaders = import_module("langchain_community.document_loaders")
        return getattr(loaders, options.loader)(**options.arguments)
    except ImportError as error:
        raise SourceError(f"{options.loader} needs a package: install langchain-community, or {error.name}.") from error
    except AttributeError as error:
        raise SourceError(f"langchain_community.document_loaders has no {options.loader}: check its name.") from error
    except (TypeError, ValueError) as error:
        raise SourceError(f"{options.loader} does not take these arguments: check source '{name}'.") from error
