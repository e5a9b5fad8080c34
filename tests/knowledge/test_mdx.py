"""MDX reads like the Markdown that its reader sees."""

from knowledge.blocks import Link, place
from knowledge.mdx import parse_mdx


def rendered(text: str) -> str:
    return place(parse_mdx(text).blocks)[0]


def test_imports_exports_and_comments_are_left_out() -> None:
    text = "import Note from '@site/Note'\nexport const limits = {\n  size: 3,\n}\n\n{/* draft\nof May */}\n\nText."
    assert rendered(text) == "Text."


def test_a_sentence_that_begins_with_import_is_text() -> None:
    assert rendered("import the file first.") == "import the file first."


def test_components_give_way_to_what_they_hold() -> None:
    item = '  <TabItem value="mac" label="macOS">\n    Press **F2**.\n\n    - One\n    - Two\n  </TabItem>'
    assert rendered(f"<Tabs>\n{item}\n</Tabs>") == "macOS\n\nPress F2.\n\n- One\n- Two"


def test_components_in_a_line_leave_their_words() -> None:
    assert rendered('Pay <Price plan="s">29.99</Price> {"each month"}{props.note}.') == "Pay 29.99 each month."


def test_a_card_is_a_link() -> None:
    document = parse_mdx('<Card title="Refunds" href="/billing/refunds" />')
    assert document.links == [Link("Refunds", "/billing/refunds")]


def test_code_keeps_its_braces_and_tags() -> None:
    assert rendered("Write `<Note>{x}</Note>`.\n\n```jsx\nimport a from 'b'\n<Note/>\n```") == (
        "Write <Note>{x}</Note>.\n\n```\nimport a from 'b'\n<Note/>\n```"
    )


def test_code_in_a_component_stands_at_the_margin() -> None:
    assert rendered("<Step>\n    ```sh\n    run\n    ```\n\nAfter.\n</Step>") == "```\nrun\n```\n\nAfter."


def test_heading_ids_are_left_out_and_admonitions_named() -> None:
    assert rendered("## Fees {#fees}\n\n:::warning Mind this\nIt costs.\n:::") == "## Fees\n\nMind this\n\nIt costs."
    assert rendered(":::note\nIt costs.\n:::") == "Note\n\nIt costs."
