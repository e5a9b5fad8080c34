/** The side panel (a bottom sheet on a phone): one at a time, closed with Escape, focus goes back where it was. */

import { el } from "./dom.js";

const NARROW = matchMedia("(max-width: 60rem)");

export class Panel {
  #dialog;
  #title;
  #body;
  #opener = null;
  #loading = null; // what the panel was last opened for

  constructor(dialog) {
    this.#dialog = dialog;
    this.#title = dialog.querySelector("h2");
    this.#body = dialog.querySelector(".panel-body");
    dialog.querySelector("[data-close]").addEventListener("click", () => this.close());
    dialog.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
    dialog.addEventListener("click", (event) => event.target === dialog && this.close()); // the backdrop
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault(); // the system's own way to close (a phone's back gesture) goes the same way
      this.close();
    });
    NARROW.addEventListener("change", () => this.#dialog.open && this.close());
  }

  get body() {
    return this.#body;
  }

  /**
   * Opens under `title`, then shows what `load()` gives: { title, nodes }. On a wide screen the conversation stays
   * usable beside it. What arrives after the panel was closed, or opened for something else, is dropped.
   */
  async open(title, load) {
    if (!this.#dialog.open) this.#opener = document.activeElement;
    this.#show(title, [el("p", { class: "hint" }, "One moment…")]);
    if (!this.#dialog.open) {
      if (NARROW.matches) this.#dialog.showModal();
      else this.#dialog.show();
    }
    this.#title.focus({ preventScroll: true });
    const loading = load();
    this.#loading = loading;
    const loaded = await loading;
    if (this.#loading === loading) this.#show(loaded.title, loaded.nodes);
  }

  #show(title, nodes) {
    this.#title.textContent = title;
    this.#body.replaceChildren(...nodes);
    this.#body.scrollTop = 0;
  }

  close() {
    if (!this.#dialog.open) return;
    this.#dialog.close();
    this.#loading = null;
    this.#body.replaceChildren();
    if (this.#opener?.isConnected) this.#opener.focus({ preventScroll: true });
    this.#opener = null;
  }
}
