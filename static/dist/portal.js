// Enrichment only: everything on these pages also works without this file.
// Modules without inline handlers; the content security policy is script-src 'self'.

import { all, announce, now, serverTime, text } from "./page.js?v=76ba8e9a";
import "./session.js?v=e154dbab";

document.documentElement.classList.add("js");
document.querySelector("[data-autofocus]")?.focus();
if (document.querySelector("form[data-autosave]")) import("./saving.js?v=82f4de9e");
if (document.querySelector("[data-keys]")) import("./screening.js?v=6cb0b98f");
if (document.querySelector("form[data-upload]")) import("./uploads.js?v=4a295eab");

// --- signing out erases what the checklist of a visit kept on this device: first say that it was not sent ---

const toField = document.querySelector('.portal-nav a[href="/beoordelen"]') && !document.querySelector("[data-field]");
if (toField && Number(localStorage.getItem("voordeur-veld"))) {
  document.querySelector('form[action="/uitloggen"]')?.addEventListener("submit", (event) => {
    event.preventDefault();
    location.assign("/veld/");
  });
}

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
