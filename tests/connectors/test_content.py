"""The content of a web page is found without the site around it."""

from knowledge.connectors.content import main_content

PROSE = "<p>Refunds are paid within five working days after the parcel came back to us.</p>" * 3
LINKS = "<ul>" + "<li><a href='/x'>Another article of the help centre</a></li>" * 20 + "</ul>"


def text(html: str, selector: str = "") -> str:
    return main_content(html, selector).html


def test_marked_content_is_taken_with_the_header_inside_it() -> None:
    found = text(f"<header>Shop</header>{LINKS}<article><header><h1>Refunds</h1></header>{PROSE}</article>")
    assert "Refunds" in found
    assert "Shop" not in found
    assert "Another" not in found


def test_unmarked_content_is_where_the_prose_is() -> None:
    found = text(f"<div><div class='side'>{LINKS}</div><div class='x'><div>{PROSE}</div></div></div><div>Legal</div>")
    assert "Refunds" in found
    assert "Another" not in found
    assert "Legal" not in found


def test_a_teaser_is_not_taken_for_the_content() -> None:
    found = text(f"<div><p>Intro.</p>{PROSE}</div><article>Read this as well</article>")
    assert "Refunds" in found


def test_a_selector_decides() -> None:
    assert text("<main>No</main><div id='doc'>Yes</div>", "#doc") == '<body><div id="doc">Yes</div></body>'
    assert text("<main>No</main>", "#doc") == "<body></body>"


def test_hidden_parts_and_menus_are_left_out() -> None:
    found = text(f"<main><nav>Menu</nav><div hidden>Hidden</div><div class='breadcrumbs'>Home</div>{PROSE}</main>")
    assert not any(word in found for word in ("Menu", "Hidden", "Home"))


def test_the_head_says_title_day_and_original() -> None:
    content = main_content(
        "<head><title>Fees | Help</title><meta property='og:title' content='Fees'>"
        "<meta property='article:modified_time' content='2026-01-02T03:04:05Z'>"
        "<link rel='canonical' href='/fees'></head><p>x</p>"
    )
    assert (content.title, str(content.updated), content.canonical) == ("Fees", "2026-01-02", "/fees")
