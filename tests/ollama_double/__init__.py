"""A protocol double of Ollama on a real socket.

Its script is what a *model* writes, raw; what goes out on the wire is what Ollama makes of that text for the model's
family: content, thinking, tool calls, errors. `double.py` is the place to start.
"""
