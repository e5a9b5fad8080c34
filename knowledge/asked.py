"""The words of a query as the index knows them: other languages, words written apart or together, typing errors."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product
from typing import Literal

from rapidfuzz import process
from rapidfuzz.distance import OSA

from knowledge.fulltext import FullText
from knowledge.stemming import LANGUAGES, Language
from knowledge.words import content_runs, languages, stem

Found = Literal["as asked", "in another language", "written apart", "written together", "mistyped", "unknown"]

_READ = 256  # words of a query that are looked up at all
_JOINED = 48  # words of a query up to which those beside each other are looked up as one
_MENDED = 6  # unknown words of a query that are looked for in the vocabulary
_LINKS = ("", "s", "es", "n", "en", "er", "e")  # what German puts between the parts of a compound
_SHORTEST_PART = 3  # letters
_MISTYPED, _MISTYPED_TWICE = 6, 9  # letters from which on a word may hold one error, and its stem two


@dataclass(frozen=True, slots=True)
class Asked:
    """One word of a query.

    `terms` stand for it in the index: any of them, or where it is `written apart` all of them. `weight` is its inverse
    document frequency, `said` how often the query says it.
    """

    word: str
    terms: tuple[str, ...]
    found: Found
    weight: float
    said: int = 1

    def stands_in(self, terms: frozenset[str]) -> bool:
        """Whether a text of these terms holds the word."""
        held = (term in terms for term in self.terms)
        return all(held) if self.found == "written apart" else any(held)


@dataclass(frozen=True, slots=True)
class Question:
    """What a query looks up: its words, each once in reading order, and the terms that stand side by side in it."""

    words: tuple[Asked, ...]
    pairs: tuple[tuple[str, str], ...]


def read_question(query: str, text: FullText, *, mend: bool = True) -> Question:
    """Look the query's words up. Without `mend` a word that the index does not know stays as it is."""
    return _Reader(query, text, mend).read()


class _Reader:
    def __init__(self, query: str, text: FullText, mend: bool) -> None:
        self._text = text
        self._mend = mend
        self._unmended = _MENDED
        spoken = text.languages()
        likely = languages(query)
        self._languages: list[Language] = [
            name for name in likely if name == "english" or name in spoken or len(likely) == 1
        ] or ["english"]
        self._others: list[Language] = [name for name in LANGUAGES if name in spoken and name not in self._languages]
        self._runs = content_runs(query)

    def read(self) -> Question:
        seen: dict[str, Asked] = {}
        by_terms: dict[tuple[str, ...], Asked] = {}
        read, runs = 0, []
        for run in self._runs:
            chosen = run[: max(0, _READ - read)]
            read += len(chosen)
            runs.append([seen.get(word) or seen.setdefault(word, self._look_up(word)) for word in chosen])
        for asked in (word for run in runs for word in run if word.terms):
            held = by_terms.get(asked.terms)
            by_terms[asked.terms] = replace(held, said=held.said + 1) if held else asked
        joined = dict(self._joined()) if self._mend and read <= _JOINED else {}
        return Question(tuple(self._also(asked, joined) for asked in by_terms.values()), tuple(_pairs(runs)))

    def _look_up(self, word: str) -> Asked:
        stems = self._stems(word, self._languages)
        known = [term for term in stems if self._text.count(term)]
        if known:
            return self._asked(word, known, "as asked")
        if others := [term for term in self._stems(word, self._others) if self._text.count(term)]:
            return self._asked(word, others, "in another language")
        if self._mend and self._unmended and word.isalpha():
            self._unmended -= 1
            if len(word) >= _MISTYPED and (near := self._near(stems[0])):
                return self._asked(word, [near], "mistyped")
            if parts := self._parts(word):
                return self._asked(word, parts, "written apart")
        return self._asked(word, stems[:1], "unknown")

    def _asked(self, word: str, terms: Sequence[str], found: Found) -> Asked:
        counts = [self._text.count(term) for term in terms]
        count = min(counts) if found == "written apart" else max(counts, default=0)
        return Asked(word, tuple(terms), found, self._text.weight(count))

    def _stems(self, word: str, spoken: Sequence[Language]) -> list[str]:
        stems = [stem(word, name) for name in spoken]
        if "german" in spoken:  # where a keyboard has no umlauts
            plain = word.replace("ae", "a").replace("oe", "o").replace("ue", "u")
            stems += [stem(plain, "german")] if plain != word else []
        return list(dict.fromkeys(term for term in stems if term))

    def _parts(self, word: str) -> list[str]:
        """Two words that the index knows and that make up this one; the most even cut of several."""
        cuts = sorted(range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1), key=lambda cut: abs(2 * cut - len(word)))
        spoken = [*self._languages, *self._others]
        links = _LINKS if "german" in spoken else ("",)
        for cut in cuts:
            right = self._known(word[cut:], spoken)
            if not right:
                continue
            for link in links:
                left = word[:cut].removesuffix(link) if word[:cut].endswith(link) else ""
                if len(left) >= _SHORTEST_PART and (known := self._known(left, spoken)):
                    return [known, right]
        return []

    def _known(self, word: str, spoken: Sequence[Language]) -> str:
        return next((term for term in self._stems(word, spoken) if self._text.count(term)), "")

    def _near(self, term: str) -> str:
        """The term of the index that differs by a typing error, the more frequent of several."""
        vocabulary = self._text.vocabulary(term[0])
        most = 1 if len(term) < _MISTYPED_TWICE else 2
        found = process.extract(term, vocabulary.keys(), scorer=OSA.distance, score_cutoff=most, limit=8)
        ranked = sorted(found, key=lambda one: (one[1], -vocabulary[one[0]], one[0]))
        return str(ranked[0][0]) if ranked else ""

    def _joined(self) -> Iterator[tuple[str, str]]:
        """Words beside each other that the index knows as one and never apart: 'data base', 'get user id'."""
        for run in self._runs:
            for at, length in product(range(len(run)), (2, 3)):
                apart = run[at : at + length]
                known = self._known("".join(apart), self._languages) if len(apart) == length else ""
                if known and not self._text.holds([self._stems(word, self._languages)[0] for word in apart]):
                    yield from ((word, known) for word in apart)

    def _also(self, asked: Asked, joined: dict[str, str]) -> Asked:
        term = joined.get(asked.word)
        if term is None or term in asked.terms or asked.found == "written apart":
            return asked
        found: Found = "written together" if asked.found == "unknown" else asked.found
        return replace(asked, terms=(*asked.terms, term), found=found)


def _pairs(runs: Sequence[Sequence[Asked]]) -> list[tuple[str, str]]:
    """Pairs of terms by what they tell, most first; one that is said again and again tells more."""
    said: Counter[tuple[str, str]] = Counter()
    weight: dict[tuple[str, str], float] = {}
    for run in runs:
        for first, second in pairwise(run):
            if first.terms and second.terms and first.terms != second.terms:
                pair = (first.terms[-1 if first.found == "written apart" else 0], second.terms[0])
                said[pair] += 1
                weight[pair] = first.weight + second.weight
    return sorted(said, key=lambda pair: (-said[pair] * weight[pair], pair))
