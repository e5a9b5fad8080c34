"""The agent behind OpenAI's protocol, for clients that speak nothing else.

A stateless client sends the whole conversation each time; `conversations.py` finds the thread that it belongs to, so
that only its last message is run. Tools that the client brings are the client's: a model drives them, and nothing is
done here.
"""
