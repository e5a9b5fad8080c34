"""The words that go to a model, one Markdown file a prompt; `agent.prompting` fills them in."""
