// Forms of labelled rows: Default boxes, rows that depend on a flag, and the field an address points to.
(() => {
  const byName = (form, name) => form.elements.namedItem(name);

  // A row with data-when is shown while the flag of that name is ticked; what it holds is kept.
  const showRows = (flag) => {
    const rows = document.querySelectorAll(`[data-when="${CSS.escape(flag.name)}"]`);
    rows.forEach((row) => { row.hidden = !flag.checked; });
    // … and one with data-unless while it is not.
    const others = document.querySelectorAll(`[data-unless="${CSS.escape(flag.name)}"]`);
    others.forEach((row) => { row.hidden = flag.checked; });
  };
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement)) return;
    if ("flag" in input.dataset) showRows(input);
    if (input.dataset.default) pull(input, false);
  });

  // A ticked Default box shows the value it pulls; writing a value unticks it, emptying one ticks it again.
  const own = new WeakMap();
  const pull = (box, first) => {
    const input = document.getElementById(box.dataset.default);
    if (!input) return;
    if (box.checked) {
      if (!first && !own.has(input)) own.set(input, input.value);
      if (!first) input.value = input.dataset.pulled;
    } else if (own.has(input) && own.get(input)) {
      input.value = own.get(input);
    }
    input.classList.toggle("lw-pulled", box.checked);
  };
  document.addEventListener("input", (event) => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement) || !input.dataset.box) return;
    const box = byName(input.form, input.dataset.box);
    own.delete(input);
    box.checked = input.value === "";
    input.classList.toggle("lw-pulled", box.checked);
  });

  // "Copy from product" and its like: fill a field with what the button carries.
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-fills]");
    if (!button) return;
    const input = document.getElementById(button.dataset.fills);
    input.value = button.dataset.text;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.focus();
  });

  // Ticking one box ticks all of its kind; a button that needs one waits for it.
  const countTicked = (form) => {
    const ticked = form.querySelectorAll("input[data-pick]:checked").length;
    form.querySelectorAll("[data-needs-pick]").forEach((button) => { button.disabled = ticked === 0; });
    form.querySelectorAll("[data-picked]").forEach((place) => { place.textContent = String(ticked); });
  };
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement) || !input.form) return;
    if ("pickAll" in input.dataset) {
      input.form.querySelectorAll("input[data-pick]").forEach((box) => { box.checked = input.checked; });
    }
    if ("pickAll" in input.dataset || "pick" in input.dataset) countTicked(input.form);
  });

  const begin = (root) => {
    root.querySelectorAll?.("input[data-default]").forEach((box) => pull(box, true));
    root.querySelectorAll?.("form[data-picks]").forEach(countTicked);
  };
  const goTo = () => {
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    const edit = document.querySelector("a[data-edit]");
    if (edit && location.hash.startsWith("#field-") && !target?.matches("input, select, textarea")) {
      // An address of a field is for mending it.
      location.replace(edit.href + location.hash);
    } else if (target && target.id.startsWith("field-")) {
      target.closest("details")?.setAttribute("open", "");
      target.focus({ preventScroll: true });
      target.scrollIntoView({ block: "center" });
    }
  };
  addEventListener("DOMContentLoaded", () => {
    begin(document);
    // What is wrong is never folded away.
    const wrong = document.querySelectorAll("details [aria-invalid=true]");
    wrong.forEach((input) => input.closest("details").setAttribute("open", ""));
    if (wrong.length) document.querySelector("[aria-invalid=true]").focus();
    goTo();
  });
  addEventListener("hashchange", goTo);
  document.addEventListener("htmx:afterRequest", (event) => {
    const menu = event.target instanceof Element && event.target.closest("details.lw-menu[open]");
    if (menu) menu.open = false;
  });
  document.addEventListener("htmx:afterSettle", (event) => begin(event.target));
})();
