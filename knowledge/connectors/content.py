"""What a web page is about, without the site around it."""

from dataclasses import dataclass
from datetime import date, datetime

from selectolax.lexbor import LexborHTMLParser, LexborNode

# Where pages say that their content stands, the surest first.
_MARKED = ("article", "main", "[role=main]", "#content", "#main-content", ".article-body", ".markdown-body")
_AROUND = (
    "nav, footer, aside, form, dialog, script, style, template, noscript, [hidden], [aria-hidden=true], "
    "[role=navigation], [role=banner], [role=contentinfo], [role=search], [role=complementary], [role=dialog], "
    ".breadcrumb, .breadcrumbs, .cookie-banner, .skip-link, .toc, .headerlink"
)
_MOST = 0.7  # an element that holds this share of a page's plain text holds its content
_INNER = 0.3  # an article with less than this share of the plain text is a teaser among others


@dataclass(frozen=True, slots=True)
class Content:
    """The content as HTML, and what the page's head says of it."""

    html: str
    title: str | None
    updated: date | None
    canonical: str | None
    hidden: bool  # asks search engines to pass it over


def main_content(html: str, selector: str = "") -> Content:
    """The content of a web page: what `selector` finds, else what is marked as such, else where most of the text is."""
    tree = LexborHTMLParser(html)
    robots = f"{_meta(tree, 'robots')} {_meta(tree, 'deskmate')}".lower()
    canonical = tree.css_first("link[rel=canonical][href]")
    heading, stated = tree.css_first("h1"), tree.css_first("title")
    title = next(
        (
            " ".join(words.split())
            for words in (heading and heading.text(), _meta(tree, "og:title"), stated and stated.text())
            if words and words.strip()
        ),
        None,
    )
    node = _content(tree, selector)
    return Content(
        html=f"<body>{node.html if node else ''}</body>",
        title=title,
        updated=day(_meta(tree, "article:modified_time") or _meta(tree, "last-modified")),
        canonical=canonical.attributes["href"] if canonical else None,
        hidden="noindex" in robots or "none" in robots.split(),
    )


def day(timestamp: str) -> date | None:
    """The day of a W3C date or time, such as 2026-11-24T10:00:00Z; None for anything else."""
    try:
        return datetime.fromisoformat(timestamp).date()
    except ValueError:
        return None


def _meta(tree: LexborHTMLParser, name: str) -> str:
    node = tree.css_first(f'meta[name="{name}"][content], meta[property="{name}"][content]')
    return (node.attributes["content"] or "") if node else ""


def _content(tree: LexborHTMLParser, selector: str) -> LexborNode | None:
    for node in tree.css(_AROUND):
        node.decompose()
    body = tree.body
    if body is None or selector:
        return tree.css_first(selector) if body else None
    whole = _plain(body)
    for marked in _MARKED:
        found = max(tree.css(marked), key=_plain, default=None)
        if found is not None and _plain(found) >= _INNER * whole:
            return found
    for node in tree.css("header"):
        node.decompose()
    return _densest(body)


def _densest(node: LexborNode) -> LexborNode:
    """The innermost element that holds most of the plain text."""
    needed = _MOST * _plain(node)
    while inner := next((child for child in node.iter() if child.tag in _BOXES and _plain(child) >= needed), None):
        node = inner
    return node


_BOXES = frozenset({"div", "section", "center", "table", "tbody", "tr", "td"})


def _plain(node: LexborNode) -> int:
    """How many letters of the element's text are no link."""
    return len(node.text()) - sum(len(link.text()) for link in node.css("a"))
