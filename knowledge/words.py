"""Text to search terms: folded, split and stemmed in one way for pages, chunks and queries, language by language."""

import re
import unicodedata
from collections.abc import Sequence

from knowledge import stemming
from knowledge.stemming import LANGUAGES, Language

_WORD = re.compile(r"\d+(?:[.,]\d+)+|[^\W_]+(?:'[^\W_]+)*")
# "e-mail", "Wi-Fi" and "T-1001" are one word each, however they are written.
_SHORT_HYPHEN = re.compile(r"\b([^\W\d_]{1,2})[-\u2010\u2011](?=[^\W_])")
_THOUSANDS = re.compile(r",(?=\d{3}(?!\d))")
_ELISION = re.compile(r"(?:[cdjlmnst]|qu|lorsqu|puisqu|jusqu)'(?=\w{2})")  # l'abonnement, qu'il

_ENGLISH = """
a an the this that these those and or but nor so if then than as of at by for from in into on onto off over to
with without about up out down i me my mine we us our ours you your yours he him his she her hers it its they
them their theirs am is are was were be been being do does did done doing have has had having will would shall
should can could may might must what which who whom whose when where why how there here not no yes just also
too very much many any some such only own same both each more most other i'm i've i'd i'll it's that's there's
what's you're we're they're don't doesn't didn't isn't aren't wasn't weren't can't cannot couldn't won't
wouldn't shouldn't haven't hasn't hadn't until get got want need know tell please thanks thank hi hello hey dear
"""
_GERMAN = """
der die das den dem des ein eine einen einem einer eines kein keine keinen und oder aber wenn dann als wie so von vom
zu zum zur bei beim fur mit ohne uber unter auf aus in im an am nach vor bis durch gegen um ich mich mir mein meine
meinen meinem meiner wir uns unser unsere du dich dir dein deine sie ihnen ihr ihre ihren er ihn ihm es man sich bin ist
sind war waren sei sein wird werden wurde wurden hat habe haben hatte hatten kann konnen kannst konnte muss mussen soll
sollen sollte darf durfen mochte mochten will wollen was welche welcher welches welchen wer wem wen wo wann warum
wieso weshalb hier da nicht nein ja nur auch sehr noch schon mehr bitte danke hallo dass damit daran dafur ob gibt
"""
_FRENCH = """
le la les un une des du de d l au aux et ou mais si alors que qui quoi quel quelle quels quelles dont ou comment
quand pourquoi combien est sont etait etaient etre ete ai as avons avez ont avait avoir je me moi mon ma mes nous notre
nos vous votre vos tu te toi ton ta tes il elle ils elles on lui leur leurs son sa ses se ce cet cette ces c qu n s
j m t dans sur sous avec sans pour par en chez entre vers jusque ne pas plus non oui aussi tres peu trop tout tous
toute toutes puis peut peux pouvez puisje dois doit faut fait faire y bonjour merci svp plait
"""
_FUNCTION: dict[Language, frozenset[str]] = {
    "english": frozenset(_ENGLISH.split()),
    "german": frozenset(_GERMAN.split()),
    "french": frozenset(_FRENCH.split()),
}
FUNCTION_WORDS = _FUNCTION["english"]
# Words that tell a language: those that the others do not have.
_TELLING: dict[Language, frozenset[str]] = {
    name: own - frozenset().union(*(_FUNCTION[other] for other in LANGUAGES if other != name)) - set("acdijlmnstuxy")
    for name, own in _FUNCTION.items()
}
_READ = 300  # words of a text that tell its language


def stem(word: str, language: Language = "english") -> str:
    """The term of a folded word: its stem without apostrophes, which the full text does not know."""
    return stemming.stem(word, language).replace("'", "")


def _fold(text: str) -> str:
    if text.isascii():  # most text, and much faster
        text = text.casefold()
    else:
        text = unicodedata.normalize("NFKD", text.replace("\u2019", "'")).casefold()
        text = "".join(character for character in text if not unicodedata.combining(character))
    return _SHORT_HYPHEN.sub(r"\1", text)


def _plain(word: str) -> str:
    return _THOUSANDS.sub("", word).replace(",", ".") if word[0].isdigit() else word


def words(text: str) -> list[str]:
    """The words of a text in reading order, folded but not stemmed."""
    return [_plain(word) for word in _WORD.findall(_fold(text))]


def language(text: str) -> Language:
    """The language of a page or passage, by its function words; English where nothing tells."""
    return _languages(words(text))[0]


def languages(text: str) -> list[Language]:
    """The languages that a question may be in, the likeliest first: one where its words tell, else all."""
    return _languages(words(text))


def _languages(found: Sequence[str]) -> list[Language]:
    counts = {name: sum(word in _TELLING[name] for word in found[:_READ]) for name in LANGUAGES}
    ranked = sorted(LANGUAGES, key=lambda name: -counts[name])  # stable: English before the others
    clear = counts[ranked[0]] > counts[ranked[1]]
    return ranked[:1] if clear else list(LANGUAGES)


def terms(text: str) -> list[str]:
    """Stems of every word, function words too (a page holds them, a query does not ask for them)."""
    found = words(text)
    spoken = _languages(found)[0]
    return [term for word in found if (term := stem(_bare(word, spoken), spoken))]


def content_runs(text: str) -> list[list[str]]:
    """The words that carry meaning, in reading order and not stemmed: those side by side in one run."""
    spoken = languages(text)
    function = frozenset().union(*(_FUNCTION[name] for name in spoken)) if len(spoken) == 1 else FUNCTION_WORDS
    runs: list[list[str]] = [[]]
    for word in words(text):
        bare = _bare(word, spoken[0])
        if bare not in function:
            runs[-1].append(bare)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def content_terms(text: str) -> list[str]:
    """Distinct stems of the words that carry meaning, in reading order."""
    spoken = language(text)
    found = (word for run in content_runs(text) for word in run)
    return list(dict.fromkeys(term for word in found if (term := stem(word, spoken))))


def _bare(word: str, spoken: Language) -> str:
    """A French word without the article or pronoun that is written onto it."""
    return _ELISION.sub("", word, count=1) if spoken == "french" else word
