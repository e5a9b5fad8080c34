/** The conversation: sends messages, follows runs, restores what was said, and asks for decisions. */
import { approvalCard, decisionsFor } from "./approval.js";
import { announce, el } from "./dom.js";
import { followRun } from "./events.js";
import { asProblem } from "./service.js";
import { Turn } from "./turn.js";

const NEARLY = 72; // pixels of an answer that are not worth leaving below the edge
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
    const kept = sessionStorage.getItem(this.#name);
    if (!kept) return;
    const signal = this.#abort.signal;
    try {
      const view = await this.#service.thread(kept);
      if (signal.aborted) return; // somebody else's conversation was opened meanwhile
      this.#thread = kept;
      await this.#restore(view);
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

  get #name() {
    return `deskmate.thread.${this.#identity.subject}`;
  }

  #remember() {
    if (this.#thread) sessionStorage.setItem(this.#name, this.#thread);
    else sessionStorage.removeItem(this.#name);
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
        if (event.name === "metadata") this.#run = event.data.run_id;
        if (event.name === "end") this.#end(turn, event.data.run);
        else turn.handle(event);
      }
    } catch (cause) {
      if (signal.aborted) return;
      this.#trouble(turn, asProblem(cause), again);
    }
    if (!signal.aborted) this.#idle();
  }

  #idle() {
    this.#run = null;
    this.#doors.onBusy(false);
  }

  #trouble(turn, problem, again) {
    if (problem.status === 401) this.#doors.onSignedOut(problem.message);
    turn.fail(problem.message, again && (() => again(problem)));
  }

  #end(turn, run) {
    this.#settleCards();
    turn.finish(run, { spoken: true });
    this.#after(turn, run, run.status);
  }

  /** What a run leaves behind: a decision to take, or a colleague to wait for. `status` is the thread's. */
  #after(turn, run, status) {
    if (run.pending) {
      turn.add(approvalCard(run.pending, this.#identity.role, (type) => this.#decide(turn, run, type)));
      if (run.pending.approver === "staff" && this.#identity.role === "customer") this.#watchFor();
    }
    this.#showStatus(status);
    if (status === "handed_off") this.#watchFor();
  }

  #showStatus(status) {
    this.#setBanner(
      status === "handed_off"
        ? "A colleague takes this conversation over. The assistant stays quiet until they hand it back."
        : null,
    );
  }

  async #decide(turn, run, type) {
    const decisions = decisionsFor(run.pending, type);
    let response;
    try {
      response = await this.#service.resume(run.thread_id, run.run_id, decisions, this.#abort.signal);
    } catch (cause) {
      throw asProblem(cause);
    }
    this.#settleCards(type === "approve" ? "You agreed to this." : "You declined this.");
    turn.node.classList.add("decided-on");
    const next = this.#appendTurn();
    this.#pinned = true;
    await this.#follow(next, async () => response);
  }

  /** An open card is settled by its button, or by what was written after it. */
  #settleCards(words = "Decided below.") {
    for (const card of this.#turns.querySelectorAll(".approval")) {
      card.replaceWith(...card.querySelectorAll(".action > p"), el("p", { class: "decided" }, words));
    }
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
    const thread = this.#thread;
    let seen = null;
    this.#watch = setInterval(async () => {
      if (document.hidden) return;
      let view;
      try {
        view = await this.#service.thread(thread);
      } catch (cause) {
        this.#setBanner(cause.message);
        return;
      }
      if (thread !== this.#thread) return; // another conversation was opened meanwhile
      this.#showStatus(view.status);
      const now = `${view.status} ${view.messages.length} ${view.runs.length}`;
      if (seen !== null && now !== seen) {
        this.#restore(view);
        announce(view.messages.at(-1)?.content ?? "");
      }
      seen = now;
    }, WATCH_EVERY);
  }

  /** Shows a thread as the service has it, and follows the run that is under way. */
  async #restore(view) {
    clearInterval(this.#watch);
    this.#turns.replaceChildren();
    this.#setBanner(null);
    this.#pinned = true;
    for (const { role, content, run_id: runId } of view.messages) {
      if (role === "user") {
        this.#appendBubble(content);
        continue;
      }
      const run = view.runs.find((one) => one.run_id === runId);
      const turn = this.#appendTurn();
      turn.finish(run);
      if (run === view.runs.at(-1)) this.#after(turn, run, view.status);
    }
    if (view.status !== "running") return;
    const { run_id: running } = view.messages.at(-1);
    await this.#follow(this.#appendTurn(), (signal) => this.#service.attach(view.thread_id, running, null, signal));
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
    const question = asked && !open ? asked.offsetTop - 16 : end;
    view.scrollTop = end - question < NEARLY ? end : question;
  }
}
