"""How much of a prompt the server has read before."""

from agent.models.prompt_meter import PromptMeter
from agent.models.wire import WireMessage


def prompt(*texts: str) -> list[WireMessage]:
    return [{"role": "user", "content": text} for text in texts]


def test_the_first_prompt_of_a_thread_follows_none() -> None:
    reuse = PromptMeter().note(prompt("rules"), None, "t1", 100)
    assert (reuse.follows, reuse.reused_bytes, reuse.uncached_tokens) == (False, 0, 100)


def test_a_prompt_that_only_grows_is_reused_whole() -> None:
    meter = PromptMeter()
    meter.note([], "rules, question", "t1", 100)
    reuse = meter.note([], "rules, question, result, step!", "t1", 200)
    assert (reuse.follows, reuse.reused_bytes, reuse.prompt_bytes) == (True, 15, 30)
    assert reuse.uncached_tokens == 100


def test_what_the_server_renders_counts_not_the_messages() -> None:
    meter = PromptMeter()
    same = prompt("the same messages")
    meter.note(same, "rendered /think", "t1", 10)
    assert meter.note(same, "rendered /no_think", "t1", 10).reused_bytes == len("rendered /")


def test_threads_are_compared_with_themselves_but_the_cache_holds_the_last_prompt_of_all() -> None:
    meter = PromptMeter()
    meter.note([], "rules, first customer", "t1", 100)
    meter.note([], "rules, other customer", "t2", 100)
    reuse = meter.note([], "rules, first customer", "t1", 100)
    assert reuse.reused_bytes == len("rules, first customer")
    assert reuse.uncached_tokens == round(100 * (1 - len("rules, ") / len("rules, first customer")))


def test_tokens_are_guessed_high_at_first_and_learned_from_the_server() -> None:
    meter = PromptMeter()
    long = prompt("word " * 400)
    guessed = meter.tokens(long)
    meter.note(long, None, "t1", 410)
    assert 410 <= meter.tokens(long) < guessed
