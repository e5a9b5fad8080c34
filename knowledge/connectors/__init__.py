"""Where pages come from: `connector.py` is the Protocol, each other file is one kind of source."""
