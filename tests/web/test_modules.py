"""The page's modules by themselves, in the browser that runs them."""

from typing import Any

import pytest
from playwright.async_api import Page


async def call(page: Page, module: str, script: str, argument: object = None) -> Any:
    """What `script`, a function of (module, argument), returns in the page."""
    return await page.evaluate(f"async (argument) => ({script})(await import('/web/{module}'), argument)", argument)


async def markdown(page: Page, text: str) -> str:
    """The HTML of a reply with two sources."""
    html: str = await call(
        page,
        "markdown.js",
        """({ renderMarkdown }, text) => {
            const sup = (number) => Object.assign(document.createElement("sup"), { textContent: number });
            const mark = (number) => (number > 2 ? null : sup(number));
            const root = document.createElement("div");
            root.append(...renderMarkdown(text, mark));
            return root.innerHTML;
        }""",
        text,
    )
    return html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("One.\n\nTwo.", "<p>One.</p><p>Two.</p>"),
        ("One\ntwo", "<p>One<br>two</p>"),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("Do:\n1. a\n2. b", "<p>Do:</p><ol><li>a</li><li>b</li></ol>"),
        ("3. c", '<ol start="3"><li>c</li></ol>'),
        ("It is **big** and `x`.", "<p>It is <strong>big</strong> and <code>x</code>.</p>"),
        ("So it is. [1]", "<p>So it is.<sup>1</sup></p>"),
        ("Not a source [3].", "<p>Not a source [3].</p>"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        (
            "See https://example.org/a?b=1.",
            '<p>See <a href="https://example.org/a?b=1" target="_blank" rel="noopener noreferrer">'
            "https://example.org/a?b=1</a>.</p>",
        ),
    ],
)
async def test_light_markdown_becomes_nodes(page: Page, text: str, html: str) -> None:
    assert await markdown(page, text) == html


@pytest.mark.parametrize(
    ("target", "safe"),
    [
        ("/wiki/demo/a", True),
        ("https://example.org/", True),
        ("http://example.org/", False),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("", False),
    ],
)
async def test_links_lead_to_this_service_or_over_https(page: Page, target: str, safe: bool) -> None:
    assert await call(page, "dom.js", "({ safeUrl }, address) => safeUrl(address) !== null", target) is safe


async def test_a_quoted_place_is_counted_as_the_service_counts(page: Page) -> None:
    script = "({ span }, text) => text.slice(...span(text, { start: 8, end: 10 }))"
    assert await call(page, "quote.js", script, "Ready 🎉 Go!") == "Go"


async def test_a_quote_is_marked_across_a_table_row(page: Page) -> None:
    rows = "Plan: S; Price: €9.90\nPlan: M; Price: €14.90"
    marked = await call(
        page,
        "page.js",
        """({ renderPage }, text) => {
            const quoted = { start: 22, end: 44 }; // the second row
            const page = { text, title: "T", collection: "demo", audience: "public", quoted };
            const marks = renderPage(page).querySelectorAll("td mark");
            return [...marks].map((mark) => mark.textContent);
        }""",
        rows,
    )
    assert marked == ["M", "€14.90"]


async def test_a_stream_is_read_in_whatever_pieces_it_comes(page: Page) -> None:
    wire = ': heartbeat\r\n\r\nevent: updates\r\ndata: {"a": "ü"}\r\nid: 7\r\n\r\nevent: end\ndata: {}\nid: 8\n\n'
    script = """async ({ readEvents }, wire) => {
        const bytes = new TextEncoder().encode(wire);
        const body = new ReadableStream({
            start(controller) {
                for (const byte of bytes) controller.enqueue(new Uint8Array([byte]));
                controller.close();
            },
        });
        const events = [];
        for await (const event of readEvents(body)) events.push(event);
        return events;
    }"""
    assert await call(page, "events.js", script, wire) == [
        {"id": "7", "name": "updates", "data": {"a": "ü"}},
        {"id": "8", "name": "end", "data": {}},
    ]


async def test_a_cut_stream_is_picked_up_without_gap_or_repeat(page: Page) -> None:
    script = """async ({ followRun }) => {
        const event = (id, name) => `id: ${id}\\nevent: ${name}\\ndata: {"run_id": "r"}\\n\\n`;
        const events = [1, 2, 3, 4, 5].map((id) => event(id, id < 5 ? "messages" : "end"));
        const attached = [];
        const reattach = async (run, last) => {
            attached.push([run, last]);
            if (attached.length === 1) throw { status: 0 };
            return new Response(events.slice(Number(last)).join(""));
        };
        const seen = [];
        const cuts = [];
        const broken = 'event: error\\ndata: {"status": 500}\\n\\n';
        const open = async () => new Response(events.slice(0, 2).join("") + broken);
        for await (const event of followRun(open, reattach, (lost) => cuts.push(lost))) seen.push(event.id);
        return { seen, attached, cuts };
    }"""
    assert await call(page, "events.js", script) == {
        "seen": ["1", "2", "3", "4", "5"],
        "attached": [["r", "2"], ["r", "2"]],
        "cuts": [True, False],
    }
