/** The staff view: conversations that wait for a decision, or that a colleague owns. */
import { approvalCard, decisionsFor } from "./approval.js";
import { button, el } from "./dom.js";
import { followRun } from "./events.js";
import { asProblem } from "./service.js";

const WAITING = new Set(["needs_approval", "handed_off"]);

/** The threads that want somebody's attention, newest first as the service lists them. */
export async function waitingThreads(service) {
  const threads = (await service.threads()).filter((thread) => WAITING.has(thread.status));
  const views = await Promise.all(threads.map((thread) => service.thread(thread.thread_id)));
  return views.filter((view) => view.status === "handed_off" || view.pending?.approver === "staff");
}

/** One waiting thread as a card. `done()` is called when it no longer waits. */
export function waitingCard(view, service, done) {
  const asked = view.messages.findLast((message) => message.role === "user")?.content ?? "";
  const node = el(
    "article",
    { class: "waiting", "data-thread": view.thread_id },
    el("p", { class: "waiting-who" }, view.subject ?? "A customer", " wrote"),
    el("blockquote", {}, asked),
  );
  node.append(view.pending ? decision(view, service, node, done) : handedOff(view, service, node, done));
  return node;
}

function decision(view, service, node, done) {
  const run = view.runs.at(-1);
  return approvalCard(view.pending, "staff", async (type) => {
    try {
      const response = await service.resume(view.thread_id, run.run_id, decisionsFor(view.pending, type));
      const result = await outcome(service, view.thread_id, response);
      settle(node, type === "approve" ? "Approved." : "Declined.", result.reply.text);
      done();
    } catch (cause) {
      throw asProblem(cause);
    }
  });
}

/** The words alone, without list marks, emphasis and citation marks. */
const plain = (text) => text.replace(/\s*\[\d+\]|\*\*/g, "").replace(/\s*\n[-\s]*/g, " ");

async function outcome(service, threadId, response) {
  const attach = (runId, last) => service.attach(threadId, runId, last);
  for await (const event of followRun(async () => response, attach, () => {})) {
    if (event.name === "end") return event.data.run;
  }
  throw new TypeError("The stream ended without a result.");
}

function handedOff(view, service, node, done) {
  const trouble = el("p", { class: "trouble", role: "alert", hidden: true });
  const giveBack = async () => {
    try {
      await service.release(view.thread_id);
      settle(node, "Given back to the assistant.", "");
      done();
    } catch (cause) {
      trouble.textContent = asProblem(cause).message;
      trouble.hidden = false;
    }
  };
  return el(
    "div",
    { class: "approval" },
    el("p", {}, "This conversation was handed to a colleague. The assistant is quiet in it."),
    el("div", { class: "choices" }, button("Give back to the assistant", { class: "primary", onclick: giveBack })),
    trouble,
  );
}

function settle(node, headline, told) {
  const outcome = el("p", { class: "decided", role: "status" }, headline);
  node.querySelector(".approval").replaceWith(outcome, told ? el("p", {}, "The customer was told: ", plain(told)) : "");
}
