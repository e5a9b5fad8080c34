"""HTML becomes the same blocks as Markdown."""

from knowledge.blocks import Link, place
from knowledge.hypertext import parse_html


def rendered(text: str) -> str:
    return place(parse_html(text).blocks)[0]


def test_navigation_scripts_and_styles_are_left_out() -> None:
    assert (
        rendered("<body><nav>Menu</nav><style>p{}</style><p>Text</p><script>x()</script><footer>©</footer>") == "Text"
    )


def test_the_main_element_is_the_page() -> None:
    assert rendered("<body><div>Banner</div><main><p>Text</p></main></body>") == "Text"


def test_title_comes_from_the_first_heading_then_from_the_head() -> None:
    assert parse_html("<title>Fees - Wiki</title><h1>Fees</h1><p>x</p>").title == "Fees"
    assert parse_html("<title>Fees</title><p>x</p>").title == "Fees"


def test_meta_elements_carry_the_front_matter() -> None:
    assert parse_html('<meta name="audience" content="internal"><meta name="x" content="y"><p>t</p>').meta == {
        "audience": "internal"
    }


def test_inline_elements_and_breaks() -> None:
    assert rendered("<p>Pay <b>now</b>,<br>or <a href='#'>later</a>\n  today.</p>") == "Pay now,\nor later today."


def test_lists_nest_and_items_keep_their_paragraphs() -> None:
    assert rendered("<ol start=2><li>Open<ul><li>the lid</li></ul></li><li><p>Close</p><p>Wait</p></li></ol>") == (
        "2. Open\n   - the lid\n3. Close\n   Wait"
    )


def test_tables_with_a_head_row_and_with_a_head_column() -> None:
    head_row = "<table><tr><th>Plan</th><th>Price</th></tr><tr><td>S</td><td>€9.90</td></tr></table>"
    head_column = "<table><tr><th>Plan</th><td>S</td></tr><tr><th>Price</th><td>€9.90</td></tr></table>"
    assert rendered(head_row) == "Plan: S; Price: €9.90"
    assert rendered(head_column) == "Plan: S\nPrice: €9.90"


def test_preformatted_text_keeps_its_lines() -> None:
    assert rendered("<pre><code>a\n  b</code></pre>") == "```\na\n  b\n```"


def test_a_link_around_a_heading_does_not_hide_it() -> None:
    assert rendered("<a href='#x'><h2>Fees</h2></a><p>t</p>") == "## Fees\n\nt"


def test_links_of_the_content_are_kept() -> None:
    text = "<nav><a href='/'>Home</a></nav><main><p><a href='/fees#late'>Late\n<b>fees</b></a></p></main>"
    assert parse_html(text).links == [Link("Late fees", "/fees#late")]
