"""Words are stemmed alike, however many conversations are under way."""

from concurrent.futures import ThreadPoolExecutor

from agent import words
from knowledge.stemming import stem

SENTENCES = [
    f"{letter}nationalisations happily considered the {letter}operations" for letter in "abcdefghijklmnop"
] * 40


def test_stems_are_the_same_in_many_threads_at_once() -> None:
    alone = [words.pairs(sentence) for sentence in SENTENCES]
    stem.cache_clear()
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(words.pairs, SENTENCES)) == alone
