// What is sent, by forms and by htmx, and what becomes of it: it is under way, it failed, the page draws a part of itself anew.
(() => {
  const { focusLike, tell, isTold, retract } = listwright;

  // What is not answered within a tenth of a second shows that it is under way.
  let answering = 0;
  const working = () => {
    clearTimeout(answering);
    answering = setTimeout(() => (document.getElementById("busy").hidden = false), 100);
  };
  const answered = () => {
    clearTimeout(answering);
    document.getElementById("busy").hidden = true;
  };
  // What the page asks by itself, and of that what it asks again and again.
  const byItself = (elt) => /every|load|from:body/.test(elt.getAttribute("hx-trigger"));
  const polls = (elt) => /every/.test(elt.getAttribute("hx-trigger"));
  const ended = new WeakSet();
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt } = event.detail;
    if (ended.has(elt)) event.preventDefault();
    else if (!event.defaultPrevented && !byItself(elt)) working();
  });
  document.addEventListener("htmx:afterRequest", ({ detail: { elt } }) => byItself(elt) || answered());
  addEventListener("pageshow", answered);

  // Signing in again gives a new token, also to the pages that stand open in other tabs.
  const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];
  document.addEventListener("submit", ({ target }) => {
    const field = target.elements.namedItem("csrfmiddlewaretoken");
    if (field && token()) field.value = token();
  }, true);
  document.addEventListener("htmx:configRequest", ({ detail: { verb, headers, parameters } }) => {
    if (verb === "get" || !token()) return;
    headers["X-CSRFToken"] = token();
    if (parameters.csrfmiddlewaretoken) parameters.csrfmiddlewaretoken = token();
  });

  // The browser's own page for a server that does not answer would take the place of what was typed: while there is reason
  // to doubt that it does, it is asked first.
  let silent = false;
  const asked = new Set();
  const doubted = (form) => !asked.delete(form) && (!navigator.onLine || silent);
  const tellSilent = (text, level) => {
    silent = true;
    tell(text, "silent", level);
  };
  const heard = () => {
    silent = false;
    retract("silent");
  };
  const sendIfAnswered = async (form, event) => {
    event.preventDefault();
    working();
    const alive = await fetch("/healthz", { cache: "no-store" }).catch(() => null);
    answered();
    if (!alive?.ok) return tellSilent("Listwright does not answer: nothing was sent, and all that was typed is still here. Try again.", "error");
    heard();
    asked.add(form);
    form.requestSubmit(event.submitter);
  };

  // A form is sent once, however often it is clicked.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.hasAttribute("hx-post")) return;
    if (form.dataset.sent) event.preventDefault();
    else if (doubted(form)) return sendIfAnswered(form, event);
    form.dataset.sent = "true";
    setTimeout(() => delete form.dataset.sent, 5000);
    working();
  });
  // Its key makes the server do it once, too (web/repeats.py). Who comes back to a page and sends a form again means it.
  addEventListener("pageshow", (event) => {
    if (!event.persisted && performance.getEntriesByType("navigation")[0]?.type !== "back_forward") return;
    document.querySelectorAll("input[name=once]").forEach((key) => (key.value = `${Date.now()}-${Math.random()}`));
  });

  // A live part asks again by itself. What somebody did is not repeated for them, and stays said until something answers.
  document.addEventListener("htmx:sendError", ({ detail: { elt } }) => {
    if (!polls(elt)) tellSilent("Listwright does not answer, so that this may not have been done. Look, and try again.", "error");
    else if (!isTold("silent")) tellSilent("Listwright does not answer. Trying again…", "info");
  });

  // Who is signed out keeps the page, and what was typed in it, until they press something.
  let signedOut = false;
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { elt, xhr } = event.detail;
    if (xhr.status !== 401 || !byItself(elt)) return;
    event.preventDefault();
    if (signedOut) return;
    signedOut = true;
    const link = document.createElement("a");
    Object.assign(link, { href: xhr.getResponseHeader("HX-Redirect"), target: "_blank", textContent: "Sign in again" });
    tell("You are signed out. ", "signed-out", "error", link, " in a new tab: what is typed here stays.");
  });

  // What a live part is refused is said once, and not asked for again: it is gone, or not theirs any more.
  const failing = new Set();
  const cannotFollow = (path, again) => {
    if (failing.has(path)) return;
    failing.add(path);
    if (again) tell("Listwright could not bring this page up to date. Trying again…", "failing", "info");
    else tell("Listwright could not bring this page up to date. Reload it.", "ended");
  };
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const { elt } = detail.requestConfig;
    const { status } = detail.xhr;
    const path = detail.pathInfo.requestPath;
    if (status < 400 || status >= 500 || !polls(elt)) return;
    detail.shouldSwap = detail.target.id === "toasts" && !ended.has(elt) && status !== 429;
    if (status !== 429) ended.add(elt);
    if (!detail.shouldSwap) cannotFollow(path, status === 429);
    failing.add(path);
  });
  document.addEventListener("htmx:responseError", ({ detail: { elt, xhr, pathInfo } }) => {
    if (polls(elt)) cannotFollow(pathInfo.requestPath, true);
    else if (byItself(elt)) tell(`Listwright could not show a part of this page: something in it failed (${xhr.status}). Try again.`, "failed");
    else tell(`Listwright could not do this: something in it failed (${xhr.status}). Look, and try again.`, "failed");
  });
  document.addEventListener("htmx:afterOnLoad", ({ detail: { elt, xhr, pathInfo } }) => {
    if (xhr.status < 500) heard();
    if (xhr.status === 401) return;
    if (signedOut) retract("signed-out");
    signedOut = false;
    if (xhr.status >= 400) return;
    if (failing.delete(pathInfo.requestPath)) retract("failing");
    if (!byItself(elt)) retract("failed");
  });

  // Live parts are changed where they differ (hx-swap="morph"), so that a press, a selection or the focus in them lasts;
  // what somebody unfolded stays so.
  addEventListener("DOMContentLoaded", () => {
    Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, element) => name !== "open" || element.localName !== "details";
  });
  // A part that is drawn anew keeps the focus where it was, and says what has become different in a live region that was
  // there before: a screen reader hears of no other.
  const said = () => [...document.querySelectorAll("[data-says]")].map((one) => one.textContent.trim()).join(" ");
  let last = "";
  let focused = null;
  addEventListener("DOMContentLoaded", () => (last = said()));
  document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
    focused = target.contains(document.activeElement) ? document.activeElement : null;
  });
  // At once: a key that is pressed before it settles is meant, too.
  document.addEventListener("htmx:afterSwap", () => focused && document.activeElement === document.body && focusLike(focused));
  document.addEventListener("htmx:afterSettle", () => {
    const now = said();
    if (now !== last) document.getElementById("said").textContent = last = now;
  });
  listwright.answered = answered;
})();
