// Saving by itself: <form data-autosave> with an element [data-saved]. With an address in it, what is being typed goes
// there while somebody is at it; without one, each answer goes where the form goes, when it is complete.

import { all, announce, csrfToken, now, plainText, signInLink, text, timeOf } from "./page.js?v=76ba8e9a";
import { seen } from "./session.js?v=e154dbab";

/** Save this form by itself from now on. */
export function watch(form) {
  const slot = form.querySelector("[data-saved]");
  let saving = false;
  let again = false;
  let isUnsaved = false;
  let pressed = null;
  let timer = 0;
  const show = (message, failed, ...more) => {
    if (!slot) return;
    slot.replaceChildren(message, ...more.flatMap((one) => [" ", one]));
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
      const answer = await fetch(form.dataset.autosave || form.getAttribute("action") || location.href, {
        method: "POST",
        body: new URLSearchParams(body),
        headers: { Accept: "text/plain", "X-CSRFToken": csrfToken },
        redirect: "manual",
      });
      isUnsaved = !answer.ok;
      // A redirect means the session has ended: the sign-in page is not a saved answer.
      if (answer.type === "opaqueredirect" || answer.status === 401)
        show(text("signed_out"), true, signInLink());
      else if (answer.ok) {
        // The next save stands on this one; without this a second save would seem to overwrite the first.
        const version = (await answer.text()).trim();
        if (form.elements.based_on && /^\d+$/.test(version)) form.elements.based_on.value = version;
        show(text("saved", { time: timeOf(now()) }), false);
        seen();
      } else
        show(plainText(answer.headers.get("Content-Type"), await answer.text(), text("not_saved")), true);
    } catch {
      isUnsaved = true;
      show(text("not_saved"), true);
    }
    saving = false;
    const button = pressed;
    pressed = null;
    if (button) form.requestSubmit(button);
    else if (again) {
      again = false;
      save();
    }
  };
  form.addEventListener("change", (event) => {
    if (event.target.type === "file") return;
    clearTimeout(timer);
    timer = setTimeout(save, 300);
  });
  if (form.dataset.autosave) {
    let isTyping = false;
    form.addEventListener("input", () => {
      isTyping = true;
      clearTimeout(timer);
      timer = setTimeout(save, 2000);
    });
    form.addEventListener("submit", () => (isTyping = false));
    // Whoever leaves the page within those seconds takes nothing along: the last words go after them.
    addEventListener("pagehide", () => {
      if (isTyping) navigator.sendBeacon(form.dataset.autosave, new URLSearchParams(new FormData(form)));
    });
  }
  // The button saves everything; a save that starts after it would race with the new page. It waits for a save that is
  // under way, which gives the version that its form must name; pressed once more it waits no longer.
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    const waits = saving && !pressed && event.submitter;
    pressed = waits ? event.submitter : null;
    if (waits) event.preventDefault();
  });
  // Back from signing in elsewhere, or the line is there again: what was not saved is tried once more.
  const retry = () => isUnsaved && !saving && !document.hidden && save();
  document.addEventListener("visibilitychange", retry);
  addEventListener("focus", retry);
  addEventListener("online", retry);
}

all("form[data-autosave]").forEach(watch);
