// tus 1.0, as much of it as a queue needs: create, ask how far it came, send on from there.

const VERSION = "1.0.0";
const ONE_REQUEST = 4; // parts of a mebibyte

/** What the server said no to. `wait`: seconds after which it may be asked again; null: never, as it is. */
export class Refused extends Error {
  constructor(status, said, wait) {
    super(said);
    this.name = "Refused";
    this.status = status;
    this.wait = wait;
  }
}

const base64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));
const LATER = new Set([408, 409, 423, 425, 429, 460, 500, 502, 503, 504, 507]);

export async function asked(address, token, init = {}) {
  const answer = await fetch(address, {
    ...init,
    cache: "no-store",
    credentials: "omit",
    headers: { Authorization: `Bearer ${token}`, Accept: "application/json", ...init.headers },
  });
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({}));
  const wait = Number(answer.headers.get("Retry-After")) || 5;
  const refused = new Refused(answer.status, problem.detail || problem.title || "", LATER.has(answer.status) ? wait : null);
  refused.location = answer.headers.get("Location");
  throw refused;
}

const spoken = (init, headers) => ({ ...init, headers: { "Tus-Resumable": VERSION, ...headers } });

/** Where the bytes are to go, and how many are there already. */
export async function create(address, token, piece, bytes, first) {
  const headers = { "Upload-Length": String(bytes), "Upload-Metadata": `piece ${btoa(piece)}` };
  if (first) headers["Content-Type"] = "application/offset+octet-stream";
  try {
    const answer = await asked(address, token, spoken({ method: "POST", body: first ?? null }, headers));
    return { location: answer.headers.get("Location"), offset: Number(answer.headers.get("Upload-Offset") ?? 0) };
  } catch (refused) {
    if (refused.status !== 409 || !refused.location) throw refused;
    return { location: refused.location, offset: await come(refused.location, token) }; // begun before, and killed
  }
}

/** How many bytes have come; null where it is not there any more. */
export async function come(location, token) {
  try {
    const answer = await asked(location, token, spoken({ method: "HEAD" }));
    return Number(answer.headers.get("Upload-Offset"));
  } catch (refused) {
    if ([404, 410].includes(refused.status)) return null;
    throw refused;
  }
}

/** Some bytes more; how many are there now. */
export async function append(location, token, offset, bytes) {
  const sum = base64(await crypto.subtle.digest("SHA-256", bytes));
  const headers = {
    "Upload-Offset": String(offset),
    "Upload-Checksum": `sha256 ${sum}`,
    "Content-Type": "application/offset+octet-stream",
  };
  const answer = await asked(location, token, spoken({ method: "PATCH", body: bytes }, headers));
  return Number(answer.headers.get("Upload-Offset"));
}

/** All bytes of a piece, on from wherever a page was killed. `read(offset, many)` gives bytes of it from there. */
export async function send(address, token, piece, read, begun) {
  let { location } = piece;
  let offset = location ? await come(location, token) : null;
  if (offset === null) {
    ({ location, offset } = await create(address, token, piece.id, piece.bytes, await read(0, ONE_REQUEST)));
    if (offset === null) throw new Refused(410, "", 1);
    await begun(location);
  }
  while (offset < piece.bytes) {
    const from = offset;
    offset = await append(location, token, from, await read(from, ONE_REQUEST));
    if (!(offset > from)) throw new Refused(409, "", 5);
  }
}
