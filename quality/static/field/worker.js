// The service worker: the pages of the field as they were last, when there is no network; and the queue, when a browser
// wakes us for it. It keeps what the server names (`/desk/field/kept`) as the server makes it to be kept: without names,
// without tokens. Everything else is only passed through.

import { drain } from "/static/field/queue.js";
import * as shelf from "/static/field/shelf.js";

const RELEASE = new URL(location.href).searchParams.get("release");
const FILES = `mingcha files ${RELEASE}`;
const PAGES = "mingcha pages ";
const LIST = "/desk/field/kept";
const NOT_KEPT = "/desk/field/not-kept";
const PATIENCE = 5000; // milliseconds, after which what is kept is shown
const WHERE = { uploads: "/api/v1/uploads", pieces: "/api/v1/pieces" };
const AS_OF = "Mingcha-As-Of";

addEventListener("install", (event) => event.waitUntil(skipWaiting()));
addEventListener("activate", (event) => event.waitUntil(tidy().then(() => clients.claim())));

async function tidy() {
  for (const name of await caches.keys()) if (name.startsWith("mingcha files ") && name !== FILES) await caches.delete(name);
}

async function forgetPages(but = "") {
  for (const name of await caches.keys()) if (name.startsWith(PAGES) && name !== PAGES + but) await caches.delete(name);
}

// --- while a page asks ---

addEventListener("fetch", (event) => {
  const { request } = event;
  const asked = new URL(request.url);
  if (asked.origin !== location.origin) return;
  if (request.method === "POST" && asked.pathname === "/account/sign-out") event.waitUntil(forgetPages());
  const isForm = request.method === "POST" && request.mode === "navigate" && asked.pathname.startsWith("/desk/");
  if (isForm && !navigator.onLine) event.respondWith(form(request));
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (/^\/(static|bootstrap)\//.test(asked.pathname)) event.respondWith(file(request));
});

/** A form that was sent before its page could keep it: back to that page, which says so. */
async function form(request) {
  const from = request.referrer;
  try {
    return await fetch(request);
  } catch (gone) {
    if (from && (await keptPage(from))) return Response.redirect(`${from.split("#")[0]}#not-sent`, 303);
    throw gone;
  }
}

const inTime = (request) => fetch(request, { signal: AbortSignal.timeout(PATIENCE) });

async function page(request) {
  const kept = await keptPage(request.url);
  try {
    return kept ? await answered(fetch(request)) : await fetch(request);
  } catch (gone) {
    const shown = kept ?? (await keptPage(NOT_KEPT));
    if (shown) return shown;
    throw gone;
  }
}

/** A navigation cannot be given a signal: whoever waits too long is shown what is kept. */
const answered = (asked) =>
  Promise.race([asked, new Promise((_done, late) => setTimeout(() => late(new Error("slow")), PATIENCE))]);

async function keptPage(address) {
  for (const name of await caches.keys()) {
    if (!name.startsWith(PAGES)) continue;
    const found = await (await caches.open(name)).match(address, { ignoreSearch: true, ignoreVary: true });
    if (found) return found;
  }
  return undefined;
}

async function file(request) {
  const held = await caches.open(FILES);
  try {
    const came = await inTime(request);
    if (came.ok) await held.put(request, came.clone()).catch(() => {}); // a full disk takes nothing away from a page
    return came;
  } catch (gone) {
    const found = await held.match(request, { ignoreSearch: true, ignoreVary: true });
    if (found) return found;
    throw gone;
  }
}

// --- what is kept ---

async function refresh() {
  const answer = await fetch(LIST, { headers: { Accept: "application/json" }, cache: "no-store", redirect: "manual" });
  if (!answer.ok) return; // the sitting has ended: what is kept is still this person's
  const list = await answer.json();
  const phone = await shelf.phone();
  if (!phone || phone.person !== list.person) return forgetPages();
  await forgetPages(list.person);
  const held = await caches.open(PAGES + list.person);
  const wanted = new Map(list.pages.map((each) => [new URL(each.address, location.origin).href, each.as_of]));
  for (const known of await held.keys()) if (!wanted.has(known.url)) await held.delete(known);
  for (const [address, asOf] of wanted) await keepPage(held, address, asOf);
  const files = await caches.open(FILES);
  for (const each of list.files) if (!(await files.match(each))) await files.add(each);
}

async function keepPage(held, address, asOf) {
  const before = await held.match(address);
  if (before?.headers.get(AS_OF) === asOf) return;
  const came = await fetch(address, { headers: { "Mingcha-Keep": "1" }, cache: "no-store", redirect: "manual" });
  if (!came.ok || came.headers.get("Mingcha-Kept") !== "1") return;
  const headers = new Headers(came.headers);
  headers.set(AS_OF, asOf);
  headers.delete("Set-Cookie");
  await held.put(address, new Response(await came.blob(), { status: 200, headers }));
}

const refreshed = () => navigator.locks.request("mingcha pages", refresh);

addEventListener("message", (event) => {
  if (event.data === "keep") event.waitUntil(refreshed().then(() => event.source?.postMessage("kept"), () => {}));
  if (event.data === "forget") event.waitUntil(forgetPages().then(() => event.source?.postMessage("forgotten")));
});

// --- when the browser says that there is a network again ---

addEventListener("sync", (event) => {
  if (event.tag === "mingcha-queue") event.waitUntil(drain(WHERE).then((wait) => wait && Promise.reject(new Error("later"))));
});
