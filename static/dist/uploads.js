// Upload: <form data-upload data-put=URL data-max=BYTES data-list=ID data-kind=KIND data-pieces=URL>.
// A small file goes as bare bytes in one PUT. A larger one goes in pieces (tus 1.0), so that a line that breaks costs
// no more than one piece; a PUT that names it then takes it in. Two files at a time; the others wait in a queue.

import { all, announce, csrfToken, make, makeButton, plainText, signInLink, text } from "./page.js?v=76ba8e9a";
import { seen } from "./session.js?v=e154dbab";

const PIECE = 1 << 20;
const AT_ONCE = 2;
const SHOWN_AT_ONCE = 50;
const PAUSES = [1000, 2000, 4000, 8000, 15000, 30000];
const KEPT_FOR = 24 * 3600 * 1000;
const TUS = { "Tus-Resumable": "1.0.0" };

/** The line broke, or the server is busy: the same request may work later. */
class Broken extends Error {}

/** The server said no, in words for a person. */
class Refused extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

// XMLHttpRequest because fetch cannot tell how far it is.
function send(method, url, { headers = {}, body = null, signal, onProgress } = {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    for (const [name, value] of Object.entries({ "X-CSRFToken": csrfToken, Accept: "text/plain", ...headers }))
      request.setRequestHeader(name, value);
    if (onProgress) request.upload.addEventListener("progress", (event) => onProgress(event.loaded));
    request.addEventListener("error", () => reject(new Broken()));
    request.addEventListener("timeout", () => reject(new Broken()));
    request.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
    request.addEventListener("load", () => {
      if (request.status >= 500 || request.status === 429 || request.status === 408) reject(new Broken());
      else if (request.status >= 400) {
        const type = request.getResponseHeader("Content-Type");
        reject(new Refused(plainText(type, request.responseText, text("connection")), request.status));
      } else {
        seen();
        resolve(request);
      }
    });
    signal?.addEventListener("abort", () => request.abort());
    request.send(body);
  });
}

const base64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));
// Only a page that came over a safe line may hash; elsewhere the pieces go without a checksum.
const sha256 = async (blob) => crypto.subtle?.digest("SHA-256", await blob.arrayBuffer());

/** What makes it the same file after the page was loaded again: name, size, moment, and its first bytes. */
async function fingerprint(form, file) {
  const first = await sha256(file.slice(0, 65536));
  const start = first ? base64(first) : "";
  return `portal-upload ${[form.dataset.kind, file.name, file.size, file.lastModified, start].join(" ")}`;
}

function remembered(key) {
  const [url, moment] = (localStorage.getItem(key) ?? "").split(" ");
  return url && Date.now() - Number(moment) < KEPT_FOR ? url : "";
}

function forgetOld() {
  for (const key of Object.keys(localStorage))
    if (key.startsWith("portal-upload ") && !remembered(key)) localStorage.removeItem(key);
}

/** Waits: longer each time, but no longer than until the line comes back. */
function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    addEventListener("online", resolve, { once: true });
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new DOMException("", "AbortError"));
    });
  });
}

/** Does `act` until it works. A broken line is waited out; a refusal goes on up. */
async function persist(act, signal, onWaiting) {
  for (let tries = 0; ; tries += 1) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof Broken) || tries >= 40) throw error;
      onWaiting();
      await pause(PAUSES[Math.min(tries, PAUSES.length - 1)], signal);
    }
  }
}

async function begin(form, file, signal) {
  const metadata = { filename: file.name, kind: form.dataset.kind };
  const encoded = Object.entries(metadata).map(
    ([name, value]) => `${name} ${base64(new TextEncoder().encode(value))}`,
  );
  const headers = { ...TUS, "Upload-Length": String(file.size), "Upload-Metadata": encoded.join(",") };
  const answer = await send("POST", form.dataset.pieces, { headers, signal });
  return answer.getResponseHeader("Location");
}

async function offsetOf(url, signal) {
  const answer = await send("HEAD", url, { headers: TUS, signal });
  return Number(answer.getResponseHeader("Upload-Offset"));
}

async function sendPiece(url, file, offset, signal, onProgress) {
  const blob = file.slice(offset, offset + PIECE);
  const digest = await sha256(blob);
  const headers = { ...TUS, "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" };
  if (digest) headers["Upload-Checksum"] = `sha256 ${base64(digest)}`;
  const answer = await send("PATCH", url, {
    headers,
    body: blob,
    signal,
    onProgress: (loaded) => onProgress(offset + loaded),
  });
  return Number(answer.getResponseHeader("Upload-Offset"));
}

/** Sends the pieces of a file; gives the address of the upload. Goes on where an earlier page was. */
async function inPieces(form, file, row, signal) {
  const key = await fingerprint(form, file);
  let url = remembered(key);
  let offset = 0;
  if (url) {
    try {
      offset = await persist(() => offsetOf(url, signal), signal, row.waiting);
      if (offset) row.note(text("resumed", { name: file.name }));
    } catch (error) {
      if (error.status !== 404) throw error;
      url = "";
    }
  }
  if (!url) {
    url = await persist(() => begin(form, file, signal), signal, row.waiting);
    localStorage.setItem(key, `${url} ${Date.now()}`);
  }
  row.onStop = () => {
    localStorage.removeItem(key);
    send("DELETE", url, { headers: TUS }).catch(() => {}); // else it is swept after a day
  };
  while (offset < file.size) {
    offset = await persist(
      async () => {
        try {
          return await sendPiece(url, file, offset, signal, row.progress);
        } catch (error) {
          // Something came in of which we did not hear, or a piece was damaged: ask where to go on.
          if (error instanceof Broken || error.status === 409 || error.status === 460)
            offset = await offsetOf(url, signal);
          throw error.status === 409 || error.status === 460 ? new Broken() : error;
        }
      },
      signal,
      row.waiting,
    );
    row.progress(offset);
  }
  row.onDone = () => localStorage.removeItem(key);
  return url.split("/").pop();
}

async function whole(form, file, row, signal) {
  const headers = {
    "X-File-Name": encodeURIComponent(file.name),
    "Content-Type": "application/octet-stream",
  };
  if (!form.dataset.pieces || file.size <= PIECE)
    return persist(
      () => send("PUT", form.dataset.put, { headers, body: file, signal, onProgress: row.progress }),
      signal,
      row.waiting,
    );
  headers["X-Upload"] = await inPieces(form, file, row, signal);
  return persist(() => send("PUT", form.dataset.put, { headers, signal }), signal, row.waiting);
}

// --- one line per file ---

function fileList(form) {
  const named = form.dataset.list && document.getElementById(form.dataset.list);
  if (named) return named;
  if (form.previousElementSibling?.matches("ul.portal-files")) return form.previousElementSibling;
  const list = document.createElement("ul");
  list.className = "portal-files";
  form.before(list);
  return list;
}

class Row {
  constructor(form, file) {
    this.form = form;
    this.file = file;
    this.stopping = new AbortController();
    this.announced = 0;
    this.element = make("li", "portal-file portal-file--info");
    this.body = make("div", "portal-file__body portal-file__body--wide");
    this.bar = make("progress", "portal-progress");
    this.bar.max = 100;
    this.bar.value = 0;
    this.bar.setAttribute("aria-label", text("uploading", { name: file.name }));
    this.said = make("p", "portal-hint", text("queued"));
    this.actions = make("div", "portal-file__actions");
    this.actions.append(makeButton(text("stop"), () => this.stop(), file.name));
    this.body.append(make("p", "portal-file__name", file.name), this.bar, this.said);
    this.element.append(this.body, this.actions);
    this.progress = this.progress.bind(this);
    this.waiting = this.waiting.bind(this);
  }

  note(message) {
    this.said.textContent = message;
  }

  waiting() {
    if (this.said.textContent !== text("waiting")) announce(text("waiting"));
    this.note(text("waiting"));
  }

  progress(bytes) {
    const percent = Math.min(100, Math.floor((bytes / this.file.size) * 100));
    this.bar.value = percent;
    if (this.said.textContent === text("waiting")) this.note("");
    if (percent - this.announced >= 25) {
      this.announced = percent;
      announce(text("progress", { name: this.file.name, percent }));
    }
  }

  stop() {
    this.stopping.abort();
    this.onStop?.();
    this.close();
    announce(text("stopped", { name: this.file.name }));
  }

  close() {
    this.isClosed = true;
    this.element.remove();
    this.form.querySelector("input[type=file]").focus();
    queue.tell();
  }

  fail(message, canRetry = true, ...more) {
    this.hasFailed = true;
    this.element.className = "portal-file portal-file--negative";
    this.bar.remove();
    this.said.className = "portal-file__error";
    this.said.replaceChildren(message, ...more.flatMap((one) => [" ", one]));
    const retry = () => {
      const again = new Row(this.form, this.file);
      this.element.replaceWith(again.element);
      this.isClosed = true;
      queue.add(again);
    };
    const name = this.file.name;
    this.actions.replaceChildren(
      ...(canRetry ? [makeButton(text("retry"), retry, name)] : []),
      makeButton(text("dismiss"), () => this.close(), name),
    );
    announce(text("not_uploaded", { name, message }));
  }

  async run() {
    this.note("");
    try {
      const answer = await whole(this.form, this.file, this, this.stopping.signal);
      const fragment = document.createElement("template");
      fragment.innerHTML = answer.responseText;
      this.element.replaceWith(fragment.content);
      this.isDone = true;
      this.onDone?.();
      announce(text("uploaded", { name: this.file.name }));
    } catch (error) {
      if (error.name === "AbortError") return;
      // What the server refused for good begins anew when it is tried again; its pieces go.
      if (error.status && error.status !== 401) this.onStop?.();
      if (error.status === 401) this.fail(text("signed_out_upload"), true, signInLink());
      else this.fail(error.message || text("connection"));
    }
  }
}

// --- the queue of the page ---

const warnWhenLeaving = (event) => {
  event.preventDefault();
  event.returnValue = true; // Chrome before 119 listens to this only
};

const queue = {
  rows: [],
  next: 0,
  running: 0,

  add(row) {
    this.rows.push(row);
    this.fill();
  },

  /** Two at a time. Lines of files that wait are only made a screen ahead: five hundred would freeze the page. */
  fill() {
    const shown = Math.min(this.rows.length, this.next + SHOWN_AT_ONCE);
    for (const row of this.rows.slice(this.next, shown))
      if (!row.element.isConnected && !row.isClosed) fileList(row.form).append(row.element);
    while (this.running < AT_ONCE && this.next < this.rows.length) {
      const row = this.rows[this.next];
      this.next += 1;
      if (row.isClosed || row.hasFailed) continue;
      this.running += 1;
      row.run().finally(() => {
        this.running -= 1;
        this.fill();
      });
    }
    this.tell();
  },

  tell() {
    const isBusy = this.running > 0 || this.next < this.rows.length;
    (isBusy ? addEventListener : removeEventListener)("beforeunload", warnWhenLeaving);
    const counted = this.rows.filter((row) => !row.isClosed || row.isDone);
    const done = counted.filter((row) => row.isDone).length;
    const failed = counted.filter((row) => row.hasFailed && !row.isClosed).length;
    const message = text(failed ? "queue_failed" : "queue", { done, total: counted.length, failed });
    for (const line of all("[data-queue]")) line.textContent = counted.length > 1 ? message : "";
    if (!isBusy && counted.length > 1) announce(message);
  },
};

function upload(form, files) {
  form.after(...(form.nextElementSibling?.matches("[data-queue]") ? [] : [statusLine()]));
  const largest = Number(form.dataset.max || 25000000);
  for (const file of files) {
    const row = new Row(form, file);
    if (file.size > largest) {
      fileList(form).append(row.element);
      row.fail(text("too_large", { size: Math.floor(largest / 1000000) }), false);
    }
    queue.rows.push(row);
  }
  queue.fill();
}

function statusLine() {
  const line = make("p", "portal-hint");
  line.dataset.queue = "";
  return line;
}

for (const form of all("form[data-upload]")) {
  const input = form.querySelector("input[type=file]");
  form.addEventListener("submit", (event) => {
    // Nothing chosen: let the server say so, as it does without JavaScript.
    if (!input.files.length) return;
    event.preventDefault();
    upload(form, [...input.files]);
    input.value = "";
  });
  for (const type of ["dragenter", "dragover"]) {
    form.addEventListener(type, (event) => {
      event.preventDefault();
      form.setAttribute("data-over", "");
    });
  }
  for (const type of ["dragleave", "drop"]) {
    form.addEventListener(type, () => form.removeAttribute("data-over"));
  }
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    upload(form, [...event.dataTransfer.files]);
  });
}
forgetOld();
