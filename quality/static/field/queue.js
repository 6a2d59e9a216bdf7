// What was done without network, or with one that may go away: sealed, kept, sent by itself, in its order, once.

import { CHUNK, sealed, sealedSize } from "./envelope.js";
import { sha256 } from "./sha256.js";
import * as shelf from "./shelf.js";
import { asked, Refused, send } from "./tus.js";

const LONGEST = 5 * 60; // seconds between two tries
const ASK = 50; // pieces in one question
const GOES = ["here", "going"]; // bytes of it are still to be sent
export const WAITS = [...GOES, "sent"];
const HEAD = sealedSize(0) - 16;
const PART = CHUNK + 16; // bytes of a sealed chunk

const heard = new BroadcastChannel("mingcha-field");
const listeners = new Set();
const tell = () => {
  heard.postMessage("changed");
  for (const each of listeners) each();
};
heard.onmessage = () => listeners.forEach((each) => each());

/** Call when something of the queue has changed, on whichever page. */
export const onChange = (listener) => listeners.add(listener);

// --- in ---

/** Keep a piece: `told` is what only the server reads, `about` what this phone's own list says of it. */
export async function keep(phone, told, about, file) {
  const id = crypto.randomUUID();
  const row = { id, person: phone.person, state: "sealing", about, at: Date.now(), bytes: 0, tries: 0 };
  return navigator.locks.request(`mingcha sealing ${id}`, async () => {
    const seq = await shelf.add(row);
    try {
      const said = file ? { sha256: await sha256(file) } : { sha256: null };
      let place = 0;
      let bytes = 0;
      for await (const part of sealed(phone.key, { piece: id, ...told, ...said }, file)) {
        await shelf.addPart(seq, place++, part);
        bytes += part.length;
      }
      await shelf.change(seq, { state: "here", bytes });
    } catch (wrong) {
      await shelf.remove(seq);
      throw wrong;
    }
    tell();
    return id;
  });
}

/** What a killed page left half sealed was never said to be kept. */
async function sweep(rows) {
  for (const each of rows.filter((row) => row.state === "sealing"))
    await navigator.locks.request(`mingcha sealing ${each.id}`, { ifAvailable: true }, (free) => free && shelf.remove(each.seq));
  const old = Date.now() - 3 * 24 * 3600 * 1000;
  for (const each of rows.filter((row) => row.state === "safe" && row.at < old)) await shelf.remove(each.seq);
}

// --- out ---

const isMove = (row) => row.about.does !== "evidence";

/** Whether it must wait for another: a deed follows all that was done for its task before it. */
export function isHeld(row, rows) {
  if (!isMove(row)) return false;
  const before = rows.filter((each) => each.seq < row.seq && each.about.task === row.about.task);
  return before.some((each) => WAITS.includes(each.state) || (each.state === "refused" && isMove(each)));
}

async function reader(row, offset, many) {
  const place = offset < HEAD + PART ? 0 : 1 + Math.floor((offset - HEAD - PART) / PART);
  const found = await shelf.parts(row.seq, place, many);
  const begins = place === 0 ? 0 : HEAD + place * PART;
  return new Blob(found.map((part) => part.bytes)).slice(offset - begins).arrayBuffer();
}

async function sendOne(row, phone, where) {
  await shelf.change(row.seq, { state: "going" });
  tell();
  const begun = (location) => shelf.change(row.seq, { location });
  await send(where.uploads, phone.token, row, (offset, many) => reader(row, offset, many), begun);
  await shelf.change(row.seq, { state: "sent" });
  tell();
}

/** What became of what was sent, and whether what was refused is mended. True if anything is known now that was not. */
async function ask(rows, phone, where) {
  let news = false;
  for (let from = 0; from < rows.length; from += ASK) {
    const some = rows.slice(from, from + ASK);
    const answer = await asked(`${where.pieces}?ids=${some.map((row) => row.id).join(",")}`, phone.token, {
      headers: { "Accept-Language": phone.language },
    });
    const { items, key } = await answer.json();
    if (key.id !== phone.key.id) await shelf.keepPhone(Object.assign(phone, { key }));
    const told = new Map(items.map((each) => [each.id, each]));
    for (const row of some) news = (await learn(row, told.get(row.id))) || news;
  }
  if (news) tell();
  return news;
}

async function learn(row, told) {
  if (!told) {
    if (row.state === "sent") await shelf.change(row.seq, { state: "here", location: null }); // it is not known there
    return row.state === "sent";
  }
  if (told.settled) {
    await shelf.remove(row.seq); // mended on its page, or put aside there
    return true;
  }
  if (row.state === told.state || !["safe", "refused"].includes(told.state)) return false;
  const outcome = { state: told.state, reason: told.reason ?? "", page: told.mend ?? "", settledAt: Date.now() };
  await shelf.change(row.seq, outcome);
  await shelf.dropParts(row.seq);
  return true;
}

async function refuse(row, refused) {
  await shelf.change(row.seq, { state: "refused", reason: refused.message, page: "", settledAt: Date.now() });
  await shelf.dropParts(row.seq);
  tell();
}

/** One piece sent, or one question asked. False: nothing is left to do; a number: seconds to wait. */
async function step(phone, where) {
  const rows = (await shelf.pieces()).filter((row) => row.person === phone.person);
  const next = rows.find((row) => GOES.includes(row.state) && !isHeld(row, rows));
  const sent = rows.filter((row) => row.state === "sent");
  if (!next && !sent.length) return false;
  try {
    if (next) await sendOne(next, phone, where);
    else if (!(await ask(sent, phone, where))) return 2;
  } catch (wrong) {
    if (!(wrong instanceof Refused) || wrong.wait !== null || wrong.status === 401 || !next) throw wrong;
    await refuse(next, wrong); // it will never be taken as it is
  }
  return true;
}

/** Send all that can be sent. One page at a time does; seconds after which to come again, or null when all is done. */
export function drain(where, tries = 0) {
  return navigator.locks.request("mingcha queue", async () => {
    const phone = await shelf.phone();
    await sweep(await shelf.pieces());
    if (!phone || phone.withdrawn) return null;
    const backoff = Math.min(LONGEST, 2 ** tries) * (0.75 + Math.random() / 2);
    try {
      const refused = (await shelf.pieces()).filter((row) => row.person === phone.person && row.state === "refused" && row.page);
      if (refused.length) await ask(refused, phone, where);
      for (let more = true; more; ) {
        more = await step(phone, where);
        if (typeof more === "number") return Math.max(more, backoff);
      }
      return null;
    } catch (wrong) {
      for (const row of await shelf.pieces()) if (row.state === "going") await shelf.change(row.seq, { state: "here" });
      if (wrong.status === 401) await shelf.keepPhone({ ...phone, withdrawn: true });
      tell();
      return wrong.status === 401 ? null : Math.max(wrong.wait ?? 0, backoff);
    }
  });
}

/** What a person has seen and mended, or no longer wants to see. */
export async function putAway(seq) {
  await shelf.remove(seq);
  tell();
}
