// An answer as elements, built as its events arrive. The same as templates/_answer.html; text is
// only ever set as text, so nothing that a source says can become markup.

const VERDICTS = { partial: "Partly answered", clarify: "Please choose", declined: "Not answered" };

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
    this.tail = h("div.closing", { hidden: true });
    this.element = h("article.turn", { "aria-busy": "true" },
      h("header", {}, this.heading, this.standing), this.progress, this.tail);
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
      case "done": return this.finish(data);
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
    this.parts[part] = h("section.part", { "aria-labelledby": id }, h("h3", { id }, `${part + 1}. ${read.text}`));
    this.progress.before(this.parts[part]);
  }

  open({ kind, part, id: name, heading, note }) {
    let held = this.sections.get(name);
    if (!held) {
      const id = `${this.id}-${name}`;
      const title = h(part === null ? "h3" : "h4", { id }, heading);
      const section = h(kind === "safety" ? "section.safety" : "section.section",
        { "aria-labelledby": id }, title);
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

  finish(body) {
    const { answer } = body;
    const references = new Map(answer.references.map((one) => [one.marker, one]));
    this.standing.prepend(h("span", {}, answer.review), " ");
    // What is known at once stands above the sections, as it does when the server writes the page.
    const first = this.element.querySelector(":scope > .safety, :scope > .part, :scope > .section");
    (first ?? this.progress).before(...verdict(answer, answer.parts.length ? [] : answer.understood_as.choices, 3));
    answer.parts.forEach((part, number) => this.parts[number].children[0]
      .after(...verdict(part, part.understood_as.choices, 4)));
    if (answer.lead) {
      (this.element.querySelector(":scope > .section:not(.safety)") ?? this.progress).before(this.lead(answer.lead));
    }
    if (answer.conflicts.length) this.progress.before(this.conflicts(answer.conflicts));
    if (answer.references.length) this.progress.before(this.references(answer.references));
    for (const section of answer.parts.length ? [] : answer.sections) this.more(section, section.kind);
    answer.parts.forEach((part, number) => part.sections
      .forEach((section) => this.more(section, `${section.kind}-${number}`)));
    for (const panel of this.element.querySelectorAll(".citation")) {
      const entry = references.get(Number(panel.dataset.marker));
      if (entry) panel.querySelector(".top").after(...tags(entry.badges, entry));
    }
    close(this.tail, answer);
    this.end();
  }

  /** Say that the answer ended early, and why. */
  fail(title, detail) {
    this.progress.before(h("p.note.urgent", { role: "alert" }, h("strong", {}, `${title}.`), ` ${detail}`));
    this.end();
  }

  end() {
    this.progress.remove();
    if (!this.tail.hasChildNodes()) this.tail.remove();
    this.element.removeAttribute("aria-busy");
  }

  lead(said) {
    const id = `${this.id}-lead`;
    const item = h("div", {}, sentence(said));
    said.citations.forEach(citing(item, said, id));
    return h("section.section.lead", { "aria-labelledby": id }, h("h3", { id }, "In short"), item);
  }

  /** What a section says further, folded. */
  more({ more }, place) {
    if (!more.length) return;
    const items = more.map((said, number) => {
      const item = h("li", {}, sentence(said));
      said.citations.forEach(citing(item, said, `${this.id}-${place}-more-${number}`));
      return item;
    });
    this.sections.get(place)?.section.append(
      h("details.more", {}, h("summary", {}, `${more.length} more`), h("ul.statements", {}, ...items)));
  }

  conflicts(pairs) {
    const id = `${this.id}-conflicts`;
    return h("section.section", { "aria-labelledby": id },
      h("h3", { id }, "Where the sources disagree"),
      ...pairs.map((pair, number) => h("div.conflict", {},
        h("h4", {}, pair.about),
        this.side(pair, "first", pair.says[0], `${id.slice(0, -1)}-${number}-a`),
        this.side(pair, "second", pair.says[1], `${id.slice(0, -1)}-${number}-b`),
        pair.differs_in.length ? h("p.differs", {}, `They differ in: ${pair.differs_in.join(", ")}.`) : null)));
  }

  /** One side of a conflict: which way it points, its words, and what it holds under. */
  side(pair, name, says, id) {
    const said = pair[name];
    const item = h("div.side", {}, h("p.says", {}, says), sentence(said));
    said.citations.forEach(citing(item, said, id));
    if (pair.differences.length) {
      item.append(h("dl.facts", {}, ...pair.differences.flatMap((each) =>
        [h("dt", {}, each.qualifier), h("dd", {}, each[name] || "not stated")])));
    }
    return item;
  }

  references(entries) {
    const id = `${this.id}-references`;
    return h("section.section.references", { "aria-labelledby": id },
      h("h3", { id }, "References"),
      h("ol", {}, ...byDocument(entries).map(([numbers, entry]) => reference(numbers, entry))));
  }
}

/** Which section a statement or citation is of; those of several questions are numbered. */
function placed({ section, part }) {
  return part === null ? section : `${section}-${part}`;
}

/** Why a question is not answered, or not in full, and what to choose from. */
function verdict({ outcome, reason }, choices, level) {
  return [
    outcome !== "answered" && reason
      ? h("p.verdict", {}, h("strong", {}, `${VERDICTS[outcome]}.`), ` ${reason}`) : null,
    choices.length ? offers("Choose one", choices.map((one) => [one.label, one.question]), level) : null,
  ].filter(Boolean);
}

/** Forms that ask a ready question each. */
export function offers(title, items, level = 2) {
  return h("section.offers", { "aria-label": title }, h(`h${level}`, {}, title),
    h("ul", {}, ...items.map(([label, question]) => h("li", {},
      h("form", { method: "post", action: "/ask", "data-ask": true },
        h("button", { name: "question", value: question }, label))))));
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
      told.length ? h("ul", {}, ...told.map((one) => h("li", {}, one))) : null,
      h("button", { type: "button", "data-reword": read.text }, "Reword it")));
  }
  return parts;
}

/** The paragraph of a whole statement, its citations still to come. */
function sentence(said) {
  return h("p.statement", {},
    said.subject ? h("span.subject", {}, said.subject) : null, h("span", {}, said.text));
}

/** What attaches each citation of a statement to its item. */
function citing(item, said, id) {
  const held = { paragraph: item.querySelector(".statement"), item, isQuote: said.kind === "quote", cited: [] };
  return (cited, number) => attach(held, cited, `${id}-${number}`);
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
  held.item.append(panel(cited, id));
}

function panel(cited, id) {
  const [before, words, after] = around(cited);
  return h("div.citation",
    { id, popover: "auto", role: "dialog", "aria-labelledby": `${id}-title`, "data-marker": String(cited.marker) },
    h("div.top", {},
      h("p.title", { id: `${id}-title` }, `${cited.marker}. ${cited.title}`),
      h("button.close",
        { type: "button", popovertarget: id, popovertargetaction: "hide", "aria-label": "Close" }, "×")),
    cited.section_path.length ? h("p.where", {}, cited.section_path.join(" › ")) : null,
    h("blockquote", {}, cited.lead ? h("span.lead", {}, `${cited.lead}\n`) : null,
      before, h("mark", {}, words), after),
    h("p.links", {}, documentLink(cited, cited.passage_id), " ", sourceLink(cited)));
}

/** The passage before the quoted words, the words, the rest. Offsets count code points. */
function around({ passage, start, end }) {
  const text = Array.from(passage.text);
  const cut = (from, to) => text.slice(from, to).join("");
  return [cut(0, start - passage.start), cut(start - passage.start, end - passage.start),
    cut(end - passage.start)];
}

function documentLink({ document_id: id }, passage = null) {
  const path = `/documents/${id.split("/").map(encodeURIComponent).join("/")}`;
  return passage
    ? h("a", { href: `${path}?passage=${passage}#p-${passage}` }, "Read it in its document")
    : h("a", { href: path }, "Whole document");
}

function sourceLink({ url, summary_notice: notice }) {
  return url && /^https?:/.test(url)
    ? h("a", { href: url, rel: "noopener noreferrer" }, notice ? "What it summarizes" : "Publisher's page")
    : null;
}

function tags(badges, about) {
  const list = h("ul.tags", {}, ...badges.filter((badge) => badge !== about.summary_notice)
    .map((badge) => h(badge.toLowerCase() === about.status ? "li.tag.loud" : "li.tag", {}, badge)));
  return about.summary_notice ? [list, origin(about, "p.origin")] : [list];
}

/** Whose words these are: "Project summary of X, not its words", with X apart. */
function origin({ summary_notice: notice, summary_of: named }, tag) {
  const at = named ? notice.indexOf(named) : -1;
  if (at < 0) return h(tag, {}, h("span", {}, notice), h("cite"), h("span"));
  return h(tag, {}, h("span", {}, notice.slice(0, at)), h("cite", {}, named),
    h("span", {}, notice.slice(at + named.length)));
}

/** One entry per document, with all its numbers and the badges that hold for each of them. */
function byDocument(entries) {
  const grouped = new Map();
  for (const entry of entries) {
    const held = grouped.get(entry.document_id);
    if (held) {
      held[0].push(entry.marker);
      held[1].badges = held[1].badges.filter((badge) => entry.badges.includes(badge));
    } else grouped.set(entry.document_id, [[entry.marker], { ...entry }]);
  }
  return [...grouped.values()];
}

function reference(numbers, entry) {
  const by = [
    [entry.journal ?? entry.publisher, entry.year].filter(Boolean).join(", "),
    entry.version && `version ${entry.version}`,
    entry.doi && `DOI ${entry.doi}`,
    entry.pmid && `PMID ${entry.pmid}`,
    entry.set_id && `set id ${entry.set_id}`,
  ];
  return h("li", {},
    h("span.number", {}, `${numbers.join(", ")}.`),
    h("div", {},
      h("p.title", {}, entry.title),
      h("p.by", {}, by.filter(Boolean).join(" · ")),
      ...tags(entry.badges, entry),
      h("p.links", {}, documentLink(entry), " ", sourceLink(entry))));
}

function close(tail, { disclaimer, provenance }) {
  const facts = [
    ["Index snapshot", provenance.snapshot],
    ["Sources as of", provenance.corpus_date],
    ["Searched", provenance.searched.join("; ")],
    ["Retractions", provenance.retractions && `table ${provenance.retractions}`],
    ["Written by", provenance.composer],
    ["Embedded by", provenance.embedder],
    ["Disclaimer", `version ${disclaimer.version}`],
  ];
  tail.append(
    h("p", {}, disclaimer.text),
    h("details", {}, h("summary", {}, "How this answer was made"),
      h("dl.facts", {}, ...facts.filter(([, value]) => value)
        .flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]))));
  tail.hidden = false;
}
