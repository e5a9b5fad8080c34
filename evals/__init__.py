"""Scores the agent: suites of cases, fresh worlds, checks, statistics, reports, and the proof of the suites themselves.

Public names: :func:`evals.suite.load_suite` reads a suite, :func:`evals.run.run_suite` scores one model on it,
:func:`evals.prove.prove_suite` shows that its checks catch wrong agents. The room drives ``agent.service.Service`` in
process and must not know how HTTP reaches it.
"""
