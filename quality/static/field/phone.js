// A page of the desk on a telephone that is set up for the field: its forms become pieces of the queue, and it says of
// each where it is. Without this script, or where nothing is set up, the forms are sent as forms.

import * as queue from "./queue.js";
import * as shelf from "./shelf.js";
import * as unboxing from "./unboxing.js";
import * as views from "./views.js";

const tools = document.querySelector("[data-field]");
const where = { uploads: tools.dataset.uploads, pieces: tools.dataset.pieces };
const IS_KEPT = "kept" in tools.dataset; // this page was kept; it may be of an older release
const FRESH = 2 * 60 * 1000; // milliseconds within which a camera gives its picture
const WORDS = /^\/desk\/(task|sample)\/([^/]+)\/(\w+)$/;
const MOVES = new Set(tools.dataset.moves.split(" "));
const said = (name, values = {}) => views.filled(tools.dataset[name], values);

let phone;
let tries = 0;
let timer;

// --- sending ---

async function sendAll() {
  clearTimeout(timer);
  const wait = await queue.drain(where, tries);
  tries = wait === null ? 0 : tries + 1;
  if (wait !== null) timer = setTimeout(sendAll, wait * 1000);
}

const atOnce = () => {
  tries = 0;
  return sendAll();
};

async function wakeLater() {
  const worker = await navigator.serviceWorker?.ready.catch(() => null);
  await worker?.sync?.register("mingcha-queue").catch(() => {}); // only some browsers have it; the page tries too
}

// --- a form becomes a piece ---

/** What a form does to which case, where the queue can carry it. */
function meant(form, submitter) {
  if (form.method !== "post" || submitter?.name === "read" || submitter?.name === "check") return null;
  const { pathname, searchParams } = new URL(form.action);
  if (searchParams.has("piece")) return null; // what mends a piece is answered at once
  if (form.dataset.piece) return { does: form.dataset.piece === "evidence" ? "evidence" : "move", task: views.numberHere(), name: form.dataset.piece };
  const found = pathname.match(WORDS);
  if (!found) return null;
  const [, , number, name] = found;
  if (name === "evidence") return { does: "evidence", task: decodeURIComponent(number), name };
  return MOVES.has(`${found[1]}/${name}`) ? { does: "move", task: decodeURIComponent(number), name } : null;
}

const TECHNICAL = new Set(["csrf_token", "version", "in_place"]);

function fieldsOf(form) {
  const fields = {};
  for (const [name, value] of new FormData(form)) {
    if (TECHNICAL.has(name) || value instanceof File) continue;
    if (name in fields) fields[name] = [fields[name], value].flat();
    else fields[name] = value;
  }
  return fields;
}

const filesOf = (form) => [...new FormData(form).entries()].filter(([, value]) => value instanceof File && value.size);

/** How a picture came: taken now, chosen among those of a screen, or chosen among those that were there. */
function sourceOf(file, control) {
  if (control?.hasAttribute("capture") && Date.now() - file.lastModified < FRESH) return "camera";
  return /screen ?shot|截屏|截图|屏幕/i.test(file.name) ? "screen" : "gallery";
}

const now = () => ({ phone_now: new Date().toISOString(), zone_minutes: -new Date().getTimezoneOffset() });

const saidOf = (file, control) => ({
  media_type: file.type || null,
  taken_at: new Date(file.lastModified).toISOString(),
  source: sourceOf(file, control),
});
const NO_FILE = { media_type: null, taken_at: null, source: null };

/** Of a form of evidence a piece for each file; of any other one piece, with the one file that it may bring. */
async function keepForm(form, { does, task, name }) {
  const fields = fieldsOf(form);
  const kind = does === "evidence" ? fields.kind : null;
  const version = Number(form.elements.version?.value) || null;
  const about = { does, task, name, kind, label: views.nameOf(form), fields: Object.keys(fields), ...unboxing.about(form) };
  const files = filesOf(form);
  for (const [control, file] of files.length ? files : [[null, null]]) {
    const of = file ? saidOf(file, form.elements[control]) : NO_FILE;
    const told = { does, task, name, kind, fields, version, ...of, ...now() };
    await queue.keep(phone, told, { ...about, media: of.media_type }, file);
  }
  return fields;
}

function whyNot(wrong) {
  if (wrong.name === "QuotaExceededError") return said("full");
  if (["NotReadableError", "NotFoundError"].includes(wrong.name)) return said("changed");
  return said("failed", { reason: wrong.message });
}

async function submitted(event) {
  const form = event.target;
  const does = phone && !phone.withdrawn ? meant(form, event.submitter) : null;
  if (!does) return;
  if (does.does === "move" && filesOf(form).length > 1) return; // a piece has room for one: such a form goes as a form
  event.preventDefault();
  if (does.does === "evidence" && !filesOf(form).length) return views.say(form, said("choose"));
  const empty = does.does === "move" ? views.firstEmpty(form) : null;
  if (empty) return views.askFor(empty, said("fill"));
  const doubt = unboxing.doubted(form);
  if (doubt) return views.askFor(doubt.field, doubt.says);
  const buttons = [...form.elements].filter((each) => each.type === "submit");
  buttons.forEach((each) => (each.disabled = true));
  try {
    const fields = await keepForm(form, does);
    views.say(form, "");
    form.removeAttribute("data-typed");
    wakeLater();
    atOnce();
    if (form.dataset.piece) unboxing.goOn(form, fields);
    else if (does.does === "evidence") form.reset();
  } catch (wrong) {
    views.say(form, whyNot(wrong));
  } finally {
    buttons.forEach((each) => (each.disabled = false));
    draw();
  }
}

// --- what is seen ---

async function draw() {
  const rows = phone ? (await shelf.pieces()).filter((row) => row.person === phone.person && row.state !== "sealing") : [];
  views.count(rows, phone);
  views.listed(rows, tools, Boolean(phone));
  if (phone && !phone.withdrawn) views.stepwise(rows, tools);
  if (phone && !phone.withdrawn) unboxing.draw(rows, tools);
  followUp(rows);
}

const opened = Date.now();
const typedIn = () => document.querySelector("[data-typed]");

/** All that was done here is safe: the page as the server has it now, unless somebody is just typing. */
function followUp(rows) {
  const number = views.numberHere();
  const here = rows.filter((row) => row.about.task === number);
  if (!number || !here.some((row) => row.state === "safe" && row.settledAt > opened)) return;
  if (here.some((row) => queue.WAITS.includes(row.state))) return;
  if (typedIn()) document.querySelector("[data-news]")?.removeAttribute("hidden");
  else location.reload();
}

// --- setting up and forgetting ---

async function registered() {
  if (IS_KEPT || !navigator.serviceWorker) return;
  await navigator.serviceWorker.register(tools.dataset.worker, { type: "module", scope: "/desk/" });
  const worker = await navigator.serviceWorker.ready;
  worker.active.postMessage("keep");
}

async function setUp(button) {
  const refused = button.closest("[data-csrf]").querySelector("[data-refused]");
  refused.hidden = true;
  button.disabled = true;
  try {
    const answer = await fetch(tools.dataset.enrol, {
      method: "POST",
      headers: { "X-CSRFToken": button.closest("[data-csrf]").dataset.csrf, Accept: "application/json" },
    });
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.detail || told.title);
    phone = { token: told.token, key: told.key, number: told.phone, person: tools.dataset.person, language: document.documentElement.lang };
    await shelf.keepPhone(phone);
    await navigator.storage?.persist?.();
    await registered();
    views.isSetUp(phone);
    draw();
    atOnce();
  } catch (wrong) {
    refused.textContent = said("failed", { reason: wrong.message });
    refused.hidden = false;
  } finally {
    button.disabled = false;
  }
}

async function forgetPhone() {
  await shelf.forget();
  for (const name of await caches.keys()) if (name.startsWith("mingcha pages ")) await caches.delete(name);
  unboxing.forget();
  phone = undefined;
}

/** Before somebody signs out: what waits is named, and whatever they say, nothing of theirs stays to be read. */
async function signingOut(event) {
  const form = event.target;
  if (new URL(form.action).pathname !== "/account/sign-out" || form.dataset.sure || !phone) return;
  event.preventDefault();
  const waiting = (await shelf.pieces()).filter((row) => row.person === phone.person && queue.WAITS.includes(row.state));
  const dialog = document.querySelector("dialog[data-leaving]");
  if (waiting.length && dialog) {
    dialog.querySelector("[data-many]").textContent = views.filled(dialog.dataset.says, { many: waiting.length });
    dialog.showModal();
    await new Promise((closed) => dialog.addEventListener("close", closed, { once: true }));
    if (dialog.returnValue !== "leave") return;
  }
  await forgetPhone();
  form.dataset.sure = "yes";
  form.submit();
}

async function pressed(event) {
  const button = event.target.closest("button[data-set-up], button[data-forget], button[data-away], button[data-now]");
  if (!button) return;
  if ("setUp" in button.dataset) {
    event.preventDefault();
    await setUp(button);
  } else if ("away" in button.dataset) await queue.putAway(Number(button.dataset.away));
  else if ("now" in button.dataset) await atOnce();
  else {
    await forgetPhone();
    views.isSetUp(undefined);
  }
  draw();
}

// --- this page ---

async function begin() {
  phone = await shelf.phone();
  if (phone && phone.person !== tools.dataset.person) {
    await forgetPhone(); // somebody else's: they signed out elsewhere, or were signed out
  }
  document.addEventListener("submit", submitted);
  document.addEventListener("submit", signingOut);
  document.addEventListener("click", pressed);
  document.addEventListener("input", (event) => event.target.form?.setAttribute("data-typed", ""));
  queue.onChange(draw);
  addEventListener("online", atOnce);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && atOnce());
  navigator.serviceWorker?.addEventListener("message", (event) => event.data === "kept" && views.pagesAreKept());
  views.isSetUp(phone);
  await draw();
  tools.dataset.ready = "";
  if (!phone) return;
  registered().catch(() => {}); // without it pages are not kept, and everything else works
  atOnce();
}

begin();
