"""`deskmate eval run retrieval`: labelled questions against wikis, scored page by page, without the agent."""
