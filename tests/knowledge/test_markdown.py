"""Markdown becomes the text that a reader sees."""

from knowledge.blocks import Link, place
from knowledge.markdown import parse_markdown


def rendered(text: str) -> str:
    return place(parse_markdown(text).blocks)[0]


def test_the_first_top_heading_is_the_title() -> None:
    assert parse_markdown("# Late *fees*\n\nText.").title == "Late fees"


def test_inline_markup_and_link_targets_are_gone() -> None:
    assert rendered("Pay **now** in [the app](https://x.example/a), `fee` is ~~old~~ *new*.") == (
        "Pay now in the app, fee is old new."
    )


def test_wiki_links_become_their_words() -> None:
    assert rendered("See [[Late fees]] or [[fees/late|the fees]].") == "See Late fees or the fees."


def test_wrapped_lines_are_one_line() -> None:
    assert rendered("one\ntwo  \nthree") == "one two\nthree"


def test_headings_keep_their_level_below_the_title() -> None:
    assert rendered("## A\n\n### B\n\ntext") == "## A\n\n### B\n\ntext"


def test_list_items_are_lines_and_stand_below_their_lead() -> None:
    assert rendered("You need:\n\n- a hub\n- a cable\n") == "You need:\n- a hub\n- a cable"


def test_ordered_lists_keep_their_numbers_and_nesting() -> None:
    assert rendered("3. Unplug\n   - the hub\n   - the pod\n4. Wait\n\n   Ten seconds.\n") == (
        "3. Unplug\n   - the hub\n   - the pod\n4. Wait\n   Ten seconds."
    )


def test_table_rows_name_their_columns() -> None:
    assert rendered("| Plan | Price |\n|---|---|\n| Fibre 100 | €29.90 |\n| Cable 50 | |\n") == (
        "Plan: Fibre 100; Price: €29.90\nPlan: Cable 50"
    )


def test_code_is_kept_as_it_is() -> None:
    assert rendered("```sh\nping  -c 3 hub\n# done\n```") == "```\nping  -c 3 hub\n# done\n```"


def test_html_inside_markdown_is_read_too() -> None:
    assert rendered("<table><tr><th>Day</th><th>Open</th></tr><tr><td>Monday</td><td>8:00</td></tr></table>") == (
        "Day: Monday; Open: 8:00"
    )


def test_comments_are_not_text() -> None:
    assert rendered("<!-- secret -->\n\nText <!-- more --> here.") == "Text here."


def test_callout_markers_read_as_words() -> None:
    assert rendered("> [!NOTE]\n> Mind the gap.") == "Note: Mind the gap."


def test_links_are_kept_as_they_stand() -> None:
    text = "See [the **fees**](../fees.md#late), [[Refunds]] and [[plans/home|our plans]].\n\n<p><a href='/x'>X</a></p>"
    assert parse_markdown(text).links == [
        Link("the fees", "../fees.md#late"),
        Link("Refunds", "Refunds"),
        Link("our plans", "plans/home"),
        Link("X", "/x"),
    ]
