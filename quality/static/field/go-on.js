// At the door: what waits on this telephone is sent although nobody is signed in. Its token is good for nothing else.

import { drain } from "./queue.js";

const where = { uploads: "/api/v1/uploads", pieces: "/api/v1/pieces" };

async function goOn(tries) {
  const wait = await drain(where, tries);
  if (wait !== null) setTimeout(goOn, wait * 1000, tries + 1);
}

const there = (await indexedDB.databases?.()) ?? [{ name: "mingcha-field" }];
if (there.some((each) => each.name === "mingcha-field")) {
  addEventListener("online", () => goOn(0));
  goOn(0);
}
