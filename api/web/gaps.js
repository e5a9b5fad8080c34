/** Content gaps, as an editor works through them: what people asked and the wiki does not answer. */
import { button, el, icon } from "./dom.js";
import { when } from "./tickets.js";

const times = (number) => (number === 1 ? "once" : number === 2 ? "twice" : `${number} times`);
const day = (moment) => new Date(moment).toLocaleDateString(undefined, { dateStyle: "medium" });

/** What the list holds, in a sentence. */
export function gapsSummary({ data, since, answered }) {
  const closed = answered > 0 && ` ${answered} more ${answered === 1 ? "is" : "are"} answered by now.`;
  if (!data.length) {
    return el("p", { class: "none" }, `No question since ${day(since)} is left open.`, closed, " Questions that the wiki does not answer appear here.");
  }
  const count = data.length === 1 ? "One thing" : `${data.length} things`;
  return el("p", { class: "result-count" }, `${count} that people asked since ${day(since)} and the wiki does not answer, most wanted first.`, closed);
}

/** One gap. `search` is the address of a search for it, `read(threadId)` shows a conversation. */
export function gapCard(gap, search, read) {
  const facts = [
    `Asked ${times(gap.asked)}`,
    gap.conversations > 1 && `in ${gap.conversations} conversations`,
    `last ${when(gap.last_seen)}`,
    gap.handed_off > 0 && `${times(gap.handed_off)} handed to a person`,
    `wiki ${gap.collection}`,
  ];
  return el(
    "li",
    { class: "gap" },
    el("h2", {}, gap.question),
    el("p", { class: "gap-facts" }, facts.filter(Boolean).join(" · ")),
    gap.wordings.length > 0 && [
      el("h3", { class: "unseen" }, "Other wordings"),
      el("ul", { class: "wordings" }, gap.wordings.map((wording) => el("li", {}, wording))),
    ],
    el(
      "p",
      { class: "gap-doors" },
      el("a", { href: search }, icon("search"), "Search for it"),
      button(gap.threads.length > 1 ? "Read the last conversation" : "Read the conversation", { class: "as-link", onclick: () => read(gap.threads[0]) }),
    ),
  );
}
