/** The staff view: conversations that wait for a decision, or that a colleague owns. */
import { approvalCard, decisionsFor } from "./approval.js";
import { button, el, unseen } from "./dom.js";
import { followRun } from "./events.js";
import { renderMarkdown } from "./markdown.js";
import { asProblem, unreachable } from "./service.js";

/** The threads that wait for staff, newest first as the service lists them. */
export async function waitingThreads(service) {
  const threads = await service.threads();
  return threads.filter((thread) => thread.status === "handed_off" || thread.pending?.approver === "staff");
}

/** One waiting thread as a card. `done()` is called when it no longer waits, `read(thread)` shows all that was said. */
export function waitingCard(thread, service, { done, read }) {
  const node = el(
    "article",
    { class: "waiting", "data-thread": thread.thread_id },
    el("p", { class: "waiting-who" }, `${thread.customer} wrote`),
    el("blockquote", {}, thread.subject),
    button("Read the conversation", { class: "as-link", onclick: () => read(thread) }),
  );
  node.append(thread.pending ? decision(thread, service, node, done) : handedOff(thread, service, node, done));
  return node;
}

/** What was said in a thread, for reading. */
export function transcript(view) {
  const entries = view.messages.map(({ role, content }) =>
    role === "user"
      ? el("div", { class: "bubble" }, unseen("Customer: "), content)
      : el("div", { class: "answer" }, unseen("Assistant: "), renderMarkdown(content, (number) => el("span", { class: "cite" }, String(number)))),
  );
  return el("div", { class: "turns transcript-copy" }, entries);
}

function decision(thread, service, node, done) {
  return approvalCard(thread.pending, "staff", async (type) => {
    try {
      const response = await service.resume(thread.thread_id, thread.run_id, decisionsFor(thread.pending, type));
      const result = await outcome(service, thread.thread_id, response);
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
  throw unreachable();
}

function handedOff(thread, service, node, done) {
  const trouble = el("p", { class: "trouble", role: "alert", hidden: true });
  const giveBack = async () => {
    try {
      await service.release(thread.thread_id);
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
