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

export class Plan {
  #list = el("ol", { class: "plan", "aria-label": "Steps", hidden: true });

  get node() {
    return this.#list;
  }

  /** The plan as the agent has it; while the run goes on its first open step counts as running. */
  update(steps, underWay) {
    const next = underWay ? steps.findIndex((step) => step.status === "pending") : -1;
    this.#draw(steps.map(({ step, status }, number) => ({ step, status: number === next ? "running" : status })));
  }

  #draw(steps) {
    this.#list.hidden = steps.length === 0;
    const rows = this.#list.children;
    while (rows.length > steps.length) rows[rows.length - 1].remove();
    steps.forEach(({ step, status }, number) => {
      const shown = `${step}\n${status}`;
      const row = rows[number] ?? this.#list.appendChild(el("li"));
      if (row.shown === shown) return; // an unchanged row keeps its node, so that its animation runs on
      row.shown = shown;
      row.dataset.status = status;
      const { words, drawing } = STATES[status] ?? { words: status };
      row.replaceChildren(
        el("span", { class: "dot" }, drawing && icon(drawing)),
        el("span", {}, step, el("span", { class: "state" }, unseen(", "), words)),
      );
    });
  }
}
