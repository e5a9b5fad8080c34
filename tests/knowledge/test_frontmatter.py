"""Front matter is read strictly: a page that says something unreadable about itself is not guessed at."""

from datetime import date

import pytest

from knowledge.errors import PageSkipped
from knowledge.frontmatter import FrontMatter, read, split
from knowledge.page import Audience


def test_all_fields() -> None:
    values, body = split(
        "---\nid: a/b\ntitle: Fees\naudience: Internal\nowner: billing\nupdated: 2026-10-01\n"
        "url: https://wiki.example/fees\nsuperseded_by: new\ntags: [x]\n---\nText"
    )
    assert body == "Text"
    assert read(values) == FrontMatter(
        "a/b", "Fees", Audience.INTERNAL, "billing", date(2026, 10, 1), "https://wiki.example/fees", "new"
    )


def test_a_page_may_have_none() -> None:
    assert split("Text\n---\nmore") == ({}, "Text\n---\nmore")


def test_a_horizontal_rule_at_the_top_is_not_front_matter() -> None:
    text = "---\n\nHello there.\n\n---\n\nMore."
    assert split(text) == ({}, text)


@pytest.mark.parametrize(
    ("matter", "named"),
    [
        ("title: [unclosed", "not valid YAML"),
        ("title: a: b: c", "line"),
        ("audience: everyone", "'everyone'"),
        ("updated: soon", "'updated'"),
        ("review_by: soon", "'review_by'"),
        ("trust: us", "'us'"),
        ("url: javascript:alert(1)", "url"),
        ("url: //evil.example", "url"),
        ("id: ../../etc/passwd", "id"),
        ("title: {a: b}", "'title'"),
    ],
)
def test_what_cannot_be_used_is_named(matter: str, named: str) -> None:
    with pytest.raises(PageSkipped, match=named):
        read(split(f"---\n{matter}\n---\nText")[0])


def test_front_matter_that_never_ends_is_named() -> None:
    with pytest.raises(PageSkipped, match="never closed"):
        split("---\ntitle: Fees\n\nText")
