// Lets the checklist of a visit open without a network. It only reads what field.js put in the cache, and only below
// its own path; what changes something goes past it.

const CACHE = "voordeur-veld";
const PATIENCE = 5000;

const kept = async (request) => (await caches.open(CACHE)).match(request, { ignoreVary: true });
const after = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The page of the server; without a network, or when it takes long, the one that was kept. */
async function page(request) {
  const held = await kept(request.url.split(/[?#]/)[0]);
  const fresh = fetch(request);
  if (!held) return fresh;
  const answer = await Promise.race([fresh.catch(() => null), after(PATIENCE)]);
  return answer && answer.status < 500 ? answer : held;
}

/** A built file: its address changes when it does. */
async function file(request) {
  return (await kept(request)) ?? fetch(request);
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate" && request.url.startsWith(self.registration.scope))
    event.respondWith(page(request));
  else if (pathname.startsWith("/static/")) event.respondWith(file(request));
});
