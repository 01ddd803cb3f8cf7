// The keys of screening and standard texts that go in at once: <details data-keys="dossier|queue">.
// Everything here presses a link, a button or a choice that stands on the page as well.

import { all, announce, text } from "./page.js?v=76ba8e9a";
import { watch } from "./saving.js?v=82f4de9e";

const panel = document.querySelector("[data-keys]");
const OFF = "portal-keys-off";
const VERDICTS = { 1: "meets", 2: "equivalent", 3: "remedy", 4: "fails" };

const isTyping = (element) => element.matches("textarea, select, input:not([type=radio]):not([type=checkbox])");
const places = () => all("details[name=eis]");
const open = () => document.querySelector("details[name=eis][open]");
const press = (selector) => document.querySelector(selector)?.click();

function go(element) {
  element?.focus();
  element?.scrollIntoView({ block: "nearest" });
}

// The form of a place comes when the place is opened. Where it does not come, the button stays that brings it without a
// script; a key that is pressed meanwhile waits for it.
const coming = new WeakMap();

async function fetched(slot) {
  try {
    const answer = await fetch(slot.dataset.form);
    const page = new DOMParser().parseFromString(answer.ok ? await answer.text() : "", "text/html");
    const form = page.querySelector("form[data-autosave]");
    if (!form) return null;
    const isHere = slot.contains(document.activeElement);
    slot.replaceWith(...page.body.children);
    if (isHere) form.querySelector("input:not([type=hidden])").focus();
    watch(form);
    return form;
  } catch {
    return null;
  }
}

async function formOf(place) {
  const slot = place?.querySelector("[data-form]");
  if (!slot) return place?.querySelector("form[data-autosave]");
  if (!coming.has(slot)) coming.set(slot, fetched(slot));
  const form = await coming.get(slot);
  if (!form) coming.delete(slot);
  return form;
}

/** Something in the form of the open place; without the form the button that brings it. */
async function inForm(selector) {
  const place = open();
  const form = await formOf(place);
  return form ? form.querySelector(selector) : place?.querySelector("[data-form] button");
}

for (const place of places()) place.addEventListener("toggle", () => place.open && formOf(place));

function toPlace(step) {
  const every = places();
  const at = every.indexOf(document.activeElement?.closest("details[name=eis]") ?? open());
  const next = every[at + step];
  if (!next) return;
  if (open() && open() !== next) open().open = false; // older browsers do not close it by the name
  next.open = true;
  go(next.querySelector("summary"));
}

function toRow(step) {
  const rows = all("tbody th[scope=row] a");
  const at = rows.indexOf(document.activeElement.closest("tr")?.querySelector("th[scope=row] a"));
  go(rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : at + step]);
}

function tick() {
  const box = document.activeElement.closest("tr")?.querySelector("input[name=id]");
  if (!box) return;
  box.click();
  announce(text(box.checked ? "ticked" : "unticked"));
}

async function choose(verdict) {
  const choice = await inForm(`input[name=verdict][value=${verdict}]`);
  if (!choice?.labels[0]) return go(choice);
  choice.click();
  choice.focus();
  announce(choice.labels[0].textContent);
}

const COMMON = {
  "?": () => {
    panel.open = !panel.open;
    go(panel.querySelector("summary"));
  },
  n: () => press(".portal-key-n"),
  u: () => press(".portal-key-u"),
};
const KEYS = {
  queue: { ...COMMON, j: () => toRow(1), k: () => toRow(-1), x: tick },
  dossier: {
    ...COMMON,
    j: () => toPlace(1),
    k: () => toPlace(-1),
    m: async () => go(await inForm("textarea[name=reason]")),
    t: async () => go(await inForm("select[name=tekst]")),
    b: async () => (await inForm("button.nl-button--primary"))?.click(),
    d: () => go(document.querySelector(".portal-doc__page")),
    p: () => press("#stuk a[rel=next]"),
    o: () => press("#stuk a[rel=prev]"),
    v: () => press(".portal-key-v"),
    a: () => go(document.querySelector("#afronden button, #afronden summary")),
    w: () => press(".portal-key-w"),
    ...Object.fromEntries(Object.entries(VERDICTS).map(([key, verdict]) => [key, () => choose(verdict)])),
  },
};

const isOn = () => localStorage.getItem(OFF) === null;

addEventListener("keydown", (event) => {
  const at = event.target;
  if (event.isComposing || event.altKey || event.metaKey) return;
  if (event.key === "Enter" && event.ctrlKey && at.matches("textarea[name=reason]")) {
    event.preventDefault();
    at.form.requestSubmit(at.form.querySelector("button.nl-button--primary"));
  } else if (event.key === "Escape" && isTyping(at)) {
    go(at.closest("details[name=eis]")?.querySelector("summary"));
  } else if (!event.ctrlKey && !isTyping(at) && isOn()) {
    const act = KEYS[panel.dataset.keys][event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }
});

// Single keys can be switched off (WCAG 2.1.4): on this machine, for whoever works there.
const toggle = panel.querySelector("[data-keys-switch]");
toggle.hidden = false;
toggle.querySelector("input").checked = isOn();
toggle.addEventListener("change", (event) => {
  if (event.target.checked) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, "1");
});

// --- a standard text goes into the reason without a new page; its first open field is selected ---

addEventListener("click", (event) => {
  const form = event.target.closest("button[data-insert]")?.form;
  if (!form) return;
  event.preventDefault();
  const option = form.elements.tekst.selectedOptions[0];
  const reason = form.elements.reason;
  if (!option || reason.value.includes(option.text)) return go(reason);
  reason.value = reason.value.trim() ? `${reason.value.trimEnd()}\n${option.text}` : option.text;
  const chosen = form.querySelector("input[name=verdict]:checked");
  if (!chosen && option.dataset.verdict) {
    form.querySelector(`input[name=verdict][value=${option.dataset.verdict}]`)?.click();
  }
  reason.dispatchEvent(new Event("change", { bubbles: true }));
  go(reason);
  const field = reason.value.match(/\{[^}]+\}/);
  if (field) reason.setSelectionRange(field.index, field.index + field[0].length);
  announce(text("inserted"));
});

// After a verdict the page comes back at the next place: the focus goes there too, so that the keys go on.
if (panel.dataset.keys === "dossier" && location.hash.startsWith("#eis-")) {
  go(document.getElementById(location.hash.slice(1))?.querySelector("summary"));
}
