/** The REST contract of the service, one method a route, and its errors in plain words. */

/** Something went wrong, in a sentence for the person at the page. `status` is HTTP's, 0 where nothing was reached. */
export class Problem extends Error {
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
}

/** The service, or the way to it, is away. */
export const unreachable = () =>
  new Problem(0, "The service cannot be reached right now. Please check your connection and try again.");

/** Turns whatever was thrown into a Problem. A mistake of this page is logged, for whoever mends it. */
export function asProblem(cause) {
  if (cause instanceof Problem) return cause;
  console.error(cause);
  return new Problem(-1, "Something went wrong on this page. Please try again.");
}

/** By the problem's type, then by status: what to say in our own words. */
const PLAIN = {
  "urn:deskmate:thread-busy": "The assistant is still working on your last message. Please wait for its answer, then try again.",
  "urn:deskmate:thread-waiting": "A decision is still open in this conversation. We can go on as soon as it is taken.",
  "urn:deskmate:nothing-pending": "This has been decided already.",
  401: "Your key is not valid, or no longer valid. Please sign in again.",
  413: "That message is too long. Please shorten it and send it again.",
  500: "Something went wrong on our side. Please try again.",
  503: "Many people are asking at the moment. Please try again in a little while.",
};

/** The sentence for a failed response: our own words where the status says it all, else the service's. */
export function sentenceOf(status, problem, retryAfter) {
  if (status === 429) {
    return `That was a lot of messages in a short time. Please wait ${retryAfter ? `${retryAfter} seconds` : "a moment"} and try again.`;
  }
  return PLAIN[problem?.type] ?? PLAIN[status] ?? problem?.detail ?? problem?.title ?? "The service could not do that. Please try again.";
}

const enc = encodeURIComponent;
const QUOTE = 4000; // the most characters of a quote that the service looks for

export class Service {
  /** The caller's API key; null before sign-in. */
  key = null;

  async #fetch(path, { method = "GET", body, headers = {}, signal } = {}) {
    const sent = {
      ...(this.key && { Authorization: `Bearer ${this.key}` }),
      ...(body && { "Content-Type": "application/json" }),
      ...headers,
    };
    let response;
    try {
      response = await fetch(path, { method, signal, headers: sent, body: body && JSON.stringify(body) });
    } catch (cause) {
      throw cause.name === "AbortError" ? cause : unreachable();
    }
    if (response.ok) return response;
    const problem = await response.json().catch(() => null); // a proxy may answer with HTML
    throw new Problem(response.status, sentenceOf(response.status, problem, response.headers.get("Retry-After")));
  }

  async #json(path, options) {
    return (await this.#fetch(path, options)).json();
  }

  /** The demo's two keys, or null where the service runs with real keys only. */
  async demoSession() {
    try {
      return await this.#json("/demo/session");
    } catch (cause) {
      if (cause.status === 404) return null;
      throw cause;
    }
  }

  me() {
    return this.#json("/v1/me");
  }

  async models() {
    return (await this.#json("/v1/models")).data;
  }

  createThread(signal) {
    return this.#json("/v1/threads", { method: "POST", body: {}, headers: { "Idempotency-Key": crypto.randomUUID() }, signal });
  }

  /** One line for each thread that the caller may see, newest first. */
  async threads() {
    return (await this.#json("/v1/threads?limit=200")).data;
  }

  thread(threadId) {
    return this.#json(`/v1/threads/${enc(threadId)}`);
  }

  /** Starts a run; a repeat with the same idempotency key is the same run. */
  startRun(threadId, message, model, idempotencyKey, signal) {
    return this.#fetch(`/v1/threads/${enc(threadId)}/runs/stream`, {
      method: "POST",
      body: { input: { message }, ...(model && { model }) },
      headers: { "Idempotency-Key": idempotencyKey, Accept: "text/event-stream" },
      signal,
    });
  }

  attach(threadId, runId, lastEventId, signal) {
    return this.#fetch(`/v1/threads/${enc(threadId)}/runs/${enc(runId)}/stream`, {
      headers: { Accept: "text/event-stream", ...(lastEventId && { "Last-Event-ID": lastEventId }) },
      signal,
    });
  }

  resume(threadId, runId, decisions, signal) {
    return this.#fetch(`/v1/threads/${enc(threadId)}/runs/${enc(runId)}/resume`, {
      method: "POST",
      body: { decisions },
      headers: { "Idempotency-Key": crypto.randomUUID(), Accept: "text/event-stream" },
      signal,
    });
  }

  cancel(threadId, runId) {
    return this.#json(`/v1/threads/${enc(threadId)}/runs/${enc(runId)}/cancel`, { method: "POST" });
  }

  release(threadId) {
    return this.#json(`/v1/threads/${enc(threadId)}/release`, { method: "POST" });
  }

  /** Newest first; `status` is a list, empty for any. */
  async tickets({ status, limit, offset }) {
    const query = new URLSearchParams([...status.map((one) => ["status", one]), ["limit", limit], ["offset", offset]]);
    return (await this.#json(`/v1/tickets?${query}`)).data;
  }

  ticket(id) {
    return this.#json(`/v1/tickets/${enc(id)}`);
  }

  /** A page of a collection (null: the service's own choice); of `quote`, its place on the page. */
  page(pageId, collection, quote = null) {
    const query = new URLSearchParams({ ...(collection && { collection }), ...(quote && { quote: quote.slice(0, QUOTE) }) });
    return this.#json(`/v1/knowledge/pages/${pageId.split("/").map(enc).join("/")}?${query}`);
  }

  /** Passages of a collection that fit the words, best first. */
  search(words, collection) {
    const query = new URLSearchParams({ q: words.slice(0, 1000), k: 12, ...(collection && { collection }) });
    return this.#json(`/v1/knowledge/search?${query}`);
  }

  /** The wikis that the caller may search. */
  async collections() {
    return (await this.#json("/v1/knowledge/collections")).data;
  }

  /** What people asked and the wikis do not answer. For staff. */
  gaps() {
    return this.#json("/v1/knowledge/gaps");
  }

  /** Where the wikis come from, and how the last sync of each went. For staff. */
  sources() {
    return this.#json("/v1/knowledge/sources");
  }
}
