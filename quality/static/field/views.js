// What a page shows of the queue. All words come from the page: templates of the server, in the reader's language.

const WAITING = ["here", "going", "sent"];
const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

export const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_whole, name) => values[name] ?? "");

/** What a form is called on its page: its own heading, else the page's. */
export function nameOf(form) {
  const heading = one("h2, h3", form.closest("li, section") ?? form) ?? one("h1");
  return (form.dataset.called ?? heading?.textContent ?? "").trim().replace(/^\d+\.\s*/, "");
}

export const numberHere = () => one("[data-number]")?.dataset.number;

// --- what is wrong, where it is ---

export function say(form, text) {
  let place = one("[data-said]", form);
  if (!place) {
    place = document.createElement("p");
    place.className = "invalid-feedback d-block mb-0";
    place.dataset.said = "";
    place.setAttribute("role", "alert");
    form.append(place);
  }
  place.textContent = text;
}

/** The first field that must not stay empty and does. */
export const firstEmpty = (form) => [...form.elements].find((each) => "must" in each.dataset && !each.value.trim());

export function askFor(field, text) {
  say(field.form, text);
  field.setAttribute("aria-invalid", "true");
  field.classList.add("is-invalid");
  field.focus();
  field.addEventListener("input", () => {
    field.removeAttribute("aria-invalid");
    field.classList.remove("is-invalid");
    say(field.form, "");
  }, { once: true });
}

// --- how many, and each of them ---

export function isSetUp(phone) {
  for (const each of all("[data-when-set-up]")) each.hidden = !phone || phone.withdrawn;
  for (const each of all("[data-when-not-set-up]")) each.hidden = Boolean(phone) && !phone.withdrawn;
  for (const each of all("[data-when-withdrawn]")) each.hidden = !phone?.withdrawn;
}

export const pagesAreKept = () => all("[data-pages-kept]").forEach((each) => (each.hidden = false));

export function count(rows, phone) {
  const waiting = rows.filter((row) => WAITING.includes(row.state)).length;
  const refused = rows.filter((row) => row.state === "refused").length;
  const link = one("[data-count]");
  if (!link) return;
  link.hidden = !phone || !(waiting + refused);
  one("[data-many]", link).textContent = waiting + refused;
  if (phone?.withdrawn) isSetUp(phone);
}

function tagOf(state, tools) {
  return one(`template[data-state="${state}"]`, tools).content.cloneNode(true);
}

function drawn(row, tools) {
  const item = one("template[data-piece]", tools).content.cloneNode(true);
  one("[data-what]", item).textContent = row.about.label || one("[data-unnamed]", tools).content.textContent;
  one("[data-which]", item).textContent = row.about.task ?? "";
  one("[data-state-here]", item).replaceChildren(tagOf(row.state, tools));
  const reason = one("[data-reason]", item);
  reason.textContent = row.reason ?? "";
  reason.hidden = !row.reason;
  const mend = one("[data-mend]", item);
  mend.hidden = !row.page;
  if (row.page) mend.href = new URL(row.page, location.origin).href;
  const away = one("button", item);
  away.hidden = !["refused", "safe"].includes(row.state);
  away.dataset.away = row.seq;
  return item;
}

/** Lists of pieces: of one case on its page, of all on the page of the queue. Those that need somebody come first. */
export function listed(rows, tools, isHere) {
  const order = ["refused", "here", "going", "sent", "safe"];
  const sorted = rows.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state) || a.seq - b.seq);
  for (const list of all("[data-listed]")) {
    const of = list.dataset.listed;
    const { only } = list.dataset; // in this state, where the page shows the others by itself
    const shown = sorted.filter((row) => !of || (row.about.task === of && row.state !== "safe" && (!only || row.state === only)));
    const most = Number(list.dataset.most);
    one("ol", list).replaceChildren(...shown.slice(0, most).map((row) => drawn(row, tools)));
    list.hidden = !shown.length;
    const more = one("[data-more]", list);
    more.hidden = shown.length <= most;
    more.textContent = filled(more.dataset.says, { many: shown.length - most });
  }
  for (const empty of all("[data-no-pieces]")) empty.hidden = rows.length > 0 || !isHere;
}

// --- the steps of a purchase, one after the other, counting what waits ---

/** Whether a piece that waits is one of those that a line of the checklist asks for. */
const counts = (line, row) =>
  row.about.kind === line.dataset.kind && (line.dataset.shape !== "video" || row.about.media?.startsWith("video/"));

const waitingFor = (line, rows) =>
  rows.filter((row) => row.about.does === "evidence" && row.state !== "safe" && counts(line, row)).length;

export const lacks = (line, rows) =>
  "excused" in line.dataset ? 0 : Number(line.dataset.required) - Number(line.dataset.there) - waitingFor(line, rows);

/** Rows that may count for what is asked: a piece that was not taken in does not. */
export const counting = (rows) => rows.filter((row) => row.state !== "refused");

const STANDS_FOR = { unbox_seal: "seal" }; // the sequence of unboxing ends in the same deed

export function stepwise(rows, tools) {
  const frame = one("[data-steps]");
  if (!frame) return;
  const here = rows.filter((row) => row.about.task === frame.dataset.steps && row.state !== "refused");
  markShots(here, tools);
  const { present } = frame.dataset;
  const done = new Set(here.filter((row) => row.about.does === "move" && row.state !== "safe").map((row) => STANDS_FOR[row.about.name] ?? row.about.name));
  const steps = all("[data-step]", frame);
  const isDrawn = one("#step") !== null; // the present step has its form on the page itself
  const order = [...(isDrawn ? [present] : []), ...steps.map((step) => step.dataset.step)];
  const next = order.find((name) => !done.has(name));
  for (const each of all("[data-present-step]")) each.hidden = !isDrawn || next !== present;
  for (const step of steps) {
    step.hidden = step.dataset.step !== next;
    complete(step, here);
  }
  for (const shots of all("[data-shots]", frame)) shots.hidden = order.indexOf(shots.dataset.shots) > order.indexOf(next);
}

function complete(step, here) {
  const missing = all("[data-needs]", step).filter((line) => {
    line.hidden = lacks(line, here) <= 0;
    return !line.hidden;
  });
  const said = one("[data-missing]", step);
  if (said) said.hidden = !missing.length;
  one("button[data-does]", step).disabled = missing.length > 0;
}

/** Beside each line of the checklist how many of it wait here, and at its head how far it is with them. */
export function markShots(here, tools) {
  for (const line of all("[data-shot]")) {
    const waiting = waitingFor(line, here);
    const warning = one(".mc-tag.mc-warn", line);
    if (warning) warning.hidden = lacks(line, here) <= 0;
    let mark = one("[data-waits]", line);
    if (!mark && !waiting) continue;
    if (!mark) {
      mark = one("template[data-mark]", tools).content.firstElementChild.cloneNode();
      mark.dataset.waits = "";
      (one("h3, p", line) ?? line).after(mark);
    }
    mark.hidden = !waiting;
    mark.textContent = filled(tools.dataset.askedToWait, { many: waiting });
  }
  for (const head of all("[data-checklist]")) {
    head.dataset.plain ??= head.textContent;
    const lines = all("[data-shot]", head.closest("section"));
    const waiting = lines.reduce((sum, line) => sum + waitingFor(line, here), 0);
    const said = waiting ? ` ${filled(tools.dataset.askedToWait, { many: waiting })}` : "";
    head.textContent = head.dataset.plain + (said && tools.dataset.between) + said.trim();
  }
}
