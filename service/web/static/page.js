// Takes the page's forms over: answers stream in, can be stopped, and are announced. Everything
// here is an addition; without it the same forms load the same answers as pages.

import { Turn, h, offers } from "/static/answer.js";
import { ask } from "/static/stream.js";

const turns = document.querySelector("#turns");
const status = document.querySelector("#status");
const form = document.querySelector("#ask");
const box = form.querySelector("#question");
const send = form.querySelector("#send");
const stop = form.querySelector("#stop");
const forget = document.querySelector("#forget");
const next = document.querySelector("[data-next]");

/** @type {AbortController | null} */
let running = null;
let conversation = form.elements.namedItem("conversation_id")?.value ?? null;

for (const element of document.querySelectorAll("[data-scripted], [data-reword]")) element.hidden = false;

document.addEventListener("submit", (event) => {
  const asked = event.target;
  if (!(asked instanceof HTMLFormElement) || !asked.hasAttribute("data-ask")) return;
  event.preventDefault();
  const question = (asked === form ? box.value : event.submitter?.value ?? "").trim();
  if (question && !running) answer(question, asked === form);
});

document.addEventListener("click", (event) => {
  const reword = event.target instanceof Element ? event.target.closest("[data-reword]") : null;
  if (!reword) return;
  box.value = reword.getAttribute("data-reword");
  box.focus();
});

document.addEventListener("keydown", (event) => {
  const open = document.querySelector(":popover-open");
  if (event.key === "Escape" && running && !open) running.abort();
});

box.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});

stop.addEventListener("click", () => running?.abort());
window.addEventListener("popstate", () => location.reload());

/**
 * Ask, and show the answer as it comes.
 * @param {string} question
 * @param {boolean} typed Whether it stands in the box: it is cleared, and put back if it fails.
 */
async function answer(question, typed) {
  running = new AbortController();
  const turn = new Turn(question);
  busy(true);
  if (typed) box.value = "";
  leaveIntro();
  next.replaceChildren();
  turns.append(turn.element);
  turn.element.scrollIntoView({ block: "start", behavior: "instant" });
  status.textContent = "Searching the sources.";
  let heard = false;
  try {
    const wanted = { question, audience: form.elements.namedItem("audience").value, conversation_id: conversation };
    for await (const event of ask(wanted, running.signal)) {
      turn.take(event);
      if (event.name === "statement" && !heard) {
        heard = true;
        turn.progress.textContent = "Reading the sources…";
      }
      if (event.name === "done") done(event.data);
    }
  } catch (error) {
    const stopped = running.signal.aborted;
    turn.fail(stopped ? "Stopped" : error.title ?? "Not answered",
      stopped ? "This answer was not finished and is not kept." : error.title ? error.message
        : "The service cannot be reached. Ask again in a moment.");
    status.textContent = stopped ? "Stopped." : "The question was not answered.";
    if (!box.value) box.value = question;
    if (stopped) box.focus();
  } finally {
    running = null;
    busy(false);
  }
}

/** Keep the finished conversation: its address, its next questions, what a screen reader hears. */
function done(body) {
  const { answer: given, conversation_id: id } = body;
  conversation = id;
  if (location.pathname !== `/c/${id}`) history.pushState({}, "", `/c/${id}`);
  document.title = `${body.question} · Followup`;
  form.querySelector("label[for=question]").textContent = "Have a follow-up question?";
  form.before(next);
  forget.action = `/c/${id}/delete`;
  forget.hidden = false;
  if (given.follow_ups.length) {
    next.replaceChildren(offers("You could ask next", given.follow_ups.map((one) => [one, one])));
  }
  const filled = given.sections.filter((section) => section.statements.length).length;
  const spoken = {
    declined: `Not answered. ${given.reason ?? ""}`,
    clarify: `Please choose. ${given.reason ?? ""}`,
  };
  status.textContent = spoken[given.outcome]
    ?? `Answer ready: ${count(filled, "section")}, ${count(given.references.length, "reference")}.`;
}

/** The first question turns the start page into a conversation. */
function leaveIntro() {
  const intro = document.querySelectorAll("[data-intro]:not([hidden])");
  if (intro.length) turns.before(h("h1.aside", {}, "Conversation"));
  for (const part of intro) part.hidden = true;
}

function count(number, name) {
  return `${number} ${name}${number === 1 ? "" : "s"}`;
}

function busy(is) {
  stop.hidden = !is;
  // Not `disabled`: a disabled button loses the focus that it has.
  send.setAttribute("aria-disabled", String(is));
}
