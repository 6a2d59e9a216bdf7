// SHA-256 of a file that is never in memory as a whole (FIPS 180-4): WebCrypto digests only what it holds at once.

const PRIMES = [];
for (let number = 2; PRIMES.length < 64; number++) if (PRIMES.every((prime) => number % prime)) PRIMES.push(number);
const fraction = (root) => ((root - Math.floor(root)) * 2 ** 32) | 0;
const ROUND = Int32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)));
const BEGIN = Int32Array.from(PRIMES.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));
const BLOCK = 64; // bytes
const READ = 4 * 1024 * 1024; // bytes at a time

function mix(state, words, view, at) {
  for (let t = 0; t < 16; t++) words[t] = view.getInt32(at + 4 * t);
  for (let t = 16; t < 64; t++) {
    const a = words[t - 15];
    const b = words[t - 2];
    const first = ((a >>> 7) | (a << 25)) ^ ((a >>> 18) | (a << 14)) ^ (a >>> 3);
    const second = ((b >>> 17) | (b << 15)) ^ ((b >>> 19) | (b << 13)) ^ (b >>> 10);
    words[t] = (words[t - 16] + first + words[t - 7] + second) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let t = 0; t < 64; t++) {
    const turned = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const one = (h + turned + ((e & f) ^ (~e & g)) + ROUND[t] + words[t]) | 0;
    const other = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const two = (other + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, place) => (state[place] = (state[place] + word) | 0));
}

/** Of a Blob, in lower-case hexadecimal. */
export async function sha256(file) {
  const state = BEGIN.slice();
  const words = new Int32Array(64);
  for (let from = 0; from < file.size; from += READ) {
    const view = new DataView(await file.slice(from, from + READ).arrayBuffer());
    for (let at = 0; at + BLOCK <= view.byteLength; at += BLOCK) mix(state, words, view, at);
  }
  const rest = new Uint8Array(await file.slice(file.size - (file.size % BLOCK)).arrayBuffer());
  const last = new DataView(new ArrayBuffer(rest.length + 9 > BLOCK ? 2 * BLOCK : BLOCK));
  rest.forEach((byte, place) => last.setUint8(place, byte));
  last.setUint8(rest.length, 0x80);
  last.setBigUint64(last.byteLength - 8, BigInt(file.size) * 8n);
  for (let at = 0; at < last.byteLength; at += BLOCK) mix(state, words, last, at);
  return [...state].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}
