/** Tickets: the card in an answer, the list, and one ticket in the panel. */
import { button, el, humanName, icon, unseen } from "./dom.js";
import { asProblem } from "./service.js";

const OPEN = new Set(["new", "open", "pending", "on_hold"]);

/** The zone in which the answers name times, whatever the reader's own. */
const timeZone = document.documentElement.dataset.timeZone || undefined;

/** Days since 1970 of a moment's date there. */
const dayOf = (date) => Date.parse(date.toLocaleDateString("sv-SE", { timeZone })) / 86_400_000;

/** A moment as a person says it: "today, 18:00", "Tue, 24 Nov, 18:00"; the 24-hour clock, as in the answers. */
export function when(moment) {
  const date = new Date(moment);
  const time = date.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone });
  const names = { "-1": "yesterday", 0: "today", 1: "tomorrow" };
  const day = names[dayOf(date) - dayOf(new Date())];
  return `${day ?? date.toLocaleDateString(undefined, { weekday: "short", day: "numeric", month: "short", timeZone })}, ${time}`;
}

const isOpen = (ticket) => OPEN.has(ticket.status);

const status = (ticket) => el("span", { class: "pill", "data-status": ticket.status }, humanName(ticket.status));
const priority = (ticket) => el("span", { class: "priority", "data-priority": ticket.priority }, humanName(ticket.priority));

/** A deadline, marked where an open ticket has passed it. */
function deadline(ticket, moment) {
  const late = isOpen(ticket) && new Date(moment) < new Date();
  return el("time", { datetime: moment, class: late && "late" }, when(moment), late && " (late)");
}

/** What the customer waits for next: the first reply, then the solution. */
function nextDue(ticket) {
  return ticket.first_replied_at === null
    ? el("span", {}, "reply due ", deadline(ticket, ticket.first_reply_due))
    : el("span", {}, "due ", deadline(ticket, ticket.resolution_due));
}

/** A card that opens the ticket. */
export function ticketCard(ticket, open) {
  return el(
    "button",
    { type: "button", class: "ticket-card", "data-ticket": ticket.id, onclick: () => open(ticket) },
    icon("ticket"),
    el("span", { class: "ticket-main" }, el("span", { class: "ticket-id" }, ticket.id), " ", el("span", { class: "ticket-subject" }, ticket.subject)),
    el(
      "span",
      { class: "ticket-facts" },
      unseen("Status "),
      status(ticket),
      unseen(", priority "),
      priority(ticket),
      isOpen(ticket) && nextDue(ticket),
    ),
  );
}

/** All facts of a ticket, and its comments where the service gives them. */
export function ticketDetail(ticket) {
  const facts = [
    ["Status", status(ticket)],
    ["Priority", priority(ticket)],
    ["Type", humanName(ticket.type)],
    ["Group", humanName(ticket.group)],
    ["Customer", ticket.requester],
    ["Assigned to", ticket.assignee],
    ["Opened", when(ticket.created_at)],
    ["First reply", ticket.first_replied_at ? when(ticket.first_replied_at) : deadline(ticket, ticket.first_reply_due)],
    ["Solution", ticket.solved_at ? when(ticket.solved_at) : deadline(ticket, ticket.resolution_due)],
  ].filter(([, value]) => value);
  return el(
    "article",
    { class: "ticket" },
    el("dl", { class: "facts" }, facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))),
    ticket.description && el("p", { class: "ticket-text" }, ticket.description),
    ticket.comments.length > 0 && [
      el("h3", {}, "Comments"),
      el(
        "ol",
        { class: "comments" },
        ticket.comments.map((comment) =>
          el(
            "li",
            { "data-visibility": comment.visibility },
            el("p", { class: "comment-by" }, comment.author, ` · ${when(comment.created_at)}`, comment.visibility === "internal" && " · internal"),
            el("p", {}, comment.text),
          ),
        ),
      ),
    ],
  );
}

const COLUMNS = ["Ticket", "Subject", "Status", "Priority", "Due"];
const AT_ONCE = 50;

/**
 * The list, a page at a time. `load({ status, limit, offset })` gives tickets, newest first; `open(ticket)`
 * shows one of them.
 */
export class TicketList {
  #load;
  #open;
  #body = el("tbody");
  #none = el("p", { class: "none", role: "status", hidden: true });
  #more = button("Show more", { class: "secondary more", hidden: true });
  #status = [...OPEN];

  constructor(load, open) {
    this.#load = load;
    this.#open = open;
    this.#more.addEventListener("click", () => this.next().catch((cause) => this.#say(asProblem(cause).message)));
    this.nodes = [
      el(
        "table",
        { class: "tickets" },
        el("caption", { class: "unseen" }, "Tickets"),
        el("thead", {}, el("tr", {}, COLUMNS.map((name) => el("th", { scope: "col" }, name)))),
        this.#body,
      ),
      this.#none,
      this.#more,
    ];
  }

  #say(sentence) {
    this.#none.textContent = sentence;
    this.#none.hidden = !sentence;
  }

  /** Shows the open tickets, or all. */
  async choose(which) {
    this.#status = which === "open" ? [...OPEN] : [];
    this.#body.replaceChildren();
    await this.next();
  }

  /** Adds the next page. */
  async next() {
    const tickets = await this.#load({ status: this.#status, limit: AT_ONCE, offset: this.#body.children.length });
    this.#body.append(...tickets.map((ticket) => ticketRow(ticket, this.#open)));
    this.#more.hidden = tickets.length < AT_ONCE;
    this.#say(this.#body.children.length ? "" : "No tickets here.");
  }
}

function ticketRow(ticket, open) {
  const cells = [
    button(ticket.id, { class: "as-link", "aria-label": `Open ticket ${ticket.id}`, onclick: () => open(ticket) }),
    ticket.subject,
    status(ticket),
    priority(ticket),
    deadline(ticket, ticket.resolution_due),
  ];
  return el("tr", {}, cells.map((cell, number) => el("td", { "data-label": COLUMNS[number] }, cell)));
}
