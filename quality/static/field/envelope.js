// A piece, sealed to the server's public key before it is kept: nobody reads what waits on a phone, the phone included.
//
// MCS1 · key id (8) · ephemeral P-256 key (65, uncompressed) · nonce prefix (7) · chunks of AES-256-GCM, 1 MiB of
// plaintext each; nonce = prefix ‖ counter (4, big-endian) ‖ 1 for the last, else 0 (STREAM: Hoang, Reyhanitabar,
// Rogaway and Vizár, CRYPTO 2015). Inside: length of the JSON (4, big-endian) ‖ JSON ‖ the bytes of the file.

export const CHUNK = 1024 * 1024; // bytes of plaintext
const TAG = 16;
const HEAD = 4 + 8 + 65 + 7;
const utf8 = new TextEncoder();

export const unhex = (text) => Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));

export const unbase64 = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

async function keyFor(server, keyId) {
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const own = await crypto.subtle.generateKey(curve, false, ["deriveBits"]);
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", own.publicKey));
  const theirs = await crypto.subtle.importKey("raw", server, curve, false, []);
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, own.privateKey, 256);
  const secret = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const info = joined(utf8.encode("mingcha piece 1"), keyId, point);
  const made = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info };
  const key = await crypto.subtle.deriveKey(made, secret, { name: "AES-GCM", length: 256 }, false, ["encrypt"]);
  return { point, key };
}

/** How many bytes come of `plain` bytes. */
export const sealedSize = (plain) => HEAD + plain + TAG * Math.max(1, Math.ceil(plain / CHUNK));

/** The sealed bytes, a chunk after the other; the first has the head before it. `file` may be null. */
export async function* sealed({ id, public: server }, told, file) {
  const keyId = unhex(id);
  const prefix = crypto.getRandomValues(new Uint8Array(7));
  const { point, key } = await keyFor(unbase64(server), keyId);
  const json = utf8.encode(JSON.stringify(told));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, json.length);
  const whole = new Blob([length, json, ...(file ? [file] : [])]);
  let head = joined(utf8.encode("MCS1"), keyId, point, prefix);
  const many = Math.max(1, Math.ceil(whole.size / CHUNK));
  for (let place = 0; place < many; place++) {
    const nonce = new Uint8Array(12);
    nonce.set(prefix);
    new DataView(nonce.buffer).setUint32(7, place);
    nonce[11] = place === many - 1 ? 1 : 0;
    const plain = await whole.slice(place * CHUNK, (place + 1) * CHUNK).arrayBuffer();
    const hidden = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, key, plain));
    yield joined(head, hidden);
    head = new Uint8Array();
  }
}
