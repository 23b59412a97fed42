// Hints: [data-hint="ID of a popover"] shows it on hover and focus; a click or tap keeps it until the next, or until one goes
// elsewhere.
(() => {
  const { on } = listwright;
  const hintOf = (anchor) => document.getElementById(anchor.dataset.hint);
  const anchorOf = (hint) => document.querySelector(`[data-hint="${hint.id}"]`);
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
    const hint = hintOf(anchor);
    if (!hint) return;
    document.querySelectorAll(".lw-hint:popover-open").forEach((other) => other !== hint && other.hidePopover());
    if (!hint.matches(":popover-open")) {
      hint.showPopover({ source: anchor });
      place(anchor, hint);
      anchor.setAttribute("aria-expanded", "true");
    }
    if (keep) hint.dataset.kept = "true";
  };
  document.addEventListener("toggle", ({ target, newState }) => {
    if (newState !== "closed" || !target.matches(".lw-hint")) return;
    anchorOf(target)?.setAttribute("aria-expanded", "false");
    delete target.dataset.kept;
  }, true);
  const leaveHint = () => {
    clearTimeout(leaving);
    leaving = setTimeout(() => {
      document.querySelectorAll(".lw-hint:popover-open:not([data-kept])").forEach((hint) => {
        const anchor = anchorOf(hint);
        const inside = hint.contains(document.activeElement) || hint.matches(":hover");
        if (!inside && document.activeElement !== anchor && !anchor?.matches(":hover")) hint.hidePopover();
      });
    }, 200);
  };
  on("pointerover", "[data-hint]", (anchor, event) => event.pointerType === "mouse" && showHint(anchor, false));
  on("pointerout", "[data-hint], .lw-hint", leaveHint);
  on("focusin", "[data-hint]", (anchor) => anchor.matches(":focus-visible") && showHint(anchor, false));
  on("focusout", "[data-hint], .lw-hint", leaveHint);
  // A press beside an open hint closes it before the click arrives: whether it was kept is seen when the press begins.
  const isKept = (anchor) => Boolean(hintOf(anchor)?.matches("[data-kept]:popover-open"));
  let pressed = null;
  document.addEventListener("pointerdown", ({ target }) => {
    const anchor = target.closest?.("[data-hint]");
    pressed = anchor && isKept(anchor) ? anchor : null;
  }, true);
  on("click", "[data-hint]", (anchor, event) => {
    const again = event.detail ? pressed === anchor : isKept(anchor);
    if (!again) showHint(anchor, true);
    else if (hintOf(anchor).matches(":popover-open")) hintOf(anchor).hidePopover();
  });
  addEventListener("scroll", () => {
    document.querySelectorAll(".lw-hint:popover-open").forEach((hint) => {
      const anchor = anchorOf(hint);
      if (anchor) place(anchor, hint);
    });
  }, { capture: true, passive: true });
})();
