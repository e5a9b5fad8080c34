/** Light Markdown to nodes: paragraphs, lists, **bold**, `code`, https links and citation marks [1]. */
import { el, link } from "./dom.js";

const ITEM = /^\s*(?:[-*•]|(\d+)[.)])\s+(.*)$/;
const INLINE = /\[(\d{1,3})\]|\*\*(.+?)\*\*|`([^`]+)`|(https:\/\/[^\s<>()\]]+[^\s<>()\].,;:!?])/g;

/** `mark(number)` gives the node for a citation mark, or null where there is no such source (then it stays text). */
export function renderMarkdown(text, mark) {
  const blocks = [];
  let paragraph = null;
  let list = null;
  for (const line of text.split("\n")) {
    const item = ITEM.exec(line);
    if (item) {
      const [, number, words] = item;
      const tag = number ? "OL" : "UL";
      if (list?.tagName !== tag) {
        list = el(tag, number && number !== "1" ? { start: number } : {});
        blocks.push(list);
      }
      list.append(el("li", {}, inline(words, mark)));
      paragraph = null;
    } else if (line.trim() === "") {
      paragraph = null;
    } else {
      list = null;
      const heading = /^#{1,6}\s+(.*)$/.exec(line);
      if (paragraph && !heading) paragraph.append(el("br"), ...inline(line, mark));
      else blocks.push((paragraph = el("p", {}, heading ? el("strong", {}, inline(heading[1], mark)) : inline(line, mark))));
      if (heading) paragraph = null;
    }
  }
  return blocks;
}

function inline(text, mark) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, number, bold, code, address] = match;
    const node = number
      ? mark(Number(number))
      : bold
        ? el("strong", {}, inline(bold, mark))
        : code
          ? el("code", {}, code)
          : link(address, {}, address);
    if (!node) continue;
    const before = text.slice(from, match.index);
    nodes.push(number ? before.trimEnd() : before, node); // a citation mark stands close to its sentence
    from = match.index + whole.length;
  }
  nodes.push(text.slice(from));
  return nodes.filter((node) => node !== "");
}
