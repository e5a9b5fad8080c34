/** Marking a quoted passage: ranges of characters in a page's text. */

/** The range [start, end) that the service names. It counts code points, of which JavaScript counts some as two. */
export function span(text, { start, end }) {
  const points = [...text];
  const from = points.slice(0, start).join("").length;
  return [from, from + points.slice(start, end).join("").length];
}

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
