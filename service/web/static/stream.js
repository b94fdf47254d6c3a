// The answer stream: POST a question, read typed server-sent events.

/** A problem+json reply, or an `error` event: `message` may be shown to the reader. */
export class Problem extends Error {
  /** @param {{title?: string, detail?: string, status?: number, request_id?: string,
   *   errors?: {says: string}[]}} body */
  constructor(body) {
    const says = (body.errors ?? []).map((one) => `${one.says}.`).join(" ");
    const told = says || body.detail || body.title || "Something went wrong.";
    super(body.status >= 500 && body.request_id ? `${told} Request id: ${body.request_id}.` : told);
    this.title = body.title ?? "Not answered";
  }
}

/** What proves to the server that a request is this page's own, where somebody has signed in. */
export function own() {
  const token = document.querySelector("meta[name=csrf]")?.content;
  return token ? { "X-CSRF-Token": token } : {};
}

/**
 * Ask a question and yield the events of its answer, in order, until the last.
 * @param {{question: string, audience: string, conversation_id: string | null}} asked
 * @param {AbortSignal} signal Aborting it stops the answer on the server as well.
 * @returns {AsyncGenerator<{name: string, data: any}>}
 */
export async function* ask(asked, signal) {
  const response = await fetch("/v1/answers", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "text/event-stream", ...own() },
    body: JSON.stringify({ ...asked, stream: true }),
    signal,
  });
  if (!response.ok || !response.body) {
    throw new Problem(await response.json().catch(() => ({})));
  }
  let complete = false;
  for await (const event of events(response.body)) {
    if (event.name === "error") throw new Problem(event.data);
    complete = event.name === "done";
    yield event;
  }
  if (!complete) throw new Problem({ detail: "The connection ended before the answer did." });
}

/** @param {ReadableStream<Uint8Array>} body */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      held += value;
      const blocks = held.split("\n\n");
      held = blocks.pop() ?? "";
      for (const block of blocks) {
        const event = read(block);
        if (event) yield event;
      }
    }
  } finally {
    await reader.cancel().catch(() => {}); // already aborted: there is nothing left to cancel
  }
}

/** Read one event; comments, which only keep the connection open, give nothing. */
function read(block) {
  let name = "message";
  const data = [];
  for (const line of block.split("\n")) {
    if (line.startsWith("event: ")) name = line.slice(7);
    else if (line.startsWith("data: ")) data.push(line.slice(6));
  }
  return data.length ? { name, data: JSON.parse(data.join("\n")) } : null;
}
