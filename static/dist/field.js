// The checklist of a visit in the field: each note and photograph is put on the device first, and sent when there is a
// network. Each has a key of its own, so sending twice is once. What was accepted is erased here at once.

import { all, announce, make, makeButton, plainText, timeOf } from "./page.js?v=76ba8e9a";

const CACHE = "voordeur-veld";
const STORE = "entries";
const FLAG = "voordeur-veld";
const LONGEST_SIDE = 1600;
const AGAIN = 30000;

const device = document.querySelector("[data-field]");
const texts = JSON.parse(device.dataset.texts);
const text = (key, values = {}) => texts[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
const me = device.dataset.who;
const state = device.querySelector("[data-device-state]");
const acts = device.querySelector("[data-device-acts]");
const refused = device.querySelector("[data-device-refused]");
const points = all("[data-point]");

// --- what is on the device ---

const asked = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

let opened;
const database = () =>
  (opened ??= (() => {
    const request = indexedDB.open("voordeur-veld", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "attempt" });
    return asked(request);
  })());

async function within(mode, act) {
  const transaction = (await database()).transaction(STORE, mode);
  const done = new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
  const result = await asked(act(transaction.objectStore(STORE)));
  await done;
  return result;
}

const everybodys = () => within("readonly", (store) => store.getAll());
/** Mine, the oldest first. */
const entries = async () =>
  (await everybodys()).filter((one) => one.who === me).sort((one, other) => one.at - other.at);
const keep = (entry) => within("readwrite", (store) => store.put(entry));
const forget = (attempt) => within("readwrite", (store) => store.delete(attempt));

// --- showing it ---

const labels = new Map(
  all("input[name=verdict]").map((input) => [input.value, input.labels[0].textContent.trim()]),
);

async function thumbnail(blob) {
  const canvas = make("canvas", "portal-fieldpoint__photo");
  const picture = await createImageBitmap(blob);
  const scale = 120 / picture.height;
  [canvas.width, canvas.height] = [Math.round(picture.width * scale), 120];
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return canvas;
}

async function shown(entry) {
  const item = make("li", "");
  const said = entry.problem ? text("refused", { why: entry.problem }) : text("kept_here");
  if (entry.kind === "photo") {
    item.append(await thumbnail(entry.blob), make("span", "portal-sub", text("photo", { time: timeOf(entry.at) })));
  } else {
    item.append(make("b", "", labels.get(entry.verdict) ?? entry.verdict), ` ${entry.note}`);
  }
  item.append(make("span", "portal-sub", said));
  if (entry.problem) item.append(makeButton(text("erase"), () => forget(entry.attempt).then(show)));
  return item;
}

const say = (message) => {
  if (state.textContent !== message) state.textContent = message;
};

async function show() {
  const held = await entries();
  localStorage.setItem(FLAG, (await everybodys()).length);
  for (const point of points) {
    const mine = held.filter((one) => one.visit === point.dataset.visit && one.point === point.dataset.point);
    point.querySelector("[data-here]").replaceChildren(...(await Promise.all(mine.map(shown))));
  }
  // On the list, and of points that this page does not show: only what was refused needs a person.
  const elsewhere = held.filter((one) => one.problem && !points.some((each) => each.dataset.point === one.point));
  refused.replaceChildren(...(await Promise.all(elsewhere.map(shown))));
  return held;
}

const told = (held) =>
  say(text(held.length === 0 ? "none" : held.length === 1 ? "count" : "counts", { count: held.length }));

// --- sending it ---

/** Who is signed in, a token and the visits to record; null without a network. Throws 'signed_out'. */
async function standing() {
  let answer;
  try {
    answer = await fetch(device.dataset.field, { headers: { Accept: "text/plain" }, redirect: "manual" });
  } catch {
    return null;
  }
  if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403)
    throw new Error("signed_out");
  return answer.ok ? answer.json() : null;
}

function send(entry, token) {
  const age = Math.max(0, Math.round((Date.now() - entry.at) / 1000));
  const path = `${device.dataset.scope}${entry.visit}/punten/${entry.point}`;
  const headers = { Accept: "text/plain", "X-CSRFToken": token };
  if (entry.kind === "note") {
    const { attempt, verdict, note } = entry;
    return fetch(path, {
      method: "POST",
      body: new URLSearchParams({ attempt, verdict, note, age }),
      headers,
      redirect: "manual",
    });
  }
  return fetch(`${path}/fotos?${new URLSearchParams({ sleutel: entry.attempt, ouderdom: age })}`, {
    method: "PUT",
    body: entry.blob,
    headers: { ...headers, "X-File-Name": "foto.jpg", "Content-Type": "application/octet-stream" },
    redirect: "manual",
  });
}

/** Send everything. Gives false when it stopped half-way: then it is tried again later. */
async function sendAll(held, token) {
  for (const entry of held) {
    let answer;
    try {
      answer = await send(entry, token);
    } catch {
      return false;
    }
    if (answer.type === "opaqueredirect" || answer.status === 401) throw new Error("signed_out");
    if (answer.status >= 500 || answer.status === 429 || answer.status === 408) return false;
    if (answer.ok) await forget(entry.attempt);
    else {
      const why = plainText(answer.headers.get("Content-Type"), await answer.text(), String(answer.status));
      await keep({ ...entry, problem: why });
    }
  }
  return true;
}

let busy = null;
let wanted = false;

/** One at a time; what comes in meanwhile is sent after it. */
function sync() {
  wanted = true;
  return (busy ??= (async () => {
    try {
      while (wanted) {
        wanted = false;
        await once();
      }
    } finally {
      busy = null;
    }
  })());
}

async function once() {
  acts.replaceChildren();
  let found;
  try {
    found = await standing();
    const held = (await entries()).filter((one) => !one.problem);
    if (found && found.who !== me) return say(text("other"));
    if (found && held.length) {
      say(text("sending"));
      const isDone = await sendAll(held, found.token);
      await refresh();
      if (!isDone) found = null;
    }
  } catch (error) {
    if (error.message !== "signed_out") throw error;
    say(text("signed_out"));
    const link = make("a", "nl-link", text("sign_in_again"));
    [link.href, link.target] = ["/inloggen", "_blank"];
    acts.replaceChildren(link);
    await show();
    return;
  }
  const held = await show();
  if (found) {
    told(held);
    prepare(found.visits).catch(() => {}); // when the line breaks half-way, the next time goes on
  } else say(held.length ? `${text("offline")} ${text("counts", { count: held.length })}` : text("offline"));
}

// --- opening it without a network ---

/** What this page shows of the server, anew; and the page that opens without a network. */
async function refresh() {
  const path = location.pathname;
  const answer = await fetch(path).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  await (await caches.open(CACHE)).put(path, answer.clone());
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of all("[data-kept]")) {
    const fresh = page.getElementById(part.id);
    if (fresh) part.replaceWith(document.importNode(fresh, true));
  }
}

/** The files that a page loads, from its own markup. */
const files = (page) => [
  ...all("link[rel=stylesheet], link[rel=preload]", page).map((one) => one.getAttribute("href")),
  ...all("script[src]", page).map((one) => one.getAttribute("src")),
];

let prepared = "";
const registered = navigator.serviceWorker
  ?.register(device.dataset.worker, { scope: device.dataset.scope })
  .then(() => true, () => false);

/** Keep every visit that is still to be recorded, and nothing else; once, unless there are others now. */
async function prepare(visits) {
  if (prepared === visits.join() || !(await registered)) return;
  const cache = await caches.open(CACHE);
  const held = [];
  const pages = [device.dataset.scope, ...visits.map((one) => `${device.dataset.scope}${one}`)];
  const wantedFiles = new Set([
    ...performance.getEntriesByType("resource").map((one) => new URL(one.name)),
    ...files(document).map((one) => new URL(one, location.href)),
    new URL(device.dataset.icons, location.href),
  ].filter((one) => one.origin === location.origin && one.pathname.startsWith("/static/")).map(String));
  for (const path of pages) {
    const answer = await fetch(path).catch(() => null);
    if (!answer?.ok || answer.redirected) continue;
    await cache.put(path, answer.clone());
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const one of files(page)) wantedFiles.add(String(new URL(one, location.href)));
    held.push(path.slice(device.dataset.scope.length));
  }
  for (const one of wantedFiles) if (!(await cache.match(one, { ignoreVary: true }))) await cache.add(one);
  const allowed = new Set([...wantedFiles, ...pages.map((one) => String(new URL(one, location.href)))]);
  for (const request of await cache.keys()) if (!allowed.has(request.url)) await cache.delete(request);
  await navigator.serviceWorker.ready;
  prepared = visits.join();
  for (const one of held.filter(Boolean)) {
    const slot = document.querySelector(`[data-ready="${one}"]`);
    if (slot) slot.textContent = text("ready");
  }
}

// --- the forms ---

const newKey = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((one) => one.toString(16).padStart(2, "0")).join("");

async function add(point, entry) {
  const where = { visit: point.dataset.visit, point: point.dataset.point };
  await keep({ ...entry, ...where, attempt: newKey(), who: me, at: Date.now() });
  announce(text("added"));
  await show();
  sync();
}

function noteForm(point, form) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const data = new FormData(form);
    const verdict = data.get("verdict") ?? "";
    const note = data.get("note").trim();
    const said = form.querySelector("[data-said]");
    const problem = !verdict ? "choose" : verdict === "does_not_hold" && note.length < 10 ? "explain" : "";
    said.textContent = problem ? text(problem) : "";
    said.toggleAttribute("data-failed", Boolean(problem));
    if (problem) return;
    await add(point, { kind: "note", verdict, note });
    form.reset();
  });
}

/** Smaller, the right way up, and without what the camera wrote in it. */
async function drawn(file) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.round(picture.width * scale), Math.round(picture.height * scale)];
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
}

function photoForm(point, form) {
  const input = form.querySelector("input[type=file]");
  const hint = form.querySelector(".portal-hint");
  const usual = hint.textContent;
  const take = async () => {
    hint.textContent = usual;
    const chosen = [...input.files];
    input.value = "";
    for (const file of chosen) {
      try {
        await add(point, { kind: "photo", blob: await drawn(file) });
      } catch {
        hint.textContent = text("unreadable");
        announce(text("unreadable"));
      }
    }
  };
  input.addEventListener("change", take);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    take();
  });
}

// --- signing out erases ---

async function erase() {
  (await database()).close();
  await asked(indexedDB.deleteDatabase("voordeur-veld"));
  if ("caches" in window) await caches.delete(CACHE);
  for (const one of (await navigator.serviceWorker?.getRegistrations()) ?? []) await one.unregister();
  localStorage.removeItem(FLAG);
}

const leave = document.querySelector('form[action="/uitloggen"]');
leave?.addEventListener("submit", async (event) => {
  event.preventDefault();
  event.stopImmediatePropagation();
  await sync();
  const isThere = await standing().then(Boolean, () => true);
  if (!isThere) return say(text("leave_offline"));
  const held = await everybodys();
  const go = async () => {
    await erase();
    leave.submit();
  };
  if (!held.length) return go();
  say(text("leave", { count: held.length }));
  acts.replaceChildren(makeButton(text("leave_all_the_same"), go), makeButton(text("stay"), sync));
  acts.firstChild.focus();
});

// --- begin ---

// A browser that keeps nothing (a private window, say) goes the plain way: the forms are left as they are.
if (await database().then(() => true, () => false)) {
  for (const point of points) {
    for (const form of all("form[data-note]", point)) noteForm(point, form);
    for (const form of all("form[data-photos]", point)) photoForm(point, form);
  }
  await show();
  await sync();
  addEventListener("online", sync);
  addEventListener("focus", sync);
  setInterval(async () => (await entries()).length && sync(), AGAIN);
}
