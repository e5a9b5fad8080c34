"""The Ollama adapter against several peers: our double, a mock server of other people's making, any real server by URL.

`make adapter-tests URL=http://127.0.0.1:11434 MODEL=qwen3:8b` runs them against a real one.
"""
