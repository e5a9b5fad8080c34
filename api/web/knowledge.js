/** The knowledge view: search in the wikis for everyone; for staff what they lack, and where their pages come from. */
import { el, link, unseen } from "./dom.js";
import { gapCard, gapsSummary } from "./gaps.js";
import { origin, wikiUrl } from "./page.js";
import { droppedNotice, sourceCard } from "./sources.js";

const ALL = "*"; // the service's word for every wiki

const searchAddress = (words, wiki) => `#knowledge?${new URLSearchParams({ q: words, ...(wiki && { in: wiki }) })}`;

export class Knowledge {
  #view;
  #service;
  #openPage;
  #readThread;
  #words;
  #which;
  #wikis = null; // what the present caller may search

  /** `openPage({ collection, pageId, title, quote })` shows a page, `readThread(threadId)` a conversation. */
  constructor(view, service, { openPage, readThread }) {
    this.#view = view;
    this.#service = service;
    this.#openPage = openPage;
    this.#readThread = readThread;
    this.#words = view.querySelector("#words");
    this.#which = view.querySelector("#which-wiki");
    view.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#search();
    });
    this.#which.addEventListener("change", () => this.#words.value.trim() && this.#search());
  }

  /** Another caller may search other wikis. */
  forget() {
    this.#wikis = null;
  }

  /** The nodes of the part that an address names: "#knowledge", "#knowledge?q=…&in=…", "#knowledge/sources". */
  async show(address, isStaff) {
    const [, part = "search", query = ""] = /^#knowledge(?:\/(\w+))?(?:\?(.*))?$/.exec(address) ?? [];
    const parts = isStaff ? { gaps: () => this.#gaps(), sources: () => this.#sources() } : {};
    const name = part in parts ? part : "search";
    this.#view.querySelector(".parts").hidden = !isStaff;
    for (const tab of this.#view.querySelectorAll(".parts a")) {
      if (tab.dataset.part === name) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    }
    this.#view.querySelector(".search").hidden = name !== "search";
    return name === "search" ? this.#found(new URLSearchParams(query)) : parts[name]();
  }

  /** The words go into the address, so that the way back and a reload lead to the same results. */
  #search() {
    const address = searchAddress(this.#words.value.trim(), this.#which.value);
    if (location.hash === address) dispatchEvent(new HashChangeEvent("hashchange")); // the same again: the wiki may have changed
    else location.hash = address;
  }

  async #found(query) {
    const wanted = query.get("q") ?? "";
    this.#words.value = wanted;
    await this.#choose(query.get("in"));
    if (!wanted) return [this.#welcome()];
    const result = await this.#service.search(wanted, this.#which.value);
    const count = result.hits.length;
    const said = count ? `${count} ${count === 1 ? "passage" : "passages"}, best first` : `Nothing found for “${wanted}”. Try other words.`;
    return [
      el("p", { class: count ? "result-count" : "none", role: "status" }, said),
      count > 0 && el("ol", { class: "hits" }, result.hits.map((hit) => this.#hit(hit, result.collection === ALL))),
    ].filter(Boolean);
  }

  /** Fills the choice of wikis, which only shows where there is one to make. */
  async #choose(name) {
    this.#wikis ??= this.#service.collections();
    const wikis = await this.#wikis.catch((cause) => {
      this.#wikis = null;
      throw cause;
    });
    const names = [...(wikis.length > 1 ? [ALL] : []), ...wikis.map((wiki) => wiki.name)];
    const chosen = names.includes(name) ? name : wikis.find((wiki) => wiki.default)?.name;
    this.#which.replaceChildren(
      ...names.map((one) => el("option", { value: one, selected: one === chosen }, one === ALL ? "All wikis" : one)),
    );
    this.#which.hidden = names.length < 2;
  }

  #welcome() {
    return el("p", { class: "none" }, "Search the pages that answers are taken from. Each result opens at the passage that was found.");
  }

  /** `named`: whether to say which wiki it stands in. */
  #hit(hit, named) {
    const { collection } = hit;
    const open = (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return; // the browser opens it in a new tab or window
      event.preventDefault();
      this.#openPage({ collection, pageId: hit.page, title: hit.title, quote: hit.text });
    };
    return el(
      "li",
      { class: "hit" },
      el(
        "h2",
        {},
        link(wikiUrl(collection, hit.page, hit.text), { onclick: open }, hit.title),
        hit.audience === "internal" && el("span", { class: "pill", "data-audience": "internal" }, "Internal"),
        hit.superseded && el("span", { class: "pill", "data-status": "closed" }, "Out of date"),
        hit.overdue && el("span", { class: "pill", "data-status": "closed" }, "Past its review"),
        hit.trust === "external" && el("span", { class: "pill", "data-status": "closed" }, "Not our own words"),
      ),
      hit.heading.length > 0 && el("p", { class: "hit-place" }, unseen("In section "), hit.heading.join(" › ")),
      el("p", { class: "hit-text" }, hit.text),
      el("p", { class: "hit-facts" }, [named && collection, ...origin(hit), hit.also.length && `Also in ${hit.also.join(", ")}`].filter(Boolean).join(" · ")),
    );
  }

  async #gaps() {
    const found = await this.#service.gaps();
    const cards = found.data.map((gap) => gapCard(gap, searchAddress(gap.question, gap.collection), this.#readThread));
    return [gapsSummary(found), cards.length > 0 && el("ul", { class: "gaps" }, cards)].filter(Boolean);
  }

  async #sources() {
    const { data, dropped } = await this.#service.sources();
    if (!data.length && !dropped.length) {
      return [el("p", { class: "none" }, "No source is named yet. Describe your wikis in sources.toml, and restart the service.")];
    }
    return [...dropped.map(droppedNotice), el("ul", { class: "source-list" }, data.map(sourceCard))];
  }
}
