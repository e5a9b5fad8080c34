"""Pages are cut at headings, and never through a list item or a table row."""

from hypothesis import given
from hypothesis import strategies as st

from knowledge.blocks import place, without_title
from knowledge.chunks import Chunk, Chunker
from knowledge.markdown import parse_markdown


def count(texts: list[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def cut(markdown: str, limit: int = 20) -> tuple[str, list[Chunk]]:
    document = parse_markdown(markdown)
    text, placed = place(without_title(document.blocks, document.title or ""))
    return text, Chunker(lambda texts: count(list(texts)), limit).chunks(text, placed)


def test_a_section_is_a_chunk_with_its_path_and_anchor() -> None:
    _, chunks = cut("# Fees\n\nIntro.\n\n## Late fees\n\nOne.\n\n### How much?\n\nTwo.\n\n## Other\n\nThree.")
    assert [(c.text, c.heading, c.anchor) for c in chunks] == [
        ("Intro.", (), ""),
        ("One.", ("Late fees",), "late-fees"),
        ("Two.", ("Late fees", "How much?"), "how-much"),
        ("Three.", ("Other",), "other"),
    ]


def test_repeated_headings_have_their_own_anchors() -> None:
    _, chunks = cut("## Steps\n\nA.\n\n## Steps\n\nB.")
    assert [c.anchor for c in chunks] == ["steps", "steps-1"]


def test_long_sections_are_cut_between_paragraphs_and_long_paragraphs_between_sentences() -> None:
    sentence = "This sentence has exactly seven words here. "
    _, chunks = cut(f"{sentence * 2}\n\n{sentence * 4}", limit=15)
    assert [len(c.text.split()) for c in chunks] == [14, 14, 14]


def test_list_items_and_table_rows_stay_whole() -> None:
    item = "- " + "word " * 30
    _, chunks = cut(f"{item}\n- short\n\n| A | B |\n|---|---|\n| {'x ' * 30} | y |\n", limit=10)
    assert chunks[0].text == item.strip()
    assert chunks[-1].text.endswith("B: y")


def test_a_lead_moves_to_its_list() -> None:
    filler = "word " * 8
    _, chunks = cut(f"{filler}\n\nYou need these:\n\n- one two three four\n- five", limit=12)
    assert [c.text.split("\n")[0] for c in chunks] == [filler.strip(), "You need these:"]


def test_long_code_is_cut_between_lines() -> None:
    _, chunks = cut("```\n" + "a b c d e\n" * 6 + "```", limit=12)
    assert all(line in {"```", "a b c d e"} for c in chunks for line in c.text.split("\n"))


def test_a_page_of_headings_alone_is_one_chunk() -> None:
    _, chunks = cut("# T\n\n## A\n\n## B")
    assert [c.text for c in chunks] == ["## A\n\n## B"]


BLOCKS = st.sampled_from(
    [
        "## A heading",
        "### Deeper",
        "Some prose. It has two sentences, e.g. this one.",
        "Lead in:",
        "- item\n- item two\n  - nested " + "word " * 30,
        "1. one\n2. two",
        "| A | B |\n|---|---|\n| 1 | 2; x |",
        "```\ncode\n\n- no item\n```",
        "> quoted **bold**  \n> line",
        "<table><tr><td>a<td>b</table>",
    ]
)


@given(st.lists(BLOCKS, min_size=1, max_size=12), st.integers(3, 40))
def test_every_chunk_is_a_literal_part_of_the_page_in_order(blocks: list[str], limit: int) -> None:
    text, chunks = cut("\n\n".join(blocks), limit)
    assert all(text[c.start : c.start + len(c.text)] == c.text for c in chunks)
    assert [c.start for c in chunks] == sorted(c.start for c in chunks)
    kept = "".join("".join(c.text.split()) for c in chunks)
    without_headings = "".join("".join(line.split()) for line in text.split("\n") if not line.startswith("#"))
    assert kept in {without_headings, "".join(text.split())}
