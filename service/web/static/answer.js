// An answer as elements, built as its events arrive; text is only ever set as text, so nothing that
// a source says can become markup. Once it is whole, templates/_answer.html takes its place.

/**
 * Make an element.
 * @param {string} tag Name, with classes after dots: "p.note.urgent".
 * @param {Record<string, string | boolean | null | undefined>} attributes Null leaves one out.
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {HTMLElement}
 */
export function h(tag, attributes = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(key, "");
    else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(key, value);
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** One turn of the conversation, on its way. */
export class Turn {
  /** @param {string} question */
  constructor(question) {
    this.id = "";
    this.heading = h("h2", {}, question);
    this.standing = h("p.standing");
    this.progress = h("p.progress", {}, "Searching the sources…");
    this.element = h("article.turn", { "aria-busy": "true", tabindex: "-1" },
      h("header", {}, this.heading, this.standing), this.progress);
    /** @type {HTMLElement[]} */
    this.understood = [];
    /** @type {HTMLElement[]} */
    this.parts = [];
    /** @type {Map<string, {section: HTMLElement, list: HTMLElement | null, note: HTMLElement | null}>} */
    this.sections = new Map();
    /** @type {Map<string, {paragraph: HTMLElement, item: HTMLElement, cited: any[]}>} */
    this.statements = new Map();
  }

  /** Take one event in. */
  take({ name, data }) {
    switch (name) {
      case "meta": return this.begin(data);
      case "understood": return this.understand(data);
      case "part": return this.part(data);
      case "section": return this.open(data);
      case "statement": return this.state(data);
      case "citation": return this.cite(data);
      default: return undefined;
    }
  }

  begin({ answer_id: id, asked_at: asked }) {
    this.id = id;
    this.element.id = id;
    this.heading.id = `${id}-question`;
    this.element.setAttribute("aria-labelledby", this.heading.id);
    const day = new Date(asked).toLocaleDateString("en-GB",
      { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
    this.standing.append(h("time", { datetime: asked }, day));
  }

  understand(read) {
    for (const earlier of this.understood) earlier.remove();
    this.understood = understood(read);
    this.element.querySelector("header").after(...this.understood);
  }

  /** One of several questions comes next. */
  part({ part, understood_as: read }) {
    const id = `${this.id}-part-${part}`;
    this.parts[part] = h("section.part", {}, h("h3", { id }, `${part + 1}. ${read.text}`));
    this.progress.before(this.parts[part]);
  }

  open({ kind, part, id: name, heading, note }) {
    let held = this.sections.get(name);
    if (!held) {
      const id = `${this.id}-${name}`;
      const title = h(part === null ? "h3" : "h4", { id }, heading);
      const section = h(kind === "safety" ? "section.safety" : "section.section", {}, title);
      held = { section, list: null, note: null };
      this.sections.set(name, held);
      const order = ["safety", "guidelines", "label", "research"];
      const after = order.slice(order.indexOf(kind) + 1)
        .map((one) => this.sections.get(part === null ? one : `${one}-${part}`)).find(Boolean)?.section;
      if (after) after.before(section);
      else if (part === null) (this.parts[0] ?? this.progress).before(section);
      else this.parts[part].append(section);
    }
    if (note && !held.note) {
      held.note = h("p.nothing", {}, note);
      held.section.children[0].after(held.note);
    }
    return undefined;
  }

  state(said) {
    const place = placed(said);
    const held = this.sections.get(place);
    if (!held) return;
    const isSafety = said.section === "safety";
    if (!held.list) {
      held.list = h(isSafety ? "dl" : "ul.statements");
      held.section.append(held.list);
    }
    const paragraph = h("p.statement", {},
      said.subject ? h("span.subject", {}, said.subject) : null,
      h("span", {}, said.text));
    const item = h(isSafety ? "dd" : "li", {}, paragraph);
    if (isSafety) {
      const title = `${said.drug}: ${said.kind.replaceAll("_", " ")}`;
      if (held.title !== title) held.list.append(h("dt", {}, title));
      held.title = title;
    }
    held.list.append(item);
    const isQuote = isSafety || said.kind === "quote";
    this.statements.set(`${place}-${said.index}`, { paragraph, item, isQuote, cited: [] });
  }

  cite(cited) {
    const key = `${placed(cited)}-${cited.index}`;
    const held = this.statements.get(key);
    if (held) attach(held, cited, `${this.id}-${key}-${held.cited.length}`);
  }

  /** Say that the answer ended early, and why. */
  fail(title, detail) {
    this.progress.before(h("p.note.urgent", { role: "alert" }, h("strong", {}, `${title}.`), ` ${detail}`));
    this.end();
  }

  end() {
    this.progress.remove();
    this.element.removeAttribute("aria-busy");
  }
}

/** Which section a statement or citation is of; those of several questions are numbered. */
function placed({ section, part }) {
  return part === null ? section : `${section}-${part}`;
}

function understood(read) {
  const parts = read.notice ? [h("p.note.urgent", {}, read.notice)] : [];
  if (read.corrections.length || read.carried.length || read.text !== read.asked) {
    const told = [
      ...read.corrections.map((one) => `“${one.heard}” read as ${one.meant} (${one.kind})`),
      ...read.carried.map((one) => `Carried over: ${one}`),
    ];
    parts.push(h("div.understood", {},
      h("p", {}, "Understood as: ", h("strong", {}, read.text)),
      told.length ? h("ul", {}, ...told.map((one) => h("li", {}, one))) : null));
  }
  return parts;
}

/** Put a citation's marker behind its statement, and its panel after it. */
function attach(held, cited, id) {
  if (held.cited.length === 0) {
    const words = held.paragraph.querySelector("span:not(.subject)");
    if (held.isQuote && !cited.summary_notice) words.textContent = `“${words.textContent}”`;
    if (cited.summary_notice) {
      held.item.append(origin(cited, "p.origin.brief"));
    }
  }
  held.cited.push(cited);
  held.paragraph.append(" ", h("button.cite",
    { type: "button", popovertarget: id, "aria-label": `Reference ${cited.marker}: ${cited.title}` },
    String(cited.marker)));
  if (cited.status !== "current") {
    held.paragraph.append(" ", h("span.tag.loud", {}, cited.status[0].toUpperCase() + cited.status.slice(1)));
  }
  held.item.append(panel(cited, id));
}

function panel(cited, id) {
  const [before, words, after] = around(cited);
  return h("div.citation",
    { id, popover: "auto", role: "dialog", "aria-labelledby": `${id}-title` },
    h("div.top", {},
      h("p.title", { id: `${id}-title` }, `${cited.marker}. ${cited.title}`),
      h("button.close",
        { type: "button", popovertarget: id, popovertargetaction: "hide", "aria-label": "Close" }, "×")),
    cited.section_path.length ? h("p.where", {}, cited.section_path.join(" › ")) : null,
    h("blockquote", {}, cited.lead ? h("span.lead", {}, `${cited.lead}\n`) : null,
      before, h("mark", {}, words), after),
    h("p.links", {}, documentLink(cited), " ", sourceLink(cited)));
}

/** The passage before the quoted words, the words, the rest. Offsets count code points. */
function around({ passage, start, end }) {
  const text = Array.from(passage.text);
  const cut = (from, to) => text.slice(from, to).join("");
  return [cut(0, start - passage.start), cut(start - passage.start, end - passage.start),
    cut(end - passage.start)];
}

function documentLink({ document_id: id, passage_id: passage }) {
  const path = `/documents/${id.split("/").map(encodeURIComponent).join("/")}`;
  return h("a", { href: `${path}?passage=${passage}#p-${passage}` }, "Read it in its document");
}

function sourceLink({ url, summary_notice: notice }) {
  return url && /^https?:/.test(url)
    ? h("a", { href: url, rel: "noopener noreferrer" }, notice ? "What it summarizes" : "Publisher's page")
    : null;
}

/** Whose words these are: "Project summary of X, not its words", with X apart. */
function origin({ summary_notice: notice, summary_of: named }, tag) {
  const at = named ? notice.indexOf(named) : -1;
  if (at < 0) return h(tag, {}, h("span", {}, notice), h("cite"), h("span"));
  return h(tag, {}, h("span", {}, notice.slice(0, at)), h("cite", {}, named),
    h("span", {}, notice.slice(at + named.length)));
}
