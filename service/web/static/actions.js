// What a reader does with an answer. Each returns the words that tell that it is done.

import { own } from "/static/stream.js";

/** Copy what a button names: its own words, or what stands at an address. */
export async function copy(button) {
  const { copy: words, copyFrom: address } = button.dataset;
  // A promise, so that the press still counts as the reader's wish when the text arrives.
  const text = words ? Promise.resolve(words) : read(address);
  if (navigator.clipboard?.write) {
    const blob = text.then((it) => new Blob([it], { type: "text/plain" }));
    await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
  } else if (!(await copied(await text))) {
    return "This browser does not let a page copy. Use Export, Plain text.";
  }
  return words ? "Citation copied." : "Answer copied, with its references.";
}

/** Send feedback, and put a word of thanks in the place of its form. */
export async function judge(form, submitter) {
  const { verdict, comment = "", marker } = Object.fromEntries(new FormData(form, submitter));
  const reply = await fetch(form.action.replace("/answers/", "/v1/answers/"), {
    method: "POST",
    headers: { "Content-Type": "application/json", ...own() },
    body: JSON.stringify({ verdict, comment, marker: marker ? Number(marker) : null }),
  });
  if (!reply.ok) throw new Error(reply.statusText);
  const thanks = document.createElement("p");
  thanks.className = "thanks";
  thanks.role = "status";
  thanks.tabIndex = -1;
  thanks.textContent = "Thank you. What you said is kept with this answer.";
  const whole = form.closest(".feedback");
  if (whole) whole.replaceChildren(thanks);
  else form.closest("details").replaceWith(thanks);
  thanks.focus({ preventScroll: true }); // which reads it
  return "";
}

/** Print the conversation. */
export function print() {
  window.print();
  return "";
}

async function read(address) {
  const reply = await fetch(address);
  if (!reply.ok) throw new Error(reply.statusText);
  return reply.text();
}

/** Copy where the page has no clipboard, as on a plain-HTTP intranet. */
async function copied(text) {
  const box = document.createElement("textarea");
  box.value = text;
  document.body.append(box);
  box.select();
  const done = document.execCommand("copy");
  box.remove();
  return done;
}
