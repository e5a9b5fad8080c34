/** The steps of a run, as they come and as they end. */
import { el, icon, unseen } from "./dom.js";

/** How each state of a step looks, and what a screen reader calls it. */
const STATES = {
  pending: { words: "to do" },
  running: { words: "in progress" },
  done: { words: "done", drawing: "check" },
  skipped: { words: "skipped", drawing: "dash" },
  refused: { words: "not allowed", drawing: "cross" },
  failed: { words: "did not work", drawing: "cross" },
  declined: { words: "declined", drawing: "dash" },
  waiting: { words: "waiting for approval", drawing: "pause" },
};

/** The states in which a person wants to read why. */
const EXPLAINED = new Set(["refused", "failed", "skipped"]);

/** A tool call's outcome as the state of its step. */
const OF_OUTCOME = {
  ok: "done",
  refused: "refused",
  invalid: "failed",
  failed: "failed",
  needs_confirmation: "waiting",
  needs_approval: "waiting",
};

export class Plan {
  #list = el("ol", { class: "plan", "aria-label": "Steps", hidden: true });
  #steps = [];
  #sentences = new Map();

  get node() {
    return this.#list;
  }

  /** The plan as the agent has it; while the run goes on its first open step counts as running. */
  update(steps, underWay) {
    const next = underWay ? steps.findIndex((step) => step.status === "pending") : -1;
    this.#steps = steps.map(({ step, status }, number) => ({ step, status: number === next ? "running" : status }));
    this.#draw();
  }

  /** A tool call that ended: it explains its step, or stands for itself where the agent made no plan. */
  called({ title, status, sentence }) {
    if (!title) return; // nothing that a person could read
    if (sentence) this.#sentences.set(title, sentence);
    if (!this.#steps.some((step) => step.step === title)) {
      this.#steps = [...this.#steps, { step: title, status: OF_OUTCOME[status] ?? status }];
    }
    this.#draw();
  }

  #draw() {
    this.#list.hidden = this.#steps.length === 0;
    const rows = this.#list.children;
    while (rows.length > this.#steps.length) rows[rows.length - 1].remove();
    this.#steps.forEach(({ step, status }, number) => {
      const why = EXPLAINED.has(status) ? this.#sentences.get(step) : null;
      const shown = `${step}\n${status}\n${why}`;
      const row = rows[number] ?? this.#list.appendChild(el("li"));
      if (row.shown === shown) return; // an unchanged row keeps its node, so that its animation runs on
      row.shown = shown;
      row.dataset.status = status;
      const { words, drawing } = STATES[status] ?? { words: status };
      row.replaceChildren(
        el("span", { class: "dot" }, drawing && icon(drawing)),
        el("span", {}, step, el("span", { class: "state" }, unseen(", "), words), why && el("small", {}, why)),
      );
    });
  }
}
