/** A page of the knowledge base as nodes: its plain text set as a page, with the quoted passage marked. */
import { el, icon, link } from "./dom.js";
import { pieces, span } from "./quote.js";

/** "/wiki/{collection}/{page_id}?quote=…#anchor" taken apart, or null for any other address. */
export function parseWikiUrl(address) {
  const url = new URL(address, location.origin);
  const match = /^\/wiki\/([^/]+)\/(.+)$/.exec(url.pathname);
  if (!match || url.origin !== location.origin) return null;
  return {
    collection: decodeURIComponent(match[1]),
    pageId: decodeURIComponent(match[2]),
    anchor: decodeURIComponent(url.hash.slice(1)),
    quote: url.searchParams.get("quote"),
  };
}

/** The address of a page of its own, with the passage that is marked there. */
export function wikiUrl(collection, pageId, quote = null) {
  const path = [collection, ...pageId.split("/")].map(encodeURIComponent).join("/");
  return `/wiki/${path}${quote ? `?${new URLSearchParams({ quote })}` : ""}`;
}

/** The anchor of a heading, as the index makes it for the links of its hits. */
export function slug(heading) {
  const plain = heading.normalize("NFC").toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "");
  return plain.trim().replace(/\s/g, "-") || "section";
}

/** The page's facts and text. What was `quoted` is marked; where it no longer stands on the page, a notice says so. */
export function renderPage(page, quoted = false) {
  const ranges = page.quoted ? [span(page.text, page.quoted)] : [];
  const lost = quoted && !ranges.length;
  return el(
    "article",
    { class: "page" },
    facts(page),
    lost && el("p", { class: "page-notice", role: "note" }, "The quoted words are no longer on this page; it may have been changed since."),
    body(page, ranges),
  );
}

/** Who keeps a page, and when it was last changed, in words. */
export const origin = ({ owner, updated }) => [
  owner && `Kept by ${owner}`,
  updated && `Updated ${new Date(updated).toLocaleDateString(undefined, { dateStyle: "medium" })}`,
];

function facts(page) {
  return [
    el("p", { class: "page-facts" }, [page.collection, ...origin(page)].filter(Boolean).join(" · ")),
    page.audience === "internal" && el("p", { class: "page-notice" }, "Internal: for staff, not for customers."),
    page.trust === "external" && el("p", { class: "page-notice" }, "These are not our own words: the page comes from outside."),
    new Date(page.review_by ?? "9999") < new Date() && el("p", { class: "page-notice" }, "This page is past the date of its review."),
    page.superseded_by &&
      el(
        "p",
        { class: "page-notice" },
        "This page is out of date. It was replaced by ",
        link(wikiUrl(page.collection, page.superseded_by), {}, page.superseded_by),
        ".",
      ),
  ];
}

/** Each line of the text by its kind; every text node keeps its place in the text, so that a mark can cross them. */
function body(page, ranges) {
  const { text } = page;
  const cut = (start, end) =>
    pieces(start, end, ranges).map(([from, to, marked]) => (marked ? el("mark", {}, text.slice(from, to)) : text.slice(from, to)));
  const root = el("div", { class: "page-text" });
  const anchors = new Map();
  let open = null; // the list, table or code that the next line may belong to
  for (const { kind, level, start, end, line } of lines(text)) {
    if (kind === "blank") {
      open = null;
    } else if (kind === "code") {
      if (open?.tagName !== "PRE") root.append((open = el("pre", { tabindex: "0" })));
      open.append(...cut(start, end), "\n");
    } else if (kind === "heading") {
      open = null;
      const tag = `h${Math.min(level + 1, 6)}`;
      root.append(el(tag, { id: unique(slug(line), anchors) }, cut(start, end)));
    } else if (kind === "item" || kind === "step") {
      const tag = kind === "item" ? "UL" : "OL";
      if (open?.tagName !== tag) root.append((open = el(tag)));
      open.append(el("li", {}, cut(start, end)));
    } else if (kind === "row") {
      open = row(root, open, line, start, cut);
    } else {
      open = null;
      root.append(el("p", {}, cut(start, end)));
    }
  }
  return root;
}

const LEAD = /^(?:(#{1,6})\s+|\s*([-*])\s+|\s*(\d+)\.\s+)?/;

/** The lines of a page's text: their kind, and where their words start and end. */
function* lines(text) {
  let at = 0;
  let fenced = false;
  for (const whole of text.split("\n")) {
    const fence = whole.startsWith("```");
    if (fence) fenced = !fenced;
    else yield fenced ? { kind: "code", start: at, end: at + whole.length } : proseLine(whole, at);
    at += whole.length + 1;
  }
}

function proseLine(whole, at) {
  const [lead, hashes, bullet, number] = LEAD.exec(whole);
  const line = whole.slice(lead.length).trimEnd();
  const start = at + lead.length;
  const place = { start, end: start + line.length, line };
  if (hashes) return { kind: "heading", level: hashes.length, ...place };
  if (bullet) return { kind: "item", ...place };
  if (number) return { kind: "step", ...place };
  if (!line) return { kind: "blank", ...place };
  return { kind: cells(line) ? "row" : "text", ...place };
}

/** The cells of a table row written as "Column: value; Column: value", with their places in the line, or null. */
function cells(line) {
  const parts = line.split("; ");
  if (parts.length < 2) return null;
  const found = [];
  let at = 0;
  for (const part of parts) {
    const match = /^([^:;.]{1,40}): (.+)$/.exec(part);
    if (!match) return null;
    const start = at + match[1].length + 2;
    found.push({ column: match[1], start, end: at + part.length });
    at += part.length + 2;
  }
  return found;
}

/** Adds a row to the open table where its columns stand there too (an empty cell is left out of a line), else to a new one. */
function row(root, open, line, start, cut) {
  const found = cells(line);
  const fits = open?.columns && found.every((cell) => open.columns.includes(cell.column));
  const table = fits ? open : newTable(root, found.map((cell) => cell.column));
  const value = (column) => {
    const cell = found.find((one) => one.column === column);
    return el("td", {}, cell && cut(start + cell.start, start + cell.end));
  };
  table.querySelector("tbody").append(el("tr", {}, table.columns.map(value)));
  return table;
}

function newTable(root, columns) {
  const head = el("thead", {}, el("tr", {}, columns.map((column) => el("th", { scope: "col" }, column))));
  const table = el("div", { class: "table", tabindex: "0", role: "group", "aria-label": "Table" }, el("table", {}, head, el("tbody")));
  table.columns = columns;
  root.append(table);
  return table;
}

function unique(name, taken) {
  const times = taken.get(name) ?? 0;
  taken.set(name, times + 1);
  return times ? `${name}-${times}` : name;
}

/** Scrolls to the mark, or to the heading of the anchor where nothing is marked. */
export function scrollToPassage(root, anchor) {
  const target = root.querySelector("mark") ?? (anchor ? root.querySelector(`#${CSS.escape(anchor)}`) : null);
  target?.scrollIntoView({ block: target.tagName === "MARK" ? "center" : "start" });
}

/** The lines under a page in the panel that lead to the page on its own and, if it comes from elsewhere, to its source. */
export function pageLinks(page, quote = null) {
  const origin = parseWikiUrl(page.url) ? null : link(page.url, { class: "open-page" }, icon("leave"), "Open at its source");
  const own = link(wikiUrl(page.collection, page.page, quote), { class: "open-page" }, icon("page"), "Open as a page of its own");
  return el("p", { class: "open-pages" }, own, origin);
}
