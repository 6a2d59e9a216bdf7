// A capsule is checked here, by the reader's own browser, from a file and with no network. The same is asked, in the
// same order and by the same codes, in quality/capsules/archive.py and checking.py; a test holds the two together.

const FORMAT = "mingcha-capsule-1";
const [MANIFEST, SIGNATURE, STAMP] = ["manifest.json", "signature.json", "timestamp.tsr"];
const [EVENTS, NOTES, KEYS] = ["events.json", "notes.json", "keys.json"];
const BESIDE = [MANIFEST, SIGNATURE, STAMP];
const MIB = 1024 * 1024;
const LONGEST = { [MANIFEST]: 8 * MIB, [SIGNATURE]: 4096, [STAMP]: 65536, [EVENTS]: 32 * MIB, [NOTES]: 16 * MIB, [KEYS]: MIB };
const [MOST_FILES, MOST_BYTES, MOST_STATEMENTS, DEEPEST] = [2000, 2048 * MIB, 1000, 64];
const NAME = /^[a-z0-9][a-z0-9._-]{0,99}$/;
const IS_HASH = /^[0-9a-f]{64}$/;

class Broken extends Error {
  constructor(code, name = "", expected = "", found = "") {
    super(code);
    this.problem = { code, name, expected: String(expected), found: String(found) };
  }
}

const isText = (value) => typeof value === "string";
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const haveTexts = (value, ...names) => isObject(value) && names.every((name) => isText(value[name]));
const allAre = (value, fits) => Array.isArray(value) && value.every((each) => isObject(each) && fits(each));
const isName = (name) => NAME.test(name) && !name.includes("..");
const called = (chain) => `${chain.subject}:${chain.id}`;
const digestOf = async (text) => hex(await sha256(bytes(text)));

// --- the ZIP: stored entries, one behind the other, then the directory, then its end, and nothing else ---

const CRCS = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n >>> 0;
});

function crcOf(buffer) {
  let crc = -1;
  for (const byte of new Uint8Array(buffer)) crc = CRCS[(crc ^ byte) & 255] ^ (crc >>> 8);
  return (crc ^ -1) >>> 0;
}

const viewOf = async (file, begin, end) => new DataView(await file.slice(Math.max(0, begin), end).arrayBuffer());
const hex8 = (number) => number.toString(16).padStart(8, "0");

async function endOf(file) {
  const size = file.size;
  const end = await viewOf(file, size - 22, size);
  if (end.byteLength < 22 || end.getUint32(0) !== 0x504b0506) {
    const tail = new Uint8Array(await file.slice(Math.max(0, size - 22 - 65535)).arrayBuffer());
    const isBefore = tail.some((_, at) => tail[at] === 80 && tail[at + 1] === 75 && tail[at + 2] === 5 && tail[at + 3] === 6);
    throw new Broken(isBefore ? "behind" : "no_archive");
  }
  const [disk, first, here, many] = [4, 6, 8, 10].map((at) => end.getUint16(at, true));
  const [length, begin] = [12, 16].map((at) => end.getUint32(at, true));
  if (disk || first || here !== many || end.getUint16(20, true) || begin + length + 22 !== size) throw new Broken("layout");
  if (many > MOST_FILES) throw new Broken("too_many", "", MOST_FILES, many);
  return { begin, length, many };
}

// The entry at this place of the directory. Its file must stand at `place`, as the head before its bytes says again.
async function listed(file, directory, at, place) {
  if (directory.byteLength - at < 46 || directory.getUint32(at) !== 0x504b0102) throw new Broken("layout");
  const short = (offset) => directory.getUint16(at + offset, true);
  const long = (offset) => directory.getUint32(at + offset, true);
  const raw = new Uint8Array(directory.buffer, directory.byteOffset + at + 46).slice(0, short(28));
  const name = new TextDecoder().decode(raw);
  if (!isName(name)) throw new Broken("bad_name", name);
  if (short(10) || short(8) || long(20) !== long(24)) throw new Broken("packed", name);
  const [crc, size] = [long(16), long(24)];
  const wanted = [[4, 788], [6, 20], [12, 0], [14, 33], [30, 0], [32, 0], [34, 0], [36, 0]];
  const isSo = wanted.every(([offset, value]) => short(offset) === value) && long(38) === (0o100644 << 16) >>> 0;
  if (!isSo || long(42) !== place) throw new Broken("layout", name);
  const head = await viewOf(file, place, place + 30 + raw.length);
  const again = [[4, 20], [6, 0], [8, 0], [10, 0], [12, 33], [26, raw.length], [28, 0]];
  const fits =
    head.byteLength === 30 + raw.length &&
    head.getUint32(0) === 0x504b0304 &&
    again.every(([offset, value]) => head.getUint16(offset, true) === value) &&
    [[14, crc], [18, size], [22, size]].every(([offset, value]) => head.getUint32(offset, true) === value) &&
    raw.every((byte, n) => head.getUint8(30 + n) === byte);
  return { name, crc, size, fits, begin: place + 30 + raw.length, next: at + 46 + raw.length };
}

async function unpacked(file) {
  if (file.size > MOST_BYTES) throw new Broken("too_large", "", MOST_BYTES, file.size);
  const { begin, length, many } = await endOf(file);
  const directory = await viewOf(file, begin, begin + length);
  const found = new Map();
  let [at, place, last] = [0, 0, ""];
  for (let n = 0; n < many; n++) {
    const entry = await listed(file, directory, at, place);
    if (found.has(entry.name)) throw new Broken("duplicate", entry.name);
    if (!entry.fits) throw new Broken("layout", entry.name);
    [at, place, last] = [entry.next, entry.begin + entry.size, entry.name];
    found.set(entry.name, { blob: file.slice(entry.begin, place), size: entry.size, crc: entry.crc });
  }
  if (at !== length || place !== begin) throw new Broken("layout", last);
  return found;
}

async function contentOf(files, name) {
  const { blob, size, crc } = files.get(name);
  const content = await blob.arrayBuffer();
  if (content.byteLength !== size) throw new Broken("cut_short", name);
  const found = crc === undefined ? crc : crcOf(content);
  if (found !== crc) throw new Broken("crc", name, hex8(crc), hex8(found));
  return content;
}

async function shortContent(files, name) {
  const { size } = files.get(name);
  if (size > LONGEST[name]) throw new Broken("too_large", name, LONGEST[name], size);
  return contentOf(files, name);
}

// An object, written as `canonical` writes: two programs cannot read two things in it.
function jsonIn(content, name) {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
    const found = JSON.parse(text);
    if (isObject(found) && canonical(found) === text) return found;
  } catch {
    // said below
  }
  throw new Broken("unreadable", name);
}

async function readJson(files, name) {
  if (!files.has(name)) throw new Broken("missing", name);
  return jsonIn(await shortContent(files, name), name);
}

// --- the signature ---

async function signedManifest(files, canSign) {
  for (const name of [MANIFEST, SIGNATURE]) if (!files.has(name)) throw new Broken("missing", name);
  const said = await readJson(files, SIGNATURE);
  if (Object.keys(said).sort().join() !== "format,key,manifest,signature" || !Object.values(said).every(isText))
    throw new Broken("unreadable", SIGNATURE);
  if (said.format !== FORMAT) throw new Broken("format", SIGNATURE, FORMAT, said.format.slice(0, 100));
  const raw = await shortContent(files, MANIFEST);
  const digest = hex(await sha256(raw));
  if (digest !== said.manifest) throw new Broken("manifest", MANIFEST, said.manifest.slice(0, 100), digest);
  if (canSign && !(await isSignedBy(said.key, said.signature, { format: FORMAT, manifest: digest })))
    throw new Broken("signature", SIGNATURE, await fingerprint(said.key));
  const manifest = jsonIn(raw, MANIFEST);
  requireShape(manifest);
  return { manifest, key: said.key };
}

function requireShape(manifest) {
  if (manifest.format !== FORMAT) throw new Broken("format", MANIFEST, FORMAT, String(manifest.format).slice(0, 100));
  const isFile = (each) => haveTexts(each, "name", "sha256", "bytes") && isName(each.name) && !BESIDE.includes(each.name);
  const fits =
    haveTexts(manifest, "number", "variant", "asked_at") &&
    haveTexts(manifest.agency, "code", "name") &&
    (manifest.timestamp === null || isText(manifest.timestamp)) &&
    allAre(manifest.files, isFile) &&
    manifest.files.length <= MOST_FILES &&
    allAre(manifest.left_out, (each) => isText(each.sha256)) &&
    allAre(manifest.chains, (each) => haveTexts(each, "subject", "id", "events", "digest"));
  if (!fits) throw new Broken("unreadable", MANIFEST);
}

async function knownKey(files, key, known, canSign) {
  if (!known.length || !canSign) return null;
  const held = files.has(KEYS) ? (await readJson(files, KEYS)).statements : [];
  const isStatement = (each) => Object.values(each).every(isText) && isText(each.format);
  if (!allAre(held, isStatement) || held.length > MOST_STATEMENTS) throw new Broken("unreadable", KEYS);
  const way = await reach(key, known, held);
  if (way !== "given" && way !== "vouched") throw new Broken("key", SIGNATURE, known.join(" "), await fingerprint(key));
  return way;
}

// --- the files ---

async function filesAreWhole(files, manifest) {
  for (const file of manifest.files) {
    if (!files.has(file.name)) throw new Broken("missing", file.name, file.sha256);
    const content = await contentOf(files, file.name);
    const found = hex(await sha256(content));
    if (found !== file.sha256) {
      if (file.name === EVENTS) await chainsAreWhole(await readJson(files, EVENTS), manifest);
      throw new Broken("altered", file.name, file.sha256, found);
    }
    if (String(content.byteLength) !== file.bytes) throw new Broken("altered", file.name, file.bytes, content.byteLength);
  }
  const names = new Set([...manifest.files.map((each) => each.name), ...BESIDE]);
  for (const name of files.keys()) if (!names.has(name)) throw new Broken("added", name);
}

// --- the events ---

// Rows that are withheld stand under one digest, which says how many it covers.
const countOf = (event) => ("row" in event ? 1 : Number(event.covers));

function isEvent(event) {
  if (!isText(event.digest)) return false;
  if (!("row" in event)) return isText(event.covers) && /^[1-9][0-9]{0,5}$/.test(event.covers);
  const { row } = event;
  return haveTexts(row, "seq", "subject_type", "subject_id") && isObject(row.details) && "note_digest" in row;
}

async function chainsAreWhole(events, manifest) {
  if (!allAre(events.chains, (each) => haveTexts(each, "subject", "id") && allAre(each.events, isEvent)))
    throw new Broken("unreadable", EVENTS);
  const given = new Map(events.chains.map((each) => [called(each), each]));
  const counted = { events: 0, withheld: 0, chains: manifest.chains.length };
  for (const head of manifest.chains) {
    const chain = given.get(called(head));
    if (!chain) throw new Broken("chain_missing", called(head));
    given.delete(called(head));
    await follow(head, chain.events);
    for (const each of chain.events) {
      counted.events += countOf(each);
      if (!each.row) counted.withheld += countOf(each);
    }
  }
  for (const name of given.keys()) throw new Broken("chain_added", name);
  return counted;
}

async function follow(head, events) {
  let [before, place] = [NONE, 0];
  for (const event of events) {
    const { row, digest } = event;
    place += countOf(event);
    const name = `${called(head)} ${place}`;
    if (row) {
      if (row.seq !== String(place) || row.subject_type !== head.subject || row.subject_id !== head.id)
        throw new Broken("order", name, place, row.seq);
      const found = await digestOf(before + canonical(row));
      if (found !== digest) throw new Broken("event", name, digest, found);
    }
    before = digest;
  }
  if (String(place) !== head.events) throw new Broken("tail", called(head), head.events, place);
  if (before !== head.digest) throw new Broken("head", called(head), head.digest, before);
}

const rowsOf = (events) => events.chains.flatMap((each) => each.events).flatMap(({ row }) => (row ? [row] : []));

function eventsNameTheFiles(events, manifest) {
  const named = new Set(rowsOf(events).map((row) => row.details.sha256));
  for (const file of manifest.files)
    if (file.recorded === "yes" && !named.has(file.sha256)) throw new Broken("not_recorded", file.name, file.sha256);
}

function isProof(proof) {
  const isStep = (each) => ["left", "right"].includes(each.side) && isText(each.hash) && IS_HASH.test(each.hash);
  return (
    isObject(proof) &&
    Array.isArray(proof.leaf) && proof.leaf.length === 5 && proof.leaf.every(isText) &&
    allAre(proof.path, isStep) && proof.path.length <= DEEPEST &&
    haveTexts(proof.root, "day", "root", "key", "signature")
  );
}

async function rootsVouch(events, canSign) {
  let proved = 0;
  for (const chain of events.chains) {
    const { proof } = chain;
    if (proof === null || proof === undefined) continue;
    if (!isProof(proof)) throw new Broken("unreadable", EVENTS);
    const [kind, key, seq, digest] = proof.leaf;
    let place = 0;
    const stood = chain.events.find((each) => String((place += countOf(each))) === seq)?.digest;
    if (kind !== chain.subject || key !== chain.id || stood !== digest)
      throw new Broken("leaf", `${called(chain)} ${seq}`.slice(0, 100), stood ?? "", digest.slice(0, 100));
    const found = await rootFrom(proof.leaf, proof.path);
    const { key: signer, signature, ...body } = proof.root;
    if (found !== body.root) throw new Broken("path", called(chain), body.root, found);
    if (canSign && !(await isSignedBy(signer, signature, body))) throw new Broken("root", called(chain), await fingerprint(signer));
    proved += 1;
  }
  return proved;
}

async function notesAreThose(files, events) {
  if (!files.has(NOTES)) return;
  const { notes } = await readJson(files, NOTES);
  if (!allAre(notes, (each) => haveTexts(each, "digest", "salt", "text"))) throw new Broken("unreadable", NOTES);
  const named = new Set(rowsOf(events).map((row) => row.note_digest));
  for (const { digest, salt, text } of notes) {
    const found = await digestOf(salt + text);
    if (found !== digest || !named.has(digest)) throw new Broken("note", NOTES, digest.slice(0, 100), found);
  }
}

// --- the time stamp (RFC 3161, in DER): what it is of, and when. Who signed it is the command's to say ---

function partsOf({ view, begin, end }) {
  const parts = [];
  for (let at = begin; at < end; ) {
    const tag = view[at];
    let [length, body] = [view[at + 1], at + 2];
    if (length > 127) {
      const many = length & 127;
      if (many > 4) throw new RangeError("too long");
      length = view.slice(body, body + many).reduce((sum, byte) => sum * 256 + byte, 0);
      body += many;
    }
    if (!(body + length <= end)) throw new RangeError("cut short");
    parts.push({ tag, view, begin: body, end: body + length });
    at = body + length;
  }
  return parts;
}

const bodyOf = ({ view, begin, end }) => view.slice(begin, end);

function toldByStamp(view) {
  const [response] = partsOf({ view, begin: 0, end: view.length });
  const [status, token] = partsOf(response);
  if (bodyOf(partsOf(status)[0])[0] > 1) throw new RangeError("not granted");
  const [signed] = partsOf(partsOf(token)[1]);
  const content = partsOf(partsOf(signed)[2])[1];
  const [info] = partsOf(partsOf(content)[0]);
  const [, , imprint, , time] = partsOf(info);
  const hash = hex(bodyOf(partsOf(imprint)[1]));
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(new TextDecoder().decode(bodyOf(time)));
  return { hash, at: `${y}-${mo}-${d}T${h}:${mi}:${s}Z` };
}

async function timeStamp(files) {
  if (!files.has(STAMP)) return null;
  const wanted = hex(await sha256(await contentOf(files, SIGNATURE)));
  let told;
  try {
    told = toldByStamp(new Uint8Array(await shortContent(files, STAMP)));
  } catch (wrong) {
    throw wrong instanceof Broken ? wrong : new Broken("unreadable", STAMP);
  }
  if (told.hash !== wanted) throw new Broken("stamp_of_another", STAMP, wanted, told.hash.slice(0, 100));
  return told.at;
}

// --- all of it ---

async function check(open, known) {
  const told = { canSign: await canCheck() };
  try {
    const files = await open();
    const { manifest, key } = await signedManifest(files, told.canSign);
    Object.assign(told, { manifest, fingerprint: await fingerprint(key) });
    told.way = await knownKey(files, key, known, told.canSign);
    await filesAreWhole(files, manifest);
    const events = await readJson(files, EVENTS);
    told.counted = await chainsAreWhole(events, manifest);
    eventsNameTheFiles(events, manifest);
    told.proved = await rootsVouch(events, told.canSign);
    await notesAreThose(files, events);
    told.stamp = await timeStamp(files);
  } catch (broken) {
    if (!(broken instanceof Broken)) throw broken;
    return { ...told, found: "broken", problem: broken.problem };
  }
  return { ...told, found: told.way ? "holds" : "unknown", problem: null };
}
