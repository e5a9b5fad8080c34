/** Server-sent events over fetch, so that a run can be started by POST and carries the caller's key. */

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
 */
export async function* followRun(open, reattach, onCut) {
  let response = await open();
  let runId = null;
  let last = null;
  for (let tries = 0; ; ) {
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
      if (cause.name === "AbortError" || runId === null) throw cause;
    }
    if (runId === null) throw new TypeError("The stream ended before the run began.");
    response = null;
    while (response === null) {
      if (tries === WAITS.length) throw new TypeError("The stream was cut and could not be picked up again.");
      if (tries === 0) onCut(true);
      await new Promise((resume) => setTimeout(resume, WAITS[tries]));
      tries += 1;
      try {
        response = await reattach(runId, last);
      } catch (cause) {
        if (!(cause instanceof TypeError)) throw cause; // fetch's own network error is a TypeError: try again
      }
    }
  }
}
