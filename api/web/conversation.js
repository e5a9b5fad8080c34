/** The conversation: sends messages, follows runs, restores what was said, and asks for decisions. */
import { approvalCard, decisionsFor } from "./approval.js";
import { announce, el } from "./dom.js";
import { followRun } from "./events.js";
import { asProblem } from "./service.js";
import { Turn } from "./turn.js";

const WATCH_EVERY = 4000; // milliseconds between looks at a thread that waits for a colleague

export class Conversation {
  #view;
  #transcript;
  #turns;
  #banner;
  #service;
  #doors;
  #identity = null;
  #thread = null; // id of the thread, null before the first message
  #run = null; // id of the run under way
  #abort = new AbortController();
  #watch = null;
  #model = null;
  #pinned = true; // whether the view follows the growing answer

  /** `doors`: openCitation(citation), openTicket(ticket), onBusy(busy), onSignedOut(sentence). */
  constructor(view, service, doors) {
    this.#view = view;
    this.#transcript = view.querySelector(".transcript");
    this.#turns = view.querySelector(".turns");
    this.#banner = view.querySelector(".banner");
    this.#service = service;
    this.#doors = { ...doors, fetchTicket: (id) => service.ticket(id) };
    this.#transcript.addEventListener("wheel", () => (this.#pinned = false), { passive: true });
    this.#transcript.addEventListener("touchmove", () => (this.#pinned = false), { passive: true });
    new ResizeObserver(() => this.#scrollAlong()).observe(this.#turns);
  }

  /** The model for the messages to come; null leaves it to the service. */
  set model(id) {
    this.#model = id;
  }

  /** Becomes this person's conversation: the one they had in this tab, or an empty one. */
  async open(identity) {
    this.#identity = identity;
    this.#clear();
    const kept = this.#recall();
    if (!kept) return;
    try {
      const view = await this.#service.thread(kept.thread);
      this.#thread = kept.thread;
      this.#restore(view);
      if (kept.run && !view.runs.some((run) => run.run_id === kept.run)) {
        await this.#follow(this.#appendTurn(), (signal) => this.#service.attach(kept.thread, kept.run, null, signal));
      }
    } catch (cause) {
      const problem = asProblem(cause);
      if (problem.status === 404) this.startAfresh(); // the service no longer has it
      else this.#trouble(this.#appendTurn(), problem, () => this.open(identity));
    }
  }

  /** Leaves the present thread; the next message starts a new one. */
  startAfresh() {
    this.#clear();
    this.#remember();
  }

  #clear() {
    this.#abort.abort();
    this.#abort = new AbortController();
    clearInterval(this.#watch);
    this.#thread = null;
    this.#run = null;
    this.#turns.replaceChildren();
    this.#view.classList.remove("begun");
    this.#setBanner(null);
    this.#doors.onBusy(false);
  }

  #recall() {
    return JSON.parse(sessionStorage.getItem(`deskmate.thread.${this.#identity.subject}`));
  }

  #remember() {
    const name = `deskmate.thread.${this.#identity.subject}`;
    if (this.#thread) sessionStorage.setItem(name, JSON.stringify({ thread: this.#thread, run: this.#run }));
    else sessionStorage.removeItem(name);
  }

  /** Sends a message and shows its answer as it comes. */
  async send(text) {
    this.#appendBubble(text);
    const turn = this.#appendTurn();
    this.#pinned = true;
    await this.#ask(turn, text, crypto.randomUUID());
  }

  async #ask(turn, text, idempotencyKey) {
    const signal = this.#abort.signal;
    const open = async () => {
      if (!this.#thread) {
        const { thread_id: thread } = await this.#service.createThread(signal);
        this.#thread = thread;
        this.#remember();
      }
      return this.#service.startRun(this.#thread, text, this.#model, idempotencyKey, signal);
    };
    const again = (problem) => {
      const fresh = this.#appendTurn();
      turn.node.replaceWith(fresh.node);
      // After a cut the first try may have arrived: the same key makes it the same run. A refusal was an answer.
      return this.#ask(fresh, text, problem.status === 0 ? idempotencyKey : crypto.randomUUID());
    };
    await this.#follow(turn, open, again);
  }

  async #follow(turn, open, again = null) {
    const signal = this.#abort.signal;
    this.#doors.onBusy(true);
    announce("The assistant is working on it.");
    try {
      const attach = (runId, last) => this.#service.attach(this.#thread, runId, last, signal);
      const cut = (lost) => turn.note(lost ? "The connection was lost; picking up again" : "Back again");
      for await (const event of followRun(() => open(signal), attach, cut)) {
        if (event.name === "metadata") this.#begin(event.data);
        if (event.name === "end") this.#end(turn, event.data.run);
        else turn.handle(event);
      }
    } catch (cause) {
      if (signal.aborted) return;
      this.#trouble(turn, asProblem(cause), again);
    }
    if (!signal.aborted) this.#idle();
  }

  #begin({ run_id: runId }) {
    this.#run = runId;
    this.#remember();
  }

  #idle() {
    this.#run = null;
    this.#remember();
    this.#doors.onBusy(false);
  }

  #trouble(turn, problem, again) {
    if (problem.status === 401) this.#doors.onSignedOut(problem.message);
    turn.fail(problem.message, again && (() => again(problem)));
  }

  #end(turn, run) {
    turn.finish(run, { spoken: true });
    this.#after(turn, run);
  }

  /** What a run leaves behind: a decision to take, or a colleague to wait for. */
  #after(turn, run) {
    if (run.pending) {
      turn.add(approvalCard(run.pending, this.#identity.role, (type) => this.#decide(turn, run, type)));
      if (run.pending.approver === "staff" && this.#identity.role === "customer") this.#watchFor();
    }
    if (run.status === "handed_off") {
      this.#setBanner("A colleague takes this conversation over. The assistant stays quiet until they hand it back.");
      this.#watchFor();
    }
  }

  async #decide(turn, run, type) {
    const decisions = decisionsFor(run.pending, type);
    let response;
    try {
      response = await this.#service.resume(run.thread_id, run.run_id, decisions, this.#abort.signal);
    } catch (cause) {
      throw asProblem(cause);
    }
    const card = turn.node.querySelector(".approval");
    card.replaceWith(el("p", { class: "decided" }, type === "approve" ? "You agreed to this." : "You declined this."));
    turn.node.classList.add("decided-on");
    const next = this.#appendTurn();
    this.#pinned = true;
    await this.#follow(next, async () => response);
  }

  /** Stops the run under way. */
  async stop() {
    if (!this.#run) return;
    try {
      await this.#service.cancel(this.#thread, this.#run);
    } catch (cause) {
      announce(asProblem(cause).message);
    }
  }

  /** Looks now and then whether a colleague has decided or answered, and shows the thread anew when they have. */
  #watchFor() {
    clearInterval(this.#watch);
    let seen = null;
    this.#watch = setInterval(async () => {
      if (document.hidden) return;
      let view;
      try {
        view = await this.#service.thread(this.#thread);
      } catch {
        return; // the next look will tell; the page already says when the service cannot be reached
      }
      const now = `${view.status} ${view.messages.length} ${view.runs.length}`;
      if (seen !== null && now !== seen) {
        this.#restore(view);
        announce(view.messages.at(-1)?.content ?? "");
      }
      seen = now;
    }, WATCH_EVERY);
  }

  /** Shows a thread as the service has it. */
  #restore(view) {
    clearInterval(this.#watch);
    this.#turns.replaceChildren();
    this.#setBanner(null);
    const runs = [...view.runs];
    let turn = null;
    let run = null;
    for (const message of view.messages) {
      if (message.role === "user") {
        this.#appendBubble(message.content);
        continue;
      }
      const at = runs.findIndex(({ reply }) => reply.text === message.content);
      run = at >= 0 ? runs.splice(0, at + 1).at(-1) : { reply: { text: message.content, citations: message.citations ?? [] } };
      turn = this.#appendTurn();
      turn.finish(run);
    }
    if (turn) this.#after(turn, { ...run, pending: view.pending && run.pending });
    this.#pinned = true;
  }

  #appendBubble(text) {
    this.#view.classList.add("begun");
    this.#turns.append(el("div", { class: "bubble" }, el("span", { class: "unseen" }, "You: "), text));
  }

  #appendTurn() {
    this.#view.classList.add("begun");
    const turn = new Turn(this.#doors);
    this.#turns.append(turn.node);
    return turn;
  }

  #setBanner(sentence) {
    this.#banner.hidden = !sentence;
    this.#banner.textContent = sentence ?? "";
  }

  /** Follows the growing answer, unless the reader scrolls. The question stays in sight, but a decision goes first. */
  #scrollAlong() {
    if (!this.#pinned) return;
    const view = this.#transcript;
    const end = view.scrollHeight - view.clientHeight;
    const asked = [...this.#turns.querySelectorAll(".bubble")].at(-1);
    const open = this.#turns.querySelector(".approval, .trouble:not([hidden])");
    view.scrollTop = asked && !open ? Math.min(end, asked.offsetTop - 16) : end;
  }
}
