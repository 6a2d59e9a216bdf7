// What this phone keeps, in IndexedDB: who it is to the server, the pieces that wait, and their sealed bytes.

const NAME = "mingcha-field";
let opened;

function database() {
  opened ??= new Promise((done, failed) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("pieces", { keyPath: "seq", autoIncrement: true });
      asked.result.createObjectStore("parts", { keyPath: ["seq", "place"] });
      asked.result.createObjectStore("phone", { keyPath: "name" });
    };
    asked.onsuccess = () => {
      asked.result.onversionchange = () => asked.result.close(); // a newer page wants to change it
      done(asked.result);
    };
    asked.onerror = () => failed(asked.error);
  });
  return opened;
}

async function within(mode, work) {
  const held = await database();
  return new Promise((done, failed) => {
    // what is said to be on this phone is on its disk
    const all = held.transaction(["pieces", "parts", "phone"], mode, { durability: "strict" });
    let answer;
    all.oncomplete = () => done(answer?.result);
    all.onerror = all.onabort = () => failed(all.error ?? new DOMException("", "AbortError"));
    answer = work(all.objectStore("pieces"), all.objectStore("parts"), all.objectStore("phone"));
  });
}

const ofPiece = (seq) => IDBKeyRange.bound([seq, 0], [seq, Infinity]);

export const phone = () => within("readonly", (_pieces, _parts, one) => one.get("me"));
export const keepPhone = (row) => within("readwrite", (_pieces, _parts, one) => one.put({ ...row, name: "me" }));

/** All that waits or was sent, in the order in which it was done. */
export const pieces = () => within("readonly", (all) => all.getAll());

/** A row more; its number in the order. */
export const add = (row) => within("readwrite", (all) => all.add(row));

export const addPart = (seq, place, bytes) => within("readwrite", (_all, parts) => parts.add({ seq, place, bytes }));

/** Some fields of a row; nothing where the row is gone. */
export const change = (seq, fields) =>
  within("readwrite", (all) => {
    const found = all.get(seq);
    found.onsuccess = () => found.result && all.put({ ...found.result, ...fields });
    return found;
  });

/** Its bytes from a place on, of at most `many` parts. */
export const parts = (seq, place, many) =>
  within("readonly", (_all, parts) => parts.getAll(IDBKeyRange.bound([seq, place], [seq, Infinity]), many));

export const dropParts = (seq) => within("readwrite", (_all, parts) => parts.delete(ofPiece(seq)));

export const remove = (seq) =>
  within("readwrite", (all, parts) => {
    parts.delete(ofPiece(seq));
    return all.delete(seq);
  });

/** Whose phone it was is forgotten, and what the pieces are about. What waits stays sealed, for its own sender only. */
export const forget = () =>
  within("readwrite", (all, _parts, one) => {
    one.clear();
    const walk = all.openCursor();
    walk.onsuccess = () => {
      const at = walk.result;
      if (!at) return;
      const { seq, id, person, bytes, location, state, about } = at.value;
      if (["here", "going", "sent"].includes(state)) at.update({ seq, id, person, bytes, location, state, about: { does: about.does } });
      else at.delete();
      at.continue();
    };
    return undefined;
  });
