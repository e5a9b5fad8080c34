/** The side panel (a bottom sheet on a phone): one at a time, closed with Escape, focus goes back where it was. */

const NARROW = matchMedia("(max-width: 60rem)");

export class Panel {
  #dialog;
  #title;
  #body;
  #opener = null;

  constructor(dialog) {
    this.#dialog = dialog;
    this.#title = dialog.querySelector("h2");
    this.#body = dialog.querySelector(".panel-body");
    dialog.querySelector("[data-close]").addEventListener("click", () => this.close());
    dialog.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
    dialog.addEventListener("click", (event) => event.target === dialog && this.close()); // the backdrop
    dialog.addEventListener("close", () => this.#closed());
    NARROW.addEventListener("change", () => this.#dialog.open && this.close());
  }

  get body() {
    return this.#body;
  }

  /** Shows `nodes` under `title`; on a wide screen the conversation stays usable beside it. */
  open(title, ...nodes) {
    if (!this.#dialog.open) this.#opener = document.activeElement;
    this.#title.textContent = title;
    this.#body.replaceChildren(...nodes);
    this.#body.scrollTop = 0;
    if (!this.#dialog.open) {
      if (NARROW.matches) this.#dialog.showModal();
      else this.#dialog.show();
    }
    this.#title.focus({ preventScroll: true });
  }

  close() {
    if (this.#dialog.open) this.#dialog.close();
  }

  #closed() {
    this.#body.replaceChildren();
    if (this.#opener?.isConnected) this.#opener.focus({ preventScroll: true });
    this.#opener = null;
  }
}
