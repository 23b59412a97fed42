// Dialogs. One with data-open opens by itself; if it arrived by htmx, it leaves the page when it closes.
(() => {
  const { on, focusLike } = listwright;
  let shown = []; // in the order they were opened

  // What is behind an open dialog can neither be pressed nor heard: toasts and the live region stand in the topmost one.
  const standing = ["toasts", "said"].map((id) => document.getElementById(id));
  const place = () => {
    shown = shown.filter((dialog) => dialog.open && dialog.isConnected);
    const there = shown.at(-1) ?? document.body;
    standing.forEach((part) => part.parentElement === there || there.append(part));
  };

  const show = (dialog, opener) => {
    if (dialog.open) return;
    const closed = () => {
      place();
      // The browser has given the focus back, unless what had it cannot take it any more.
      const lost = document.activeElement === document.body || dialog.contains(document.activeElement);
      if (opener && lost) focusLike(opener);
      if ("open" in dialog.dataset) dialog.remove();
    };
    dialog.addEventListener("close", closed, { once: true });
    dialog.showModal();
    dialog.querySelector("[aria-invalid=true]")?.focus();
    shown.push(dialog);
    place();
  };
  on("click", "[data-opens]", (button) => {
    const dialog = document.getElementById(button.dataset.opens);
    if (dialog) show(dialog, button);
  });
  on("click", "[data-closes]", (button) => button.closest("dialog")?.close());
  // Beside the dialog, that is: its edge and its scrollbar are the dialog, too. The second press of a double click meets the
  // dialog that the first one opened.
  document.addEventListener("mousedown", ({ target, clientX: x, clientY: y, detail }) => {
    if (!(target instanceof HTMLDialogElement) || detail > 1) return;
    const box = target.getBoundingClientRect();
    if (x < box.left || x > box.right || y < box.top || y > box.bottom) target.close();
  });
  document.addEventListener("listwright:close", () => {
    document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
    place(); // at once: a toast that comes now is to be heard
  });

  // One is asked for at a time, however often its button is pressed until it is there.
  let asking = null;
  let opener = null;
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt, target, xhr, requestConfig } = event.detail;
    if (target.id !== "dialogs") return;
    if (asking || document.querySelector("#dialogs > dialog[data-open]")) return event.preventDefault();
    asking = xhr;
    opener = requestConfig.triggeringEvent?.submitter ?? elt;
    xhr.addEventListener("loadend", () => (asking = null));
  });
  const openArrived = () => {
    document.querySelectorAll("dialog[data-open]:not([open])").forEach((dialog) => show(dialog, opener));
    place();
  };
  // One that is drawn anew does not take with it what stands in it.
  document.addEventListener("htmx:beforeSwap", ({ detail: { shouldSwap, target } }) => {
    if (shouldSwap && target.contains(standing[0].parentElement)) document.body.append(...standing);
  });
  // One that came open with its page stays there.
  document.querySelectorAll("dialog[data-open]").forEach((dialog) => {
    delete dialog.dataset.open;
    show(dialog, document.querySelector(`[data-opens="${dialog.id}"]`));
  });
  document.addEventListener("htmx:afterSettle", openArrived);
})();
