/** One answer of the assistant, from the first sign of life to its sources. */
import { announce, button, el, icon, link } from "./dom.js";
import { renderMarkdown } from "./markdown.js";
import { Plan } from "./plan.js";
import { ticketCard } from "./tickets.js";

export class Turn {
  #plan = new Plan();
  #doing = el("span", {}, "Reading your question");
  #working = el("p", { class: "working" }, el("span", { class: "dots" }, el("i"), el("i"), el("i")), this.#doing);
  #answer = el("div", { class: "answer" });
  #after = el("div", { class: "after" });
  #trouble = el("div", { class: "trouble", role: "alert", hidden: true });
  #text = "";
  #steps = [];
  #drawing = false;
  #doors;

  /** `doors`: what the answer's buttons open: openCitation(citation), openTicket(ticket), fetchTicket(id). */
  constructor(doors) {
    this.#doors = doors;
    this.node = el(
      "article",
      { class: "turn", "aria-label": "Answer" },
      this.#plan.node,
      this.#answer,
      this.#working,
      this.#after,
      this.#trouble,
    );
  }

  /** Takes an event of the run's stream; `end` is for finish(). */
  handle({ name, data }) {
    if (!this.#trouble.hidden) return; // it failed; what still comes repeats why
    if (name === "messages" && data.text) this.#write(this.#text + data.text);
    if (name === "updates" && data.plan) this.#progress(data.plan);
    if (name === "error") this.fail(data.problem);
  }

  #progress(steps) {
    this.#steps = steps;
    this.#plan.update(steps, true);
    if (steps.length) this.#doing.textContent = "Working on it";
  }

  #write(text) {
    this.#text = text;
    this.#working.hidden = true;
    if (this.#drawing) return;
    this.#drawing = true;
    requestAnimationFrame(() => {
      this.#drawing = false;
      if (this.#working.isConnected) this.#show(this.#text, null);
    });
  }

  /** `citations` is null while the text still comes: marks are then shown, but lead nowhere yet. */
  #show(text, citations) {
    const mark = (number) => {
      if (!citations) return el("span", { class: "cite" }, String(number));
      const citation = citations[number - 1];
      return citation ? this.#cite(citation, number) : null;
    };
    this.#answer.replaceChildren(...renderMarkdown(text, mark));
  }

  #cite(citation, number) {
    return link(
      citation.url,
      { class: "cite", "aria-label": `Source ${number}: ${sourceName(citation)}`, onclick: (event) => this.#follow(event, citation) },
      String(number),
    );
  }

  #follow(event, citation) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // the browser opens it in a new tab or window
    event.preventDefault();
    this.#doors.openCitation(citation);
  }

  /** The run's result: the final text with its sources, tickets and cost. `spoken` also says it to a screen reader. */
  finish(run, { spoken = false } = {}) {
    this.#working.remove();
    const steps = run.plan ?? [];
    if (steps.length) this.#plan.update(steps, false);
    else if (this.#steps.length) this.#plan.update(this.#steps, false);
    const { citations } = run.reply;
    const text = withoutRequests(run);
    if (run.status === "failed") this.fail(run.error ?? text);
    this.#show(run.status === "failed" ? "" : text, citations);
    this.#after.replaceChildren(...this.#sources(citations), this.#cards(run.tickets ?? []), this.#foot(run));
    if (spoken) announce(run.reply.text.replace(/\s*\[\d+\]/g, ""));
  }

  /** Puts a node (an approval card) under the answer. */
  add(node) {
    this.#after.before(node);
  }

  /** Shows what went wrong, with a button to try again where that makes sense. */
  fail(sentence, retry = null) {
    this.#working.remove();
    this.#trouble.replaceChildren(
      el("p", {}, icon("alert"), el("span", {}, sentence)),
      retry ? button("Try again", { class: "secondary", onclick: retry }, "refresh") : "",
    );
    this.#trouble.hidden = false;
  }

  /** A passing remark in place of what the agent is doing. */
  note(sentence) {
    this.#doing.textContent = sentence;
    this.#working.hidden = false;
  }

  #sources(citations) {
    if (!citations.length) return [];
    return [
      el("h3", { class: "sources-title" }, citations.length === 1 ? "Source" : "Sources"),
      el(
        "ol",
        { class: "sources" },
        citations.map((citation, number) =>
          el(
            "li",
            {},
            link(
              citation.url,
              { onclick: (event) => this.#follow(event, citation) },
              el("span", { class: "number" }, String(number + 1)),
              el("span", {}, citation.heading || citation.title || citation.page),
              citation.heading && el("span", { class: "of" }, citation.title || citation.page),
            ),
          ),
        ),
      ),
    ];
  }

  #cards(ids) {
    const holder = el("div", { class: "cards" });
    for (const id of ids) this.#fetchCard(id, holder.appendChild(el("div", { class: "card-slot" }, id)));
    return holder;
  }

  async #fetchCard(id, slot) {
    try {
      slot.replaceWith(ticketCard(await this.#doors.fetchTicket(id), this.#doors.openTicket));
    } catch (cause) {
      slot.textContent = `${id}: the ticket could not be shown. ${cause.message}`;
    }
  }

  #foot(run) {
    const { latency_ms: latency, model_calls: calls } = run.metrics ?? {};
    const others = Object.keys(run.decided_by ?? {}).filter((model) => !run.model.split(",").includes(model));
    const words = [
      `AI answer${run.model ? ` by ${run.model}` : ""}`,
      others.length && `with help from ${others.join(" and ")}`,
      latency > 0 && (latency < 950 ? "under a second" : `${(latency / 1000).toFixed(1)} s`),
      calls > 0 && `${calls} model ${calls === 1 ? "call" : "calls"}`,
    ];
    return el("p", { class: "turn-foot" }, words.filter(Boolean).join(" · "));
  }
}

/** The reply's text without the questions that the approval card asks below it. */
function withoutRequests({ reply, pending }) {
  const asked = pending?.action_requests.map((request) => request.description) ?? [];
  return asked.reduce((text, description) => text.replace(description, ""), reply.text).trim();
}

const sourceName = ({ title, page, heading }) => [title || page, heading].filter(Boolean).join(" › ");
