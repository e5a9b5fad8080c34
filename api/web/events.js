/** Server-sent events over fetch, so that a run can be started by POST and carries the caller's key. */

import { unreachable } from "./service.js";

const WAITS = [300, 700, 1500, 3000, 5000, 8000]; // milliseconds before each try to pick a stream up again

/** Reads one response body as events {id, name, data}; data is parsed JSON. Comments (heartbeats) are dropped. */
export async function* readEvents(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let event = { id: null, name: "message", lines: [] };
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (rest + value).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop();
      for (const line of lines) {
        if (line !== "") {
          readField(event, line);
          continue;
        }
        if (event.lines.length) yield { id: event.id, name: event.name, data: JSON.parse(event.lines.join("\n")) };
        event = { id: null, name: "message", lines: [] };
      }
    }
  } finally {
    reader.cancel().catch(() => {}); // the body may already be closed; nothing is left to release then
  }
}

function readField(event, line) {
  const [, field, value] = /^([^:]*):? ?(.*)$/.exec(line);
  if (field === "data") event.lines.push(value);
  else if (field === "event") event.name = value;
  else if (field === "id") event.id = value;
}

/**
 * The events of one run, from `open()` (a Response) to its `end`. After a cut it attaches again with
 * `reattach(runId, lastEventId)` where it stopped: no gap, no repeat. `onCut(again)` hears of cut and recovery.
 * Throws the Problem of `open` or `reattach`, or `unreachable()` where no try succeeds.
 */
export async function* followRun(open, reattach, onCut) {
  let response = await open();
  let runId = null;
  let last = null;
  let tries = 0;
  for (;;) {
    try {
      for await (const event of readEvents(response.body)) {
        if (event.id === null) break; // an error of this connection, not of the run: it goes on without us
        if (tries) onCut(false);
        tries = 0;
        last = event.id;
        runId = event.data.run_id ?? runId;
        yield event;
        if (event.name === "end") return;
      }
    } catch (cause) {
      if (cause.name === "AbortError") throw cause; // anything else is a cut in the middle of the body
    }
    if (tries === 0) onCut(true);
    response = null;
    while (response === null) {
      if (runId === null || tries === WAITS.length) throw unreachable();
      await new Promise((resume) => setTimeout(resume, WAITS[tries]));
      tries += 1;
      try {
        response = await reattach(runId, last);
      } catch (cause) {
        if (cause.status !== 0) throw cause; // the service answered: it does not have the run
      }
    }
  }
}
