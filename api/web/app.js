/** Deskmate's web page: wires the views to the service. Each view's own work is in the module of its name. */
import { transcript, waitingCard, waitingThreads } from "./waiting.js";
import { Conversation } from "./conversation.js";
import { announce, button, drawIcons, el } from "./dom.js";
import { Knowledge } from "./knowledge.js";
import { pageLinks, parseWikiUrl, renderPage, scrollToPassage } from "./page.js";
import { Panel } from "./panel.js";
import { asProblem, Service } from "./service.js";
import { Session } from "./session.js";
import { suggestionsFor } from "./suggestions.js";
import { ticketDetail, TicketList } from "./tickets.js";

const MODEL = "deskmate.model";
const PATIENCE = 400; // milliseconds before a list says that it is on its way
const LOOK_EVERY = 20_000; // milliseconds between looks at the number of waiting approvals

const $ = (selector) => document.querySelector(selector);
const service = new Service();
const session = new Session(service);
const panel = new Panel($("#panel"));
const conversation = new Conversation($(".chat"), service, { openCitation, openTicket, onBusy, onSignedOut });
const question = $("#question");
const knowledge = new Knowledge($(".view[data-view=knowledge]"), service, { openPage, readThread });
let busy = false;

/* ---------- views ---------- */

const VIEWS = { tickets: showTickets, waiting: showWaiting, knowledge: showKnowledge, page: showPage };

function wanted() {
  if (!session.identity) return "sign-in";
  if (parseWikiUrl(location.href)) return "page";
  const [name] = location.hash.slice(1).split(/[/?]/);
  return name in VIEWS && name !== "page" ? name : "chat";
}

async function route() {
  const name = wanted();
  for (const view of document.querySelectorAll(".view")) view.hidden = view.dataset.view !== name;
  for (const tab of document.querySelectorAll(".tabs a")) {
    if (tab.dataset.view === (name === "page" ? "knowledge" : name)) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  $(".tabs").hidden = name === "sign-in";
  $("#new-conversation").hidden = name === "sign-in";
  if (name === "chat" && !matchMedia("(pointer: coarse)").matches) question.focus();
  if (name === "sign-in") $("#key").focus();
  await VIEWS[name]?.($(`.view[data-view=${name}]`));
}

/** Fills a view's list from the service; a failure is said in its place, with a way to try again. */
async function fill(view, load) {
  const loading = load();
  view.loading = loading; // a newer choice makes an older one that is still loading void
  const show = (nodes) => view.loading === loading && view.querySelector(".list").replaceChildren(...nodes);
  const late = setTimeout(() => show([el("p", { class: "hint", role: "status" }, "One moment…")]), PATIENCE);
  const nodes = await loading.catch((cause) => [trouble(cause, () => fill(view, load))]);
  clearTimeout(late);
  show(nodes);
}

function trouble(cause, again) {
  const problem = asProblem(cause);
  if (problem.status === 401) onSignedOut(problem.message);
  return el("div", { class: "trouble", role: "alert" }, el("p", {}, problem.message), button("Try again", { class: "secondary", onclick: again }, "refresh"));
}

function showTickets(view) {
  view.querySelector("h1").textContent = isStaff() ? "Tickets" : "Your tickets";
  return fill(view, async () => {
    const list = new TicketList((query) => service.tickets(query), openTicket);
    await list.choose(view.querySelector("select").value);
    return list.nodes;
  });
}

function showWaiting(view) {
  return fill(view, async () => {
    const waiting = await waitingThreads(service);
    count(waiting.length);
    if (!waiting.length) return [el("p", { class: "none" }, "Nobody is waiting. Actions that need approval, and conversations handed to a person, appear here.")];
    return waiting.map((thread) => waitingCard(thread, service, { done: countWaiting, read: (one) => readThread(one.thread_id, one.customer) }));
  });
}

function showKnowledge(view) {
  return fill(view, () => knowledge.show(location.hash, isStaff()));
}

async function showPage(view) {
  const { collection, pageId, anchor, quote } = parseWikiUrl(location.href);
  const reading = view.querySelector(".reading");
  try {
    const page = await service.page(pageId, collection, quote);
    document.title = `${page.title} · Deskmate`;
    reading.replaceChildren(el("h1", {}, page.title), renderPage(page, Boolean(quote)));
    scrollToPassage(reading, anchor);
  } catch (cause) {
    reading.replaceChildren(trouble(cause, () => showPage(view)));
  }
}

/* ---------- the panel ---------- */

async function openCitation(citation) {
  const place = parseWikiUrl(citation.url) ?? { collection: "*", pageId: citation.page, anchor: "" }; // its wiki lives elsewhere
  await openPage({ ...place, title: citation.title, quote: citation.quote });
}

/** A page in the panel, with `quote` marked on it, or at the heading of `anchor`. */
async function openPage({ collection, pageId, title, quote, anchor = "" }) {
  await openInPanel(title || pageId, async () => {
    const page = await service.page(pageId, collection, quote);
    return { title: page.title, nodes: [renderPage(page, Boolean(quote)), pageLinks(page, quote)] };
  });
  scrollToPassage(panel.body, anchor);
}

async function openTicket(ticket) {
  await openInPanel(`${ticket.id} · ${ticket.subject}`, async () => {
    const whole = await service.ticket(ticket.id);
    return { title: `${whole.id} · ${whole.subject}`, nodes: [ticketDetail(whole)] };
  });
}

async function readThread(threadId, customer = null) {
  const title = customer ? `${customer}: the conversation` : "The conversation";
  await openInPanel(title, async () => ({ title, nodes: [transcript(await service.thread(threadId))] }));
}

function openInPanel(title, load) {
  const failed = (cause) => ({ title, nodes: [trouble(cause, () => openInPanel(title, load))] });
  return panel.open(title, () => load().catch(failed));
}

/* ---------- the message field ---------- */

function onBusy(state) {
  busy = state;
  const send = $(".send");
  send.replaceChildren();
  send.dataset.icon = busy ? "stop" : "send";
  send.setAttribute("aria-label", busy ? "Stop" : "Send");
  drawIcons($(".composer"));
}

function submit() {
  const text = question.value.trim();
  if (!text || busy) return;
  question.value = "";
  grow();
  conversation.send(text);
}

/** Lets the field grow with its text where the browser cannot do it by itself (CSS field-sizing). */
function grow() {
  if (CSS.supports("field-sizing", "content")) return;
  question.style.height = "auto";
  question.style.height = `${question.scrollHeight}px`;
}

function wireComposer() {
  question.addEventListener("input", grow);
  question.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  });
  $(".composer").addEventListener("submit", (event) => {
    event.preventDefault();
    if (busy) conversation.stop();
    else submit();
  });
}

/* ---------- people and models ---------- */

const isStaff = () => session.identity?.role !== "customer";

async function welcome() {
  const { identity } = session;
  $(".tabs [data-view=waiting]").hidden = !isStaff();
  knowledge.forget();
  $("#sign-out").hidden = session.personas.length > 0 || !identity;
  panel.close();
  $(".suggestions").replaceChildren(
    ...suggestionsFor(identity, session.personas.length > 0).map((text) =>
      el("li", {}, el("button", { type: "button", onclick: () => conversation.send(text) }, text)),
    ),
  );
  await Promise.all([route(), conversation.open(identity), loadModels(), countWaiting()]);
}

function drawPersonas() {
  const fieldset = $(".persona");
  fieldset.hidden = session.personas.length < 2;
  for (const persona of session.personas) {
    const choose = () => {
      session.become(persona.role);
      announce(`You are now trying it as ${persona.role} ${persona.subject}.`);
      welcome();
    };
    fieldset.append(
      el(
        "label",
        {},
        el("input", { type: "radio", name: "persona", value: persona.role, checked: persona === session.identity, onchange: choose }),
        el("span", {}, persona.role === "customer" ? "Customer" : "Staff", el("small", {}, persona.subject)),
      ),
    );
  }
}

async function loadModels() {
  const select = $("#model");
  let models;
  try {
    models = await service.models();
  } catch (cause) {
    $(".note").textContent = `The models cannot be listed. ${asProblem(cause).message}`;
    return;
  }
  const remembered = localStorage.getItem(MODEL);
  const chosen = models.find(({ id }) => id === remembered) ?? models.find((model) => model.default) ?? models[0];
  select.replaceChildren(...models.map(({ id }) => el("option", { value: id, selected: id === chosen?.id }, id)));
  const use = () => {
    const model = models.find(({ id }) => id === select.value);
    conversation.model = model?.default ? null : select.value; // the default one may have others standing behind it
    $(".note").textContent = model?.note ?? "";
  };
  select.onchange = () => {
    localStorage.setItem(MODEL, select.value);
    use();
  };
  use();
}

function count(number) {
  const tab = $(".tabs [data-view=waiting]");
  tab.replaceChildren("Waiting", number ? el("span", { class: "badge" }, String(number), el("span", { class: "unseen" }, " waiting")) : "");
}

async function countWaiting() {
  if (!session.identity || !isStaff() || document.hidden) return;
  try {
    count((await waitingThreads(service)).length);
  } catch {
    count(0); // the view itself says what is wrong
  }
}

function onSignedOut(sentence) {
  if (session.personas.length) {
    session.open().catch(asProblem); // the demo's keys come from the server, which has new ones: "Try again" will use them
    return;
  }
  session.signOut();
  const why = $(".sign-in .why");
  why.textContent = sentence;
  why.hidden = false;
  route();
}

function wireSignIn() {
  $(".sign-in").addEventListener("submit", async (event) => {
    event.preventDefault();
    const why = $(".sign-in .why");
    why.hidden = true;
    try {
      await session.signIn($("#key").value.trim());
      $("#key").value = "";
      await welcome();
    } catch (cause) {
      why.textContent = cause.status === 401 ? "This key is not valid. Please check it and try again." : asProblem(cause).message;
      why.hidden = false;
    }
  });
  $("#sign-out").addEventListener("click", () => {
    session.signOut();
    location.assign("/");
  });
}

/* ---------- start ---------- */

async function start() {
  try {
    await session.open();
  } catch (cause) {
    if (cause.status !== 401) {
      $("#main").append(el("div", { class: "column" }, trouble(cause, () => location.reload())));
      return;
    }
  }
  drawPersonas();
  if (session.identity) await welcome();
  else await route();
}

$(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // the address names the view, so it may not change
  (wanted() === "chat" ? question : $("#main")).focus();
});
drawIcons();
wireComposer();
wireSignIn();
addEventListener("hashchange", route);
$("#which-tickets").addEventListener("change", route);
setInterval(countWaiting, LOOK_EVERY);
$("#new-conversation").addEventListener("click", () => {
  conversation.startAfresh();
  if (wanted() === "chat") question.focus();
  else location.assign("/#chat");
});
start();
