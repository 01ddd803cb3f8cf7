// Says in time that one is about to be signed out, and lets one stay: <p data-until=ISO data-stay=URL data-who=ID>.

import { announce, csrfToken, make, makeButton, now, signInLink, text, timeOf } from "./page.js?v=76ba8e9a";

const WARNED_MINUTES = 5;
const SHARED = "portal-until";

const shown = document.querySelector("[data-until]");
const bar = make("div", "portal-session");
bar.setAttribute("role", "status");
let until = shown ? Date.parse(shown.dataset.until) : 0;
const idle = until - now();

/** Other tabs are the same visit: the last one counts. */
function latest() {
  const [who, moment] = (localStorage.getItem(SHARED) ?? "").split(" ");
  if (who === shown.dataset.who && Number(moment) > until) until = Number(moment);
  return until;
}

function extend(moment) {
  until = moment;
  localStorage.setItem(SHARED, `${shown.dataset.who} ${until}`);
  shown.textContent = text("stayed", { time: timeOf(until) });
  bar.replaceChildren();
}

/** The server heard of us just now. */
export function seen() {
  if (shown) extend(Math.max(until, now() + idle));
}

async function stay() {
  const answer = await fetch(shown.dataset.stay, {
    method: "POST",
    headers: { Accept: "text/plain", "X-CSRFToken": csrfToken },
  }).catch(() => null);
  if (answer?.ok) {
    extend(Date.parse((await answer.json()).until));
    announce(shown.textContent);
  } else look();
}

function say(message, action) {
  if (bar.firstChild?.textContent === message) return;
  bar.replaceChildren(make("p", "", message), action);
}

function look() {
  const left = (latest() - now()) / 60000;
  if (left > WARNED_MINUTES) bar.replaceChildren();
  else if (left <= 0) say(text("ended"), signInLink());
  else if (left < 1) say(text("signing_out_soon"), makeButton(text("stay"), stay));
  else say(text("signing_out", { minutes: Math.ceil(left) }), makeButton(text("stay"), stay));
}

if (shown) {
  document.body.append(bar);
  extend(until);
  setInterval(look, 15000);
}
