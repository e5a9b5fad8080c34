"""What Deskmate knows: the company's wikis, indexed and searchable.

`knowledge.index.Index` searches, `knowledge.ingest.ingest` fills it from a source, `knowledge.sync.sync` keeps it in
step with those of sources.toml. This room reads pages, cuts them into chunks, embeds them and ranks them. It must not
know of tickets, models, conversations or of Deskmate's own service.
"""

from pathlib import Path

DEMO_WIKI = Path(__file__).parent / "wiki"
"""The folder of the demo company's pages."""
