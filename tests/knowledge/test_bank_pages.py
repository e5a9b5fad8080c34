"""Real pages: a bank's knowledge base of 698 pages that nobody here wrote."""

from pathlib import Path

import pytest

from knowledge.chunks import Chunker
from knowledge.connectors.connector import Listed
from knowledge.connectors.folder import Folder
from knowledge.index import Index
from knowledge.ingest import ingest
from knowledge.minilm import count_tokens
from knowledge.sentences import sentences
from knowledge.source import PageRules, ParsedPage, parse_page
from tests.knowledge.conftest import WriteWiki

PAGES = Path(__file__).parents[3] / "shared" / "data" / "banking" / "pages"
pytestmark = pytest.mark.skipif(not PAGES.is_dir(), reason="needs ../shared/data/banking/pages")


@pytest.fixture(scope="module")
def parsed() -> list[ParsedPage]:
    folder = Folder(PAGES, page_limit=2_000_000)
    listed = [entry for entry in folder.pages() if isinstance(entry, Listed)]
    assert len(listed) == len(list(folder.pages()))
    return [parse_page(folder.read(entry), collection="bank", rules=PageRules()) for entry in listed]


def test_every_page_is_read(parsed: list[ParsedPage]) -> None:
    assert len({item.page.id for item in parsed}) == 698


def test_no_markup_is_left_outside_code(parsed: list[ParsedPage]) -> None:
    for item in parsed:
        prose = "".join(part for n, part in enumerate(item.page.text.split("```")) if n % 2 == 0)
        assert "](" not in prose
        assert "|--" not in prose


def test_chunks_are_literal_and_fit_the_encoder(parsed: list[ParsedPage]) -> None:
    chunker = Chunker(count_tokens, 200)
    texts = []
    for item in parsed:
        for chunk in chunker.chunks(item.page.text, item.placed):
            assert item.page.text[chunk.start : chunk.start + len(chunk.text)] == chunk.text
            texts.append(chunk.embedded(item.page.title))
    long = sum(count > 254 for count in count_tokens(texts))
    assert long < len(texts) / 100


def test_sentences_are_literal_and_look_like_sentences(parsed: list[ParsedPage]) -> None:
    odd = total = 0
    for item in parsed:
        for sentence in sentences(item.page.text):
            assert sentence.quote in item.page.text
            if sentence.kind == "prose":
                total += 1
                odd += sentence.text[-1] not in ".!?:)" or not (
                    sentence.text[0].isupper() or sentence.text[0] in "(\"'"
                )
    assert odd < total / 10


@pytest.mark.parametrize(
    ("query", "page_ids"),
    [
        ("how do I open a business checking account for a customer", {"doc_bank_accounts_bank_accounts_(general)_003"}),
        ("cancel a payment I just sent with Everyone Pay", {"doc_everyone_pay_everyone_pay_007"}),
    ],
)
def test_a_slice_of_the_bank_is_searchable(index: Index, write_wiki: WriteWiki, query: str, page_ids: set[str]) -> None:
    files = [*PAGES.glob("doc_everyone_pay_*_00*.md"), *PAGES.glob("doc_bank_accounts_*_00*.md")]
    source = write_wiki({path.name: path.read_bytes() for path in files})
    ingest(index, source, collection="bank")
    assert page_ids <= {hit.page_id for hit in index.search(query, collection="bank", k=3)}
