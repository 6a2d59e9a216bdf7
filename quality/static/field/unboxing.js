// Unboxing, sealing and labelling, a page for each thing, where no network is: what waits counts as done, a number is
// looked at where the seal is, and what was typed is shown again in this window. Outside of it nobody reads it: what is
// kept is sealed (queue.js), and the window forgets as it is closed.

import { asWritten, doubtAbout, plain } from "./seals.js";
import { counting, lacks, markShots, numberHere } from "./views.js";

const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const frame = one("[data-unboxing]");
const labelling = one("[data-labelling]");
const SEALS = "unbox_seal";
const LABEL_OF = /^https?:\/\/\S+\/verify\/([0-9A-Z-]{12,20})\/?$/i;
const BLIND = /^MY-\w{4}-\w{4}$/;
const WAITS = ["here", "going", "sent"];

// --- what was typed, as long as this window is open ---

const place = () => `mingcha unboxing ${numberHere()}`;
const typed = () => JSON.parse(sessionStorage.getItem(place()) ?? "{}");

function remember(fields) {
  sessionStorage.setItem(place(), JSON.stringify({ ...typed(), ...fields }));
}

export const forget = () => sessionStorage.clear();

// --- before a form is kept ---

function wrongSeal(field) {
  const { dataset } = frame;
  const number = asWritten(field.value);
  if (number.includes("://")) return dataset.address;
  const doubt = doubtAbout(number, { prefix: dataset.prefix, others: dataset.others === "1", last: Number(dataset.last) });
  if (doubt) return dataset[{ mistyped_seal: "mistypedSeal", seal_not_issued: "sealNotIssued", seal_not_ours: "sealNotOurs" }[doubt]];
  const other = typed()[field.name === "test_seal_no" ? "backup_seal_no" : "test_seal_no"];
  return other && plain(other) === plain(number) ? dataset.sameSeal : "";
}

/** Which portion bears what was scanned, as far as this page knows: labels that were printed since, the server knows. */
function portionOf(text) {
  const code = text.trim().match(LABEL_OF)?.[1];
  const bears = (portion) =>
    code ? portion.dataset.codes.split(" ").some((each) => each && plain(each) === plain(code)) : portion.dataset.blind === asWritten(text);
  return { code, portion: all("[data-portion]").find(bears) };
}

function wrongLabel(field) {
  const { code, portion } = portionOf(field.value);
  if (portion || code) return "";
  return BLIND.test(asWritten(field.value)) ? labelling.dataset.another : labelling.dataset.none;
}

/** The field of a form that speaks against itself here, and why; nothing, where only the server can say. */
export function doubted(form) {
  if (form.dataset.piece === SEALS) {
    const left = all("[data-left-page]:not([data-optional])").filter((line) => !line.hidden);
    return left.length ? { field: form.elements.remark, says: left.map((line) => line.textContent.trim()).join(" · ") } : null;
  }
  const field = one("input[data-scan]", form);
  const says = field && frame?.dataset.address ? wrongSeal(field) : field && labelling ? wrongLabel(field) : "";
  return says ? { field, says } : null;
}

/** What is said of a piece on this phone beside its name: which portion a label is on. */
export function about(form) {
  if (!labelling || form.dataset.piece !== "scan_label") return {};
  const { portion } = portionOf(one("[name=label]", form).value);
  return portion ? { label: portion.dataset.called, portion: portion.dataset.portion } : {};
}

/** It is kept: on to the next page, or all of it is sealed. */
export function goOn(form, fields) {
  if (form.dataset.piece === "evidence") return form.reset();
  if (frame) remember(fields);
  if (form.dataset.next) location.assign(form.dataset.next);
  else if (labelling) form.reset();
}

// --- what is seen ---

const named = (rows, name) => rows.filter((row) => row.about.name === name);

export function draw(rows, tools) {
  const mine = rows.filter((row) => row.about.task === numberHere());
  if (frame) sequence(mine, tools);
  if (labelling) labels(mine, tools);
}

function tag(place, state, tools) {
  place.hidden = !state;
  place.replaceChildren(...(state ? [one(`template[data-state="${state}"]`, tools).content.cloneNode(true)] : []));
}

/** How a form's piece stands: refused before all else; null where there is none. */
function stateOf(rows) {
  return rows.some((row) => row.state === "refused") ? "refused" : (rows.find((row) => WAITS.includes(row.state))?.state ?? null);
}

function sequence(rows, tools) {
  markShots(rows.filter((row) => row.state !== "refused"), tools);
  const left = new Set(all("[data-stage]").filter((line) => !stage(line, rows, tools)).map((line) => line.dataset.stage));
  for (const line of all("[data-left-page]")) line.hidden = !left.has(line.dataset.leftPage);
  for (const list of all("[data-left]")) list.hidden = all("[data-left-page]", list).every((line) => line.hidden);
  showTyped(rows);
  const sealed = named(rows, SEALS).some((row) => WAITS.includes(row.state));
  for (const said of all("[data-is-sealed]")) said.hidden = !sealed;
  if (frame.dataset.page === "seal") one("#typed").hidden = sealed;
  if (named(rows, SEALS).some((row) => row.state === "safe")) sessionStorage.removeItem(place());
}

/** A line of the sequence; whether it is done, counting what waits. */
function stage(line, rows, tools) {
  const sent = line.dataset.sentAs ? named(rows, line.dataset.sentAs) : [];
  const pieces = all("[data-needs]", line);
  const missing = pieces.filter((each) => lacks(each, counting(rows)) > 0);
  const waits = pieces.some((each) => lacks(each, []) > lacks(each, counting(rows)));
  const isTyped = "typedThere" in line.dataset || sent.some((row) => row.state !== "refused");
  const isShown = "done" in line.dataset || waits || pieces.some((each) => lacks(each, []) > 0);
  const done = !missing.length && (line.dataset.sentAs ? isTyped : isShown);
  const state = stateOf(sent) ?? (waits && done ? "here" : null);
  tag(one("[data-here]", line), state, tools);
  const isToDo = !done && !state;
  for (const each of all(".mc-ok, .mc-warn", line)) if (!each.closest("[data-here]")) each.hidden = Boolean(state) || (each.matches(".mc-warn") && !isToDo);
  return done;
}

let filled = false;

function showTyped(rows) {
  const words = typed();
  const isWaiting = (name) => rows.some((row) => row.about.fields?.includes(name) && row.state !== "safe");
  for (const value of all("[data-as-typed]")) {
    const name = value.dataset.asTyped;
    const says = words[name] ?? (isWaiting(name) ? frame.dataset.sealedHere : value.textContent);
    if (value.textContent !== says) value.textContent = says;
    value.hidden = value.previousElementSibling.hidden = !says;
  }
  if (filled) return;
  filled = true;
  const form = one("#typed");
  for (const field of form?.elements ?? []) {
    const known = field.name in words && !form.querySelector("[aria-invalid]");
    if (known && field.type === "checkbox") field.checked = [words[field.name]].flat().includes(field.value);
    else if (known && field.type !== "hidden") field.value = words[field.name];
  }
}

function labels(rows, tools) {
  const scanned = named(rows, "scan_label");
  for (const line of all("[data-portion]")) {
    const of = scanned.filter((row) => row.about.portion === line.dataset.portion);
    const state = stateOf(of);
    tag(one("[data-here]", line), state, tools);
    for (const each of all(".mc-wait", line)) if (!each.closest("[data-here]")) each.hidden = Boolean(state);
  }
}
