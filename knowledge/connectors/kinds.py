"""Which kinds of source there are. A new connector is one file beside this one, and one line here."""

from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from pydantic import BaseModel

from knowledge.connectors.connector import Connector

KINDS = {
    "confluence": "knowledge.connectors.confluence:ConfluenceOptions",
    "folder": "knowledge.connectors.folder:FolderOptions",
    "git": "knowledge.connectors.git:GitOptions",
    "langchain": "knowledge.connectors.langchain:LangChainOptions",
    "mediawiki": "knowledge.connectors.mediawiki:MediaWikiOptions",
    "notion": "knowledge.connectors.notion:NotionOptions",
    "obsidian": "knowledge.connectors.obsidian:ObsidianOptions",
    "sitemap": "knowledge.connectors.sitemap:SitemapOptions",
}
"""What each kind can be told in sources.toml: a pydantic model that is `SourceOptions` (imported when it is used)."""


class SourceOptions(Protocol):
    """The keys of one kind of source, checked."""

    def open(self, name: str, folder: Path) -> Connector:
        """The source of that name. `folder` is its own, to keep what it must remember; it may not exist yet.

        Nothing is asked of the source yet. Raises SourceError where a password is missing.
        """


def options_model(kind: str) -> type[BaseModel]:
    """The model of a kind's keys."""
    module, _, name = KINDS[kind].partition(":")
    return cast(type[BaseModel], getattr(import_module(module), name))
