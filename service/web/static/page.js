// Takes the page's forms over: answers stream in, can be stopped, and are read out. Everything
// here is an addition; without it the same forms load the same answers as pages.

const $ = (selector, inside = document) => inside.querySelector(selector);
const turns = $("#turns");
const status = $("#status");
const aloud = $("#aloud");
const form = $("#ask");
const box = $("#question");
const send = $("#send");
const stop = $("#stop");
const hint = $("#identifying");
const panel = $("#settings");

/** @type {AbortController | null} */
let running = null;
let shown = location.pathname;
let conversation = form.elements.namedItem("conversation_id")?.value ?? null;

reveal(document);

/** Show what needs this script. */
function reveal(inside) {
  for (const element of inside.querySelectorAll("[data-scripted]")) element.hidden = false;
}

// Settings: in this browser alone, and without them where it keeps nothing. -----------------------

const chosen = { read: "complete", keys: true };
try {
  Object.assign(chosen, JSON.parse(localStorage.getItem("followup") ?? "{}"));
} catch { /* storage is off */ }
for (const input of panel.querySelectorAll("input")) {
  input.checked = input.type === "radio" ? input.value === chosen.read : chosen.keys;
}
panel.addEventListener("change", ({ target }) => {
  if (target.type === "radio") chosen.read = target.value;
  else chosen.keys = target.checked;
  try {
    localStorage.setItem("followup", JSON.stringify(chosen));
  } catch { /* kept until the page is left */ }
});

// Keys. -------------------------------------------------------------------------------------------

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    if (running && !$(":popover-open")) running.abort();
    return;
  }
  const typing = event.target.matches("textarea, select, input:not([type=radio], [type=checkbox])");
  if (typing || !chosen.keys || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") box.focus();
  else if (event.key === "?") panel.showPopover();
  else if (event.key === "[" || event.key === "]") step(event.key === "]");
  else return;
  event.preventDefault();
});

box.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});

/** Go to the citation after the focus, or before it. */
function step(forward) {
  const all = [...document.querySelectorAll(".cite")].filter((one) => one.checkVisibility());
  const at = document.activeElement;
  const wanted = forward ? Node.DOCUMENT_POSITION_FOLLOWING : Node.DOCUMENT_POSITION_PRECEDING;
  const there = all.filter((one) => at.compareDocumentPosition(one) & wanted
    && !at.contains(one));
  (forward ? there[0] ?? all[0] : there.at(-1) ?? all.at(-1))?.focus();
}

// What could name a patient: said at once, and never in the way. service/patient_details.py looks closer.

const NAMING = [
  ["a record number", /\b(mrn|medical record( (number|no))?|patient (id|number)|(hospital|chart|member|policy|insurance|medicare|medicaid|account) (id|no|number)|nhs( (no|number))?)\b[.#]?\W{0,3}((is|was|of)\W+)?#?[a-z]{0,3}-?\d[\d -]{3,}\d/i],
  ["a social security number", /(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])/],
  ["a date of birth", /\b(dob|d\.o\.b\.|date of birth|birth ?date|born( on)?)\W{0,3}((is|was)\W+)?(\d{1,4}[-/. ]\d{1,2}[-/. ]\d|\d{1,2} [a-z]{3,} \d{4}|[a-z]{3,} \d{1,2},? \d{4})/i],
  ["an email address", /[\w.+-]+@[\w-]+\.\w/],
  ["a telephone number", /(?<![\d.])(\+?1[-. ]?)?\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}(?![\d.])(?! ?m?c?g\b)/],
];
box.addEventListener("input", () => {
  const kinds = NAMING.filter(([, pattern]) => pattern.test(box.value)).map(([kind]) => kind);
  const says = kinds.length ? `This looks like ${kinds.join(" and ")}. Please take it out: it is not needed for an answer.` : "";
  if (hint.textContent === says) return;
  hint.hidden = !says;
  hint.textContent = says;
});

// Asking. -----------------------------------------------------------------------------------------

/** What shows an answer while it comes; fetched when somebody is about to ask. */
const making = () => Promise.all([import("/static/answer.js"), import("/static/stream.js")]);
document.addEventListener("focusin", () => making().catch(() => {}), { once: true });

document.addEventListener("submit", (event) => {
  const sent = event.target;
  if (sent.hasAttribute("data-feedback")) {
    event.preventDefault();
    act("judge", sent, event.submitter);
  } else if (sent.hasAttribute("data-ask")) {
    event.preventDefault();
    const asked = Object.fromEntries(new FormData(sent, event.submitter));
    if (asked.question.trim() && !running) answer(asked, sent === form);
  }
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy], [data-copy-from], [data-print]");
  if (button) act(button.hasAttribute("data-print") ? "print" : "copy", button);
});

/** Do what only some readers do. */
async function act(name, ...given) {
  try {
    const actions = await import("/static/actions.js");
    say(await actions[name](...given));
  } catch {
    say("That did not work. Try again in a moment.");
  }
}

stop.addEventListener("click", () => running?.abort());
window.addEventListener("popstate", () => {
  if (location.pathname !== shown) location.reload(); // not for a link within the page
});

/**
 * Ask, and show the answer as it comes.
 * @param {{question: string, audience: string}} asked
 * @param {boolean} typed Whether it stands in the box: it is cleared, and put back if it fails.
 */
async function answer({ question, audience, article_id: article }, typed) {
  running = new AbortController();
  const { signal } = running;
  busy(true);
  say("Searching the sources.", false);
  aloud.replaceChildren();
  const [{ Turn, h }, { ask }] = await making().catch(() => [{}, {}]);
  if (!Turn) { // The script is only half there: the form still works.
    box.value = question;
    return form.submit();
  }
  const turn = new Turn(question);
  if (typed) box.value = "";
  box.dispatchEvent(new Event("input"));
  leaveIntro(h);
  $("#next").replaceChildren();
  turns.append(turn.element);
  turn.element.scrollIntoView({ block: "start", behavior: "instant" });
  if (!typed) turn.element.focus({ preventScroll: true }); // what was pressed may be gone
  const lines = new Set();
  const read = () => {
    aloud.append(...[...lines].slice(aloud.childElementCount).map((line) => h("p", {}, line)));
  };
  let last = null;
  try {
    const wanted = { question, audience, conversation_id: conversation };
    if (article) wanted.article_id = article;
    for await (const event of ask(wanted, signal)) {
      turn.take(event);
      if (event.name === "section" && chosen.read === "section") read();
      if (event.name === "statement") {
        turn.progress.textContent = "Reading the sources…";
        lines.add(event.data.text);
      }
      if (event.name === "done") last = event.data;
    }
    await whole(turn, last, h);
    if (chosen.read !== "off") read();
    say(summary(last.answer), false);
  } catch (error) {
    const stopped = signal.aborted;
    turn.fail(stopped ? "Stopped" : error.title ?? "Not answered",
      stopped ? "This answer was not finished and is not kept." : error.title ? error.message
        : "The service cannot be reached. Ask again in a moment.");
    say(stopped ? "Stopped." : "The question was not answered.", false);
    if (!box.value) box.value = question;
    if (stopped) box.focus();
  } finally {
    running = null;
    busy(false);
  }
  return undefined;
}

/** Put the finished answer, as the server writes it, in the place of the one that grew. */
async function whole(turn, { answer_id: id, conversation_id: held, question }, h) {
  conversation = held;
  if (shown !== `/c/${held}`) history.pushState({}, "", `/c/${held}`);
  shown = `/c/${held}`;
  document.title = `${question} · Followup`;
  $("label[for=question]").textContent = "Have a follow-up question?";
  const page = await load(`/c/${held}?turn=${id}`);
  const made = page?.getElementById(id);
  if (!made) {
    turn.progress.before(h("p.note", {}, "This answer is kept. ", h("a", { href: `/c/${held}` }, "Open it with its references")));
    turn.end();
    return;
  }
  reveal(made);
  const open = $(":popover-open", turn.element)?.id;
  const at = document.activeElement;
  const back = at === turn.element ? `[id="${id}"]`
    : turn.element.contains(at) && `[popovertarget="${at.getAttribute("popovertarget")}"]`;
  turn.element.replaceWith(document.adoptNode(made));
  if (back) $(back)?.focus({ preventScroll: true });
  if (open) document.getElementById(open)?.showPopover();
  form.before($("#next"));
  for (const part of ["next", "keeping", "reader"]) {
    $(`#${part}`).replaceChildren(...page.getElementById(part).childNodes);
  }
  const latest = $("#latest");
  latest.href = `#${id}`;
  latest.hidden = false;
}

/**
 * Load a page of ours as a document, whose elements can be moved into this one. It runs no script,
 * and no markup is ever read from a string.
 * @returns {Promise<Document | null>}
 */
function load(path) {
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open("GET", path);
    request.responseType = "document";
    request.onload = () => done(request.status === 200 ? request.responseXML : null);
    request.onerror = () => done(null);
    request.send();
  });
}

let clearing = 0;

/** Tell what happened, where a screen reader hears it; a passing remark is seen as well. */
function say(words, passing = true) {
  clearTimeout(clearing);
  status.classList.toggle("aside", !passing);
  status.textContent = words;
  clearing = setTimeout(() => {
    status.textContent = "";
    status.classList.add("aside");
  }, 8000);
}

function summary({ outcome, reason, sections, parts, references }) {
  if (outcome === "declined") return `Not answered. ${reason ?? ""}`;
  if (outcome === "clarify") return `Please choose. ${reason ?? ""}`;
  const filled = [{ sections }, ...parts].flatMap((part) => part.sections)
    .filter((section) => section.statements.length).length;
  return `Answer ready: ${count(filled, "section")}, ${count(references.length, "reference")}.`;
}

function count(number, name) {
  return `${number} ${name}${number === 1 ? "" : "s"}`;
}

/** The first question turns the start page into a conversation. */
function leaveIntro(h) {
  const intro = document.querySelectorAll("[data-intro]:not([hidden])");
  if (intro.length) turns.before(h("h1.aside", {}, "Conversation"));
  for (const part of intro) part.hidden = true;
}

function busy(is) {
  stop.hidden = !is;
  // Not `disabled`: a disabled button loses the focus that it has.
  send.setAttribute("aria-disabled", String(is));
}
