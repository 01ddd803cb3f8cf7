// What the modules of the page share: its texts, its clock, and small pieces of markup.

export const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const status = document.getElementById("announcements");
const texts = JSON.parse(status?.dataset.texts ?? "{}");
export const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? "";
export const csrfToken = meta("csrf-token");

/** Text from the page with its {braces} filled in. */
export const text = (key, values = {}) => (texts[key] ?? "").replace(/\{(\w+)\}/g, (_, name) => values[name]);

/** For screen readers; seen by nobody. */
export const announce = (message) => {
  if (status) status.textContent = message;
};

// The clock of the server decides; the clock of the visitor only measures what has passed since.
export const serverTime = Number(meta("servertijd"));
const skew = serverTime ? Date.now() - serverTime : 0;
export const now = () => Date.now() - skew;

const isDutch = document.documentElement.lang !== "en";
const clock = new Intl.DateTimeFormat(isDutch ? "nl-NL" : "en-GB", {
  timeZone: "Europe/Amsterdam",
  hour: "2-digit",
  minute: "2-digit",
});

/** '14.32', or '14:32' on an English page; in Amsterdam. */
export const timeOf = (moment) => clock.format(moment).replace(":", isDutch ? "." : ":");

export function make(tag, className, content) {
  const element = document.createElement(tag);
  element.className = className;
  if (content !== undefined) element.textContent = content;
  return element;
}

export function makeButton(label, action, hidden = "") {
  const element = make("button", "nl-button nl-button--subtle", label);
  element.type = "button";
  if (hidden) element.append(make("span", "portal-vh", ` ${hidden}`));
  element.addEventListener("click", action);
  return element;
}

/** A link to sign in beside this page, so that what stands on it stays. */
export function signInLink() {
  const link = make("a", "nl-link", text("sign_in_again"));
  link.href = "/inloggen";
  link.target = "_blank";
  return link;
}

/** The message of a refusal, if the server wrote one for people. */
export const plainText = (contentType, body, otherwise) =>
  (contentType?.startsWith("text/plain") ? body.trim() : "") || otherwise;
