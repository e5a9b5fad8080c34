"""The models under the agent, each a LangChain chat model named by one string: `offline`, `ollama/NAME`, `auto`."""
