"""A stock agent to compare with: LangChain's ``create_agent`` on ``ChatOllama``, with our tools and our wiki."""
