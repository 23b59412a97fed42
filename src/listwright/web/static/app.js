// What every page does: the search key, menus, times that stay true. Hints, toasts, dialogs, forms and the answers of htmx have
// their own files, which come after this one and share `listwright` with it.
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
    const wanted = looks(gone);
    const all = [...document.querySelectorAll("main :is(a[href], button, input, select, textarea, summary)")];
    const there = gone.isConnected ? gone : all.find((one) => looks(one) === wanted);
    there?.focus({ preventScroll: true });
    // What lies in a menu that was closed is reached by the menu.
    const menu = there && document.activeElement !== there && there.closest("details:not([open])");
    if (menu) menu.querySelector("summary").focus({ preventScroll: true });
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

  // Enter where one searches inside of a form that does something does not send that form: the search is on its way by itself.
  on("keydown", "form[method=post] input[type=search]", (_, event) => event.key === "Enter" && event.preventDefault());

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

  // On a small screen the filters that are not set stand behind one button.
  on("click", "[data-more]", (button) => {
    const open = button.closest(".lw-chips").classList.toggle("lw-all");
    button.setAttribute("aria-expanded", String(open));
  });
  addEventListener("DOMContentLoaded", () => {
    const zone = document.querySelector("[name=zone]");
    if (zone) zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
    document.querySelectorAll("details.lw-menu[open]").forEach(fitMenu);
    // A form that came back goes to what is wrong with it.
    const wrong = document.querySelector("[aria-invalid=true]");
    wrong?.focus();
    if (document.activeElement !== wrong) document.querySelector("[data-focus]")?.focus();
  });
  window.listwright = { on, focusLike };
})();
