// A proof is checked here, by the reader's own browser: nothing is sent, and nothing that our server says is believed.
// The same check stands in Python in quality/publication/checking.py, and for anybody at /proof/proof.py.

// What the page inside a capsule is made of, too (quality/capsules/page.py): from here …

const NOTED = /(?:sha256:)?(?:[0-9a-f]{8}\s+){7}[0-9a-f]{8}|[^\s,]+/gi; // a fingerprint may stand in eights, as printed
const NONE = "0".repeat(64);
const bytes = (text) => new TextEncoder().encode(text);
const hex = (buffer) => Array.from(new Uint8Array(buffer), (each) => each.toString(16).padStart(2, "0")).join("");
const unhex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const unbase64 = (text) => Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
const sha256 = (buffer) => crypto.subtle.digest("SHA-256", buffer);
const joined = (...parts) => Uint8Array.from(parts.flatMap((part) => Array.from(new Uint8Array(part))));

// JSON that is the same text wherever it is written: keys sorted, no spaces, numbers as strings.
function canonical(value) {
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw new TypeError("no canonical form");
    return `"${value}"`;
  }
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
}

async function rootFrom(leaf, path) {
  let found = await sha256(joined([0], bytes(canonical(leaf))));
  for (const { side, hash } of path) {
    const beside = unhex(hash);
    found = await sha256(side === "left" ? joined([1], beside, found) : joined([1], found, beside));
  }
  return hex(found);
}

async function isSignedBy(key, signature, body) {
  let raw, signed;
  try {
    [raw, signed] = [unbase64(key), unbase64(signature)];
    if (raw.length !== 32) return false;
  } catch {
    return false;
  }
  const known = await crypto.subtle.importKey("raw", raw, { name: "Ed25519" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "Ed25519" }, known, signed, bytes(canonical(body)));
}

// Of hand-overs between keys: both of them signed it. Of a revocation: the key that it is of.
async function holds({ signature, signature_from, signature_to, ...body }) {
  if (body.format === "mingcha-revocation-1") return isSignedBy(body.key, signature, body);
  return (await isSignedBy(body.from, signature_from, body)) && (await isSignedBy(body.to, signature_to, body));
}

function ledTo(start, overs) {
  const found = new Set(start);
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const [old, next] of overs) if (found.has(old) || found.has(next)) found.add(old).add(next);
  }
  return found;
}

async function reach(key, known, statements) {
  const isOver = ({ format }) => format === "mingcha-handover-1";
  const ends = ({ from, to }) => [from, to];
  const good = [];
  for (const each of statements) if (await holds(each)) good.push(each);
  const gone = new Set(good.filter((each) => !isOver(each)).map((each) => each.key));
  const [overs, claimed] = [good, statements].map((some) => some.filter(isOver).map(ends));
  const start = new Set();
  for (const each of [key, ...claimed.flat()]) {
    const print = await fingerprint(each);
    const plain = (text) => text.toLowerCase().replace(/^sha256:/, "").replaceAll(":", "");
    if (known.some((one) => one === each || plain(one) === print)) start.add(each);
  }
  if (gone.has(key)) return "revoked";
  if (start.has(key)) return "given";
  const left = overs.filter(([old, next]) => !gone.has(old) && !gone.has(next));
  if (ledTo(start, left).has(key)) return "vouched";
  if (ledTo(start, overs).has(key)) return "revoked";
  if (ledTo(start, claimed).has(key)) return "forged";
  return overs.flat().includes(key) ? "stranger" : "no_voucher";
}

async function fingerprint(key) {
  try {
    return hex(await sha256(unbase64(key)));
  } catch {
    return ""; // it is no key
  }
}

async function canCheck() {
  try {
    await crypto.subtle.importKey("raw", new Uint8Array(32), { name: "Ed25519" }, false, ["verify"]);
    return true;
  } catch {
    return false; // an old browser, or a page that did not come over TLS
  }
}

// … to here.

const form = document.querySelector("form[data-proof]");
const FORMAT = "mingcha-proof-1";
const READ = new Set(["published", "superseded"]);
async function firstTorn(events) {
  let before = NONE;
  for (const [at, { row, digest }] of events.entries()) {
    if (hex(await sha256(bytes(before + canonical(row)))) !== digest || row.seq !== String(at + 1)) return at + 1;
    before = digest;
  }
  return null;
}

async function isOf(copy, { row }) {
  const { details } = row;
  return (
    row.action === "create" &&
    details.copy_sha256 === hex(await sha256(bytes(canonical(copy)))) &&
    details.edition === copy.edition &&
    (details.number ?? copy.number) === copy.number
  );
}

const isSigned = ({ key, signature, ...body }) => isSignedBy(key, signature, body);

function statementsIn(text) {
  const given = text.trim() ? JSON.parse(text) : [];
  return Array.isArray(given) ? given : (given.statements ?? [given]);
}

function toldBy(events, copy) {
  const moved = events.map(({ row }) => row).filter((row) => row.new_status);
  const first = (state) => moved.find((row) => row.new_status === state)?.at ?? null;
  const state = moved.at(-1)?.new_status ?? null;
  const { details } = events[0].row;
  return {
    number: details.number ?? copy?.number ?? null,
    edition: details.edition ?? null,
    state,
    published_at: first("published"),
    ended_at: state === "published" ? null : first(state),
  };
}

async function check(proof, given, beside) {
  if (proof.format !== FORMAT) throw new TypeError("no proof");
  const { events, leaf, path, root, copy } = proof;
  const last = events.at(-1);
  const told = toldBy(events, copy);
  told.day = root.day;
  told.event = await firstTorn(events);
  told.fingerprint = await fingerprint(root.key);
  const found = (holds) => (holds ? "holds" : "broken");
  const known = (given.match(NOTED) ?? []).map((each) => each.replace(/\s+/g, ""));
  const way = known.length ? await reach(root.key, known, [...(proof.statements ?? []), ...beside]) : null;
  const row = last.row;
  const leads = canonical(leaf.slice(0, 4)) === canonical(["result", row.subject_id, row.seq, last.digest]);
  const says = (told.number === null || told.number === proof.number) && told.edition === proof.edition;
  const links = {
    copy: copy === undefined ? "unknown" : found(await isOf(copy, events[0])),
    events: found(told.event === null),
    leaf: found(leads && leaf.length === 5 && row.subject_type === "result"),
    path: found((await rootFrom(leaf, path)) === root.root),
    signature: found(await isSigned(root)),
    key: way ? found(way === "given" || way === "vouched") : "unknown",
    reason: await isReason(proof.reason, last.row.details.reason_sha256),
    statement: found(says && told.state === proof.state),
  };
  const states = Object.values(links);
  const whole = links.key === "holds" && (links.copy === "holds" || !READ.has(told.state));
  return { links, told, way, means: states.includes("broken") ? "broken" : whole ? "holds" : "unknown" };
}

async function isReason(said, bound) {
  if (said === undefined || bound === undefined) return "unknown";
  return hex(await sha256(bytes(said))) === bound ? "holds" : "broken";
}

function show({ links, told, way, means }) {
  const answer = document.querySelector("[data-answer]");
  for (const each of answer.querySelectorAll("[data-means]")) each.hidden = each.dataset.means !== means;
  for (const each of answer.querySelectorAll("[data-link]"))
    each.hidden = links[each.dataset.link] !== each.dataset.found;
  for (const each of answer.querySelectorAll("[data-way]")) each.hidden = each.dataset.way !== way;
  for (const each of answer.querySelectorAll("[data-told]")) each.textContent = told[each.dataset.told] ?? "—";
  for (const each of answer.querySelectorAll("[data-state]")) each.hidden = each.dataset.state !== told.state;
  for (const each of answer.querySelectorAll("[data-by]")) each.hidden = each.dataset.by !== "browser";
  answer.hidden = false;
  answer.scrollIntoView({ block: "start" });
}

async function checkHere(event) {
  const [file] = form.elements.namedItem("file").files;
  const typed = form.elements.namedItem("proof");
  if (!file && !typed.value.trim()) return;
  event.preventDefault();
  if (file) typed.value = await file.text();
  for (const each of document.querySelectorAll("[data-answer], [data-unreadable]")) each.hidden = true;
  try {
    const [given, beside] = ["key", "statements"].map((name) => form.elements.namedItem(name).value);
    show(await check(JSON.parse(typed.value), given, statementsIn(beside)));
  } catch {
    document.querySelector("[data-unreadable]").hidden = false; // a member is missing, or is of another kind
  }
}

if (await canCheck()) {
  form.addEventListener("submit", checkHere);
  form.dataset.proof = "here";
} else document.querySelector("[data-cannot]").hidden = false;
