/** Where the wikis come from, as staff see it: each source with how its last sync went. */
import { el, icon } from "./dom.js";
import { when } from "./tickets.js";

const STATUS = { ok: "Up to date", failed: "Failed", syncing: "Syncing now", never: "Not synced yet" };

const count = (number, one, many = `${one}s`) => `${number.toLocaleString()} ${number === 1 ? one : many}`;

/** One source. */
export function sourceCard(source) {
  const { last } = source;
  return el(
    "li",
    { class: "source" },
    el(
      "h2",
      {},
      source.name,
      el("span", { class: "pill", "data-sync": source.status }, STATUS[source.status]),
    ),
    el("p", { class: "source-facts" }, `${source.kind} → wiki ${source.collection} · ${count(source.pages, "page")} can be found`),
    last?.error && el("p", { class: "trouble", role: "note" }, icon("alert"), el("span", {}, last.error)),
    el("dl", { class: "facts" }, facts(source).map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))),
    last?.troubles.length > 0 && troubles(last),
  );
}

function facts({ last, last_good: good, next_due: due, refresh_seconds: refresh }) {
  return [
    ["Last sync", last && `${when(last.started)}, took ${seconds(last.seconds)}`],
    ["It brought", last && !last.error && changes(last)],
    ["Last whole sync", good ? (good === last?.started ? null : when(good)) : last && "none yet"],
    ["Next sync", due ? when(due) : "when asked: deskmate sync"],
    ["Every", refresh && every(refresh)],
  ].filter(([, value]) => value);
}

function changes({ added, changed, removed, unchanged, failed, skipped, embedded }) {
  const said = [
    added && `${added} added`,
    changed && `${changed} changed`,
    removed && `${removed} removed`,
    unchanged && `${unchanged.toLocaleString()} unchanged`,
    failed && `${failed} could not be read`,
    skipped && `${skipped} skipped`,
    embedded && `${count(embedded, "new passage")}`,
  ];
  return said.filter(Boolean).join(", ") || "nothing";
}

const seconds = (number) => (number < 1 ? "under a second" : `${Math.round(number).toLocaleString()} s`);

function every(number) {
  const [size, unit] = [[86_400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]].find(([size]) => number % size === 0);
  return count(number / size, unit);
}

function troubles(last) {
  const all = last.failed + last.skipped;
  const more = all - last.troubles.length;
  return el(
    "details",
    { class: "troubles" },
    el("summary", {}, `${count(all, "entry", "entries")} that became no page`),
    el("ul", {}, last.troubles.map(({ page, reason }) => el("li", {}, el("code", {}, page), ` ${reason}`))),
    more > 0 && el("p", { class: "hint" }, `and ${more} more: deskmate sync names them.`),
  );
}

/** Pages that are still found though no source brings them any more. */
export const droppedNotice = ({ name, collection, pages, remove }) =>
  el(
    "p",
    { class: "page-notice" },
    `The wiki ${collection} still holds ${count(pages, "page")} of ${name}, which sources.toml no longer names for it. Remove them with: `,
    el("code", {}, remove),
  );
