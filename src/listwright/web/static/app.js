// What every page does: the search key, menus, dialogs, hints, toasts, times that stay true.
(() => {
  const on = (type, selector, act) =>
    document.addEventListener(type, (event) => {
      const found = event.target instanceof Element && event.target.closest(selector);
      if (found) act(found, event);
    });

  // "/" goes to the search, unless one is writing.
  document.addEventListener("keydown", (event) => {
    const writing = event.target.closest?.("input, textarea, select, [contenteditable], dialog");
    if (event.key === "/" && !writing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const search = document.getElementById("search");
      if (search) {
        event.preventDefault();
        search.focus();
        search.select();
      }
    }
  });

  // The sidebar on small screens.
  const side = document.getElementById("sidebar");
  const menuButton = document.querySelector("[data-menu]");
  const showSide = (open) => {
    side?.classList.toggle("lw-open", open);
    menuButton?.setAttribute("aria-expanded", String(open));
    if (open) side.querySelector("a")?.focus();
  };
  on("click", "[data-menu]", () => showSide(!side.classList.contains("lw-open")));
  on("click", "[data-menu-close]", () => showSide(false));

  // What takes the place of something that could be operated, in a part that was drawn anew.
  const looks = (element) => `${element.tagName} ${element.href ?? element.name ?? ""} ${element.textContent.trim()}`;
  const focusLike = (gone) => {
    if (gone.isConnected) return gone.focus({ preventScroll: true });
    const wanted = looks(gone);
    const all = [...document.querySelectorAll("main :is(a[href], button, input, select, textarea, summary)")];
    all.find((one) => looks(one) === wanted)?.focus({ preventScroll: true });
  };

  // Menus close when one goes elsewhere.
  const closeMenus = (but) =>
    document.querySelectorAll("details.lw-menu[open]").forEach((menu) => {
      if (!but || !menu.contains(but)) menu.open = false;
    });
  document.addEventListener("click", (event) => closeMenus(event.target));
  // A press on plain text inside a menu gives the focus to what is around the menu: that is not leaving it.
  document.addEventListener("focusin", (event) => event.target.querySelector?.("details.lw-menu[open]") || closeMenus(event.target));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.activeElement?.closest?.("details.lw-menu[open]");
    closeMenus();
    menu?.querySelector("summary").focus();
    if (side?.classList.contains("lw-open")) {
      showSide(false);
      menuButton.focus();
    }
  });

  // A menu that would leave the window is moved back into it.
  const fitMenu = (menu) => {
    const list = menu.querySelector(".lw-menu-list");
    list.style.translate = "";
    const at = list.getBoundingClientRect();
    const over = Math.max(at.right - document.documentElement.clientWidth + 8, 0) || Math.min(at.left - 8, 0);
    if (over) list.style.translate = `${-over}px 0`;
  };
  document.addEventListener("toggle", ({ target }) => target.open && target.matches?.("details.lw-menu") && fitMenu(target), true);

  // Dialogs. One with data-open opens by itself; if it arrived by htmx, it leaves the page when it closes.
  on("click", "[data-opens]", (button) => {
    const dialog = document.getElementById(button.dataset.opens);
    dialog?.addEventListener("close", () => document.activeElement === document.body && focusLike(button), { once: true });
    dialog?.showModal();
  });
  on("click", "[data-closes]", (button) => button.closest("dialog")?.close());
  // The second press of a double click meets the dialog that the first one opened.
  document.addEventListener("mousedown", (event) => {
    if (event.target instanceof HTMLDialogElement && event.detail < 2) event.target.close();
  });
  const openArrived = (withPage) =>
    document.querySelectorAll("dialog[data-open]").forEach((dialog) => {
      delete dialog.dataset.open;
      const opener = document.querySelector(`[data-opens="${dialog.id}"]`);
      dialog.addEventListener("close", () => (withPage ? opener?.focus() : dialog.remove()), { once: true });
      dialog.showModal();
    });
  document.addEventListener("listwright:close", () => document.querySelectorAll("dialog[open]").forEach((d) => d.close()));

  // Hints: [data-hint="ID of a popover"] shows it on hover and focus; a click or tap keeps it until one goes elsewhere.
  const place = (anchor, hint) => {
    const at = anchor.getBoundingClientRect();
    const size = hint.getBoundingClientRect();
    const left = Math.min(Math.max(8, at.left), document.documentElement.clientWidth - size.width - 8);
    const below = at.bottom + 6;
    const top = below + size.height > innerHeight - 8 ? Math.max(8, at.top - size.height - 6) : below;
    hint.style.left = `${Math.max(8, left)}px`;
    hint.style.top = `${top}px`;
  };
  let leaving = 0;
  const showHint = (anchor, keep) => {
    clearTimeout(leaving);
    const hint = document.getElementById(anchor.dataset.hint);
    if (!hint) return;
    document.querySelectorAll(".lw-hint:popover-open").forEach((other) => other !== hint && other.hidePopover());
    if (!hint.matches(":popover-open")) {
      hint.showPopover({ source: anchor });
      place(anchor, hint);
      anchor.setAttribute("aria-expanded", "true");
      hint.addEventListener("toggle", (event) => {
        if (event.newState === "closed") {
          anchor.setAttribute("aria-expanded", "false");
          delete hint.dataset.kept;
        }
      });
    }
    if (keep) hint.dataset.kept = "true";
  };
  const leaveHint = () => {
    clearTimeout(leaving);
    leaving = setTimeout(() => {
      document.querySelectorAll(".lw-hint:popover-open:not([data-kept])").forEach((hint) => {
        const anchor = document.querySelector(`[data-hint="${hint.id}"]`);
        const inside = hint.contains(document.activeElement) || hint.matches(":hover");
        if (!inside && document.activeElement !== anchor && !anchor?.matches(":hover")) hint.hidePopover();
      });
    }, 200);
  };
  on("pointerover", "[data-hint]", (anchor, event) => event.pointerType === "mouse" && showHint(anchor, false));
  on("pointerout", "[data-hint], .lw-hint", leaveHint);
  on("focusin", "[data-hint]", (anchor) => anchor.matches(":focus-visible") && showHint(anchor, false));
  on("focusout", "[data-hint], .lw-hint", leaveHint);
  on("click", "[data-hint]", (anchor) => showHint(anchor, true));
  addEventListener("scroll", () => {
    document.querySelectorAll(".lw-hint:popover-open").forEach((hint) => {
      const anchor = document.querySelector(`[data-hint="${hint.id}"]`);
      if (anchor) place(anchor, hint);
    });
  }, { capture: true, passive: true });

  // Toasts go after a while, unless they tell of an error or somebody reads them.
  const keep = (toast) => {
    if (toast.dataset.seen) return;
    toast.dataset.seen = "true";
    if (toast.classList.contains("lw-toast-error")) return;
    const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : toast.remove());
    setTimeout(leave, 8000);
  };
  on("click", "[data-dismisses]", (button) => button.closest(".lw-toast").remove());

  // "2 min ago" stays true while the page stands open.
  const units = [[60, 1, "s"], [3600, 60, "min"], [86400, 3600, "h"], [Infinity, 86400, "d"]];
  const refreshTimes = () =>
    document.querySelectorAll("time[data-relative]").forEach((time) => {
      const seconds = (Date.now() - new Date(time.dateTime)) / 1000;
      const [, size, word] = units.find(([limit]) => Math.abs(seconds) < limit);
      const count = `${Math.floor(Math.abs(seconds) / size)} ${word}`;
      const text = Math.abs(seconds) < 5 ? "just now" : seconds > 0 ? `${count} ago` : `in ${count}`;
      if (time.textContent !== text) time.textContent = text;
    });
  setInterval(refreshTimes, 10000);

  // The browser's own page for a server that does not answer would take the place of what was typed: while there is reason
  // to doubt that it does, it is asked first.
  const asked = new Set();
  const doubted = (form) => !asked.delete(form) && (!navigator.onLine || document.querySelector("[data-offline]"));
  const sendIfAnswered = async (form, event) => {
    event.preventDefault();
    working();
    const alive = await fetch("/healthz", { cache: "no-store" }).catch(() => null);
    answered();
    if (!alive?.ok) return tellOffline("Listwright does not answer: nothing was sent, and all that was typed is still here. Try again.", "error");
    document.querySelector("[data-offline]")?.remove();
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
  const byItself = (elt) => /every|load/.test(elt.getAttribute("hx-trigger"));
  document.addEventListener("htmx:beforeRequest", ({ detail: { elt } }) => byItself(elt) || working());
  document.addEventListener("htmx:afterRequest", ({ detail: { elt } }) => byItself(elt) || answered());
  addEventListener("pageshow", answered);

  // Its key makes the server do it once, too (web/repeats.py). Who comes back to a page and sends a form again means it.
  addEventListener("pageshow", (event) => {
    if (!event.persisted && performance.getEntriesByType("navigation")[0]?.type !== "back_forward") return;
    document.querySelectorAll("input[name=once]").forEach((key) => (key.value = `${Date.now()}-${Math.random()}`));
  });

  // Choosing in a list of filters goes there at once.
  on("change", "[data-submits]", (input) => input.form.requestSubmit());

  // A picture that cannot be had leaves its empty frame, or says so where people look at pictures.
  document.addEventListener("error", (event) => {
    const picture = event.target;
    if (!(picture instanceof HTMLImageElement)) return;
    if (!picture.dataset.gone) return picture.remove();
    const told = document.createElement("span");
    told.className = `${picture.className} lw-gone`;
    told.textContent = picture.dataset.gone;
    picture.replaceWith(told);
  }, true);

  // Text to copy.
  on("click", "[data-copies]", async (button) => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent.trim());
    button.textContent = "Copied";
  });

  // Over an open dialog, too: what is said about it must not stand behind it.
  const raiseToasts = () => {
    const toasts = document.getElementById("toasts");
    if (!toasts?.showPopover || !toasts.querySelector(".lw-toast")) return;
    toasts.popover = "manual";
    if (toasts.matches(":popover-open")) toasts.hidePopover();
    toasts.showPopover();
  };
  const arrived = (withPage) => {
    openArrived(withPage);
    document.querySelectorAll(".lw-toast").forEach(keep);
    if (document.querySelector("dialog[open]")) raiseToasts();
  };

  // On a small screen the filters that are not set stand behind one button.
  on("click", "[data-more]", (button) => {
    const open = button.closest(".lw-chips").classList.toggle("lw-all");
    button.setAttribute("aria-expanded", String(open));
  });
  addEventListener("DOMContentLoaded", () => {
    arrived(true);
    const zone = document.querySelector("[name=zone]");
    if (zone) zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
    document.querySelectorAll("details.lw-menu[open]").forEach(fitMenu);
    // A form that came back goes to what is wrong with it.
    const wrong = document.querySelector("[aria-invalid=true]");
    wrong?.focus();
    if (document.activeElement !== wrong) document.querySelector("[data-focus]")?.focus();
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
    arrived(false);
    const now = said();
    if (now !== last) document.getElementById("said").textContent = last = now;
  });
  // A live part asks again by itself. What somebody did is not repeated for them, and stays said until something answers.
  const tellOffline = (text, level) => {
    const toasts = document.getElementById("toasts");
    toasts.querySelector("[data-offline]")?.remove();
    const toast = document.createElement("div");
    toast.className = `lw-toast lw-toast-${level}`;
    toast.dataset.offline = "true";
    toast.setAttribute("role", level === "error" ? "alert" : "status");
    toast.textContent = text;
    toasts.append(toast);
    keep(toast);
    if (document.querySelector("dialog[open]")) raiseToasts();
  };
  const asksAgain = (elt) => /every/.test(elt.getAttribute("hx-trigger"));
  const tellTrying = () => document.querySelector("[data-offline]") || tellOffline("Listwright does not answer. Trying again…", "info");
  document.addEventListener("htmx:sendError", ({ detail: { elt } }) => {
    if (asksAgain(elt)) tellTrying();
    else tellOffline("Listwright does not answer, so that this may not have been done. Look, and try again.", "error");
  });
  // The page of a fault, or that of a proxy before a server that is not there, would take the part's place for good.
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.xhr.status < 500 || !asksAgain(detail.requestConfig.elt)) return;
    detail.shouldSwap = false;
    tellTrying();
  });
  document.addEventListener("htmx:afterOnLoad", ({ detail: { xhr } }) => xhr.status < 500 && document.querySelector("[data-offline]")?.remove());
})();
