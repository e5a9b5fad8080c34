/** Finding a quoted passage on a page, as ranges of characters in the page's text. */

/**
 * Ranges [start, end) of `quote` in `text`; empty where it is not there. White space may differ (a quote may run over
 * a line's end), and list bullets and heading marks between two quoted lines may be missing from the quote.
 */
export function findQuote(text, quote) {
  const wanted = quote?.trim();
  if (!wanted) return [];
  const exact = text.indexOf(wanted);
  if (exact >= 0) return [[exact, exact + wanted.length]];
  const loose = new RegExp(wanted.split(/\s+/).map(escape).join("(?:\\s+(?:[-*]\\s+|#+\\s+|\\d+\\.\\s+)?)"), "u");
  const match = loose.exec(text);
  return match ? [[match.index, match.index + match[0].length]] : [];
}

const escape = (word) => word.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");

/** Cuts [start, end) at the borders of the ranges: [start, end, marked] pieces in order. */
export function pieces(start, end, ranges) {
  const cuts = [];
  let at = start;
  for (const [from, to] of ranges) {
    const left = Math.max(from, at);
    const right = Math.min(to, end);
    if (left >= right) continue;
    if (left > at) cuts.push([at, left, false]);
    cuts.push([left, right, true]);
    at = right;
  }
  if (at < end) cuts.push([at, end, false]);
  return cuts;
}
