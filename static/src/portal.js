// Enrichment only: everything on these pages also works without this file.
// One module, no inline handlers; the content security policy is script-src 'self'.

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const status = document.getElementById("announcements");
const texts = JSON.parse(status?.dataset.texts ?? "{}");
const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? "";
const csrfToken = meta("csrf-token");

/** Text from the page with its {braces} filled in. */
const text = (key, values = {}) => (texts[key] ?? "").replace(/\{(\w+)\}/g, (_, name) => values[name]);

/** For screen readers; seen by nobody. */
const announce = (message) => {
  if (status) status.textContent = message;
};

// The clock of the server decides; the clock of the visitor only measures what has passed since.
const serverTime = Number(meta("servertijd"));
const skew = serverTime ? Date.now() - serverTime : 0;
const now = () => Date.now() - skew;

document.documentElement.classList.add("js");
document.querySelector("[data-autofocus]")?.focus();

// --- counting down ---

const ANNOUNCED_MINUTES = [60, 30, 10, 5, 1];

function remaining(seconds) {
  if (seconds <= 0) return text("closed");
  const days = Math.floor(seconds / 86400);
  const hours = Math.floor(seconds / 3600) % 24;
  const minutes = Math.floor(seconds / 60) % 60;
  if (days > 2) return text("days", { days });
  if (days > 0) return text(days === 1 ? "day_hours" : "days_hours", { days, hours });
  if (hours > 0) return text("hours_minutes", { hours, minutes });
  if (minutes > 1) return text("minutes", { minutes });
  return text(minutes === 1 ? "one_minute" : "last_minute");
}

function countDown(element) {
  const seconds = (new Date(element.dataset.deadline) - now()) / 1000;
  const shown = element.querySelector("[data-countdown]");
  const rest = remaining(seconds);
  element.toggleAttribute("data-urgent", seconds < 86400);
  if (!shown || shown.textContent === rest) return;
  shown.textContent = rest;
  const closed = seconds <= 0 && seconds > -60;
  if (closed || (seconds > 0 && ANNOUNCED_MINUTES.includes(Math.floor(seconds / 60)))) {
    announce(text("deadline", { rest }));
  }
}

if (serverTime) {
  const deadlines = all("[data-deadline]");
  const tick = () => deadlines.forEach(countDown);
  tick();
  if (deadlines.length) setInterval(tick, 15000);
}

// --- selecting many rows: <input type=checkbox data-all> and rows named "id" (or what data-all says) ---

for (const box of all("input[data-all]")) {
  const rows = () => all(`input[type=checkbox][name="${box.dataset.all || "id"}"]`, box.form);
  const bar = box.form.querySelector("[data-bulk]");
  const counter = box.form.querySelector("[data-bulk-count]");
  const whenNone = counter?.textContent;
  const refresh = () => {
    const count = rows().filter((row) => row.checked).length;
    box.checked = count > 0 && count === rows().length;
    box.indeterminate = count > 0 && !box.checked;
    if (counter) counter.textContent = count ? text("selected", { count }) : whenNone;
    bar?.toggleAttribute("data-active", count > 0);
  };
  box.form.addEventListener("change", (event) => {
    if (event.target === box) rows().forEach((row) => (row.checked = box.checked));
    refresh();
  });
  refresh();
}

// --- details that start closed on a small screen ---

if (matchMedia("(max-width: 64em)").matches) {
  all("[data-mobile-closed]").forEach((details) => details.removeAttribute("open"));
}

// --- saving by itself: <form data-autosave> with an element [data-saved] ---

const clock = new Intl.DateTimeFormat("nl-NL", {
  timeZone: "Europe/Amsterdam",
  hour: "2-digit",
  minute: "2-digit",
});

for (const form of all("form[data-autosave]")) {
  const slot = form.querySelector("[data-saved]");
  let saving = false;
  let again = false;
  let timer = 0;
  const show = (message, failed) => {
    if (!slot) return;
    slot.textContent = message;
    slot.toggleAttribute("data-failed", failed);
    if (failed) announce(message);
  };
  const save = async () => {
    if (saving) {
      again = true;
      return;
    }
    saving = true;
    show(text("saving"), false);
    try {
      const body = new FormData(form);
      all("input[type=file]", form).forEach((input) => body.delete(input.name));
      const answer = await fetch(form.getAttribute("action") || location.href, {
        method: "POST",
        body,
        headers: { Accept: "text/plain", "X-CSRFToken": csrfToken },
        redirect: "manual",
      });
      // A redirect means the session has ended: the sign-in page is not a saved answer.
      if (answer.type === "opaqueredirect" || answer.status === 401) show(text("signed_out"), true);
      else if (answer.ok) {
        // The next save stands on this one; without this a second save would seem to overwrite the first.
        const version = (await answer.text()).trim();
        if (form.elements.based_on && /^\d+$/.test(version)) form.elements.based_on.value = version;
        show(text("saved", { time: clock.format(now()).replace(":", ".") }), false);
      } else
        show(
          await plainText(answer.headers.get("Content-Type"), () => answer.text(), text("not_saved")),
          true,
        );
    } catch {
      show(text("not_saved"), true);
    }
    saving = false;
    if (again) {
      again = false;
      save();
    }
  };
  form.addEventListener("change", (event) => {
    if (event.target.type === "file") return;
    clearTimeout(timer);
    timer = setTimeout(save, 300);
  });
  // The button saves everything; a save that starts after it would race with the new page.
  form.addEventListener("submit", () => clearTimeout(timer));
}

/** The message of a refusal, if the server wrote one for people. */
async function plainText(contentType, read, otherwise) {
  const message = contentType?.startsWith("text/plain") ? (await read()).trim() : "";
  return message || otherwise;
}

// --- upload: <form data-upload data-put=URL data-max=BYTES data-list=ID> ---
// Every file goes as bare bytes in a PUT; XMLHttpRequest because fetch cannot tell how far it is.

let uploadsRunning = 0;
const warnWhenLeaving = (event) => {
  event.preventDefault();
  event.returnValue = true; // Chrome before 119 listens to this only
};

function countUploads(difference) {
  const before = uploadsRunning;
  uploadsRunning += difference;
  if (before === 0) addEventListener("beforeunload", warnWhenLeaving);
  if (uploadsRunning === 0) removeEventListener("beforeunload", warnWhenLeaving);
}

function fileList(form) {
  const named = form.dataset.list && document.getElementById(form.dataset.list);
  if (named) return named;
  if (form.previousElementSibling?.matches("ul.portal-files")) return form.previousElementSibling;
  const list = document.createElement("ul");
  list.className = "portal-files";
  form.before(list);
  return list;
}

function make(tag, className, content) {
  const element = document.createElement(tag);
  element.className = className;
  if (content !== undefined) element.textContent = content;
  return element;
}

function rowButton(label, name, action) {
  const element = make("button", "nl-button nl-button--subtle", label);
  element.type = "button";
  element.append(make("span", "portal-vh", ` ${name}`));
  element.addEventListener("click", action);
  return element;
}

function uploadRow(name) {
  const row = make("li", "portal-file portal-file--info");
  const body = make("div", "portal-file__body portal-file__body--wide");
  const progress = make("progress", "portal-progress");
  progress.max = 100;
  progress.value = 0;
  progress.setAttribute("aria-label", text("uploading", { name }));
  const actions = make("div", "portal-file__actions");
  body.append(make("p", "portal-file__name", name), progress);
  row.append(body, actions);
  return { row, body, progress, actions };
}

function upload(form, file) {
  const name = file.name;
  const input = form.querySelector("input[type=file]");
  const { row, body, progress, actions } = uploadRow(name);
  fileList(form).append(row);

  const close = () => {
    row.remove();
    input.focus();
  };
  const fail = (message, canRetry = true) => {
    row.className = "portal-file portal-file--negative";
    progress.remove();
    body.append(make("p", "portal-file__error", message));
    const retry = rowButton(text("retry"), name, () => {
      row.remove();
      upload(form, file);
      input.focus();
    });
    actions.replaceChildren(...(canRetry ? [retry] : []), rowButton(text("dismiss"), name, close));
    announce(text("not_uploaded", { name, message }));
  };

  const largest = Number(form.dataset.max || 25000000);
  if (file.size > largest) {
    fail(text("too_large", { size: Math.floor(largest / 1000000) }), false);
    return;
  }

  const request = new XMLHttpRequest();
  let announced = 0;
  request.open("PUT", form.dataset.put);
  request.setRequestHeader("X-CSRFToken", csrfToken);
  request.setRequestHeader("X-File-Name", encodeURIComponent(name));
  request.setRequestHeader("Content-Type", "application/octet-stream");
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    const percent = Math.floor((event.loaded / event.total) * 100);
    progress.value = percent;
    if (percent - announced >= 25) {
      announced = percent;
      announce(text("progress", { name, percent }));
    }
  });
  request.addEventListener("loadend", () => countUploads(-1));
  request.addEventListener("load", async () => {
    if (request.status === 201) {
      const fragment = document.createElement("template");
      fragment.innerHTML = request.responseText;
      row.replaceWith(fragment.content);
      announce(text("uploaded", { name }));
      return;
    }
    const type = request.getResponseHeader("Content-Type");
    fail(await plainText(type, () => request.responseText, text("connection")));
  });
  request.addEventListener("error", () => fail(text("connection")));
  request.addEventListener("abort", () => {
    close();
    announce(text("stopped", { name }));
  });
  actions.append(rowButton(text("stop"), name, () => request.abort()));
  countUploads(1);
  request.send(file);
}

for (const form of all("form[data-upload]")) {
  const input = form.querySelector("input[type=file]");
  form.addEventListener("submit", (event) => {
    // Nothing chosen: let the server say so, as it does without JavaScript.
    if (!input.files.length) return;
    event.preventDefault();
    [...input.files].forEach((file) => upload(form, file));
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
    [...event.dataTransfer.files].forEach((file) => upload(form, file));
  });
}
