"""Attacks: instructions planted where a model reads, against models that obey them, judged by database and reply.

`tasks.toml` says what a customer or a colleague honestly wants, `goals.toml` what an attacker wants, `wordings.toml`
how an attacker says it; `cases.py` crosses them over the channels. `arena.py` runs a case with the real agent on a real
desk, `ungated.py` with none of its checks, `judge.py` reads the database and the reply, `figures.py` sums up.
"""
