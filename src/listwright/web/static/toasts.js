// Toasts go after a while, unless they tell of an error or somebody reads them.
(() => {
  const { on } = listwright;
  const keep = (toast) => {
    if (toast.dataset.seen) return;
    toast.dataset.seen = "true";
    if (toast.classList.contains("lw-toast-error")) return;
    const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : toast.remove());
    setTimeout(leave, 8000);
  };
  on("click", "[data-dismisses]", (button) => button.closest(".lw-toast").remove());

  const told = (kind) => document.querySelectorAll(`.lw-toast[data-kind="${kind}"]`);
  const retract = (kind) => told(kind).forEach((toast) => toast.remove());

  // One of a kind stands there at a time. As components/toast.html; `more` is what follows the text.
  const tell = (text, kind, level = "error", ...more) => {
    retract(kind);
    const toast = document.createElement("div");
    toast.className = `lw-toast lw-toast-${level}`;
    toast.dataset.kind = kind;
    toast.setAttribute("role", level === "error" ? "alert" : "status");
    const words = document.createElement("span");
    words.className = "lw-toast-text";
    words.append(text, ...more);
    const close = document.createElement("button");
    Object.assign(close, { type: "button", className: "btn-close" });
    close.setAttribute("aria-label", "Dismiss");
    close.dataset.dismisses = "";
    toast.append(words, close);
    document.getElementById("toasts").append(toast);
    keep(toast);
  };
  const isTold = (kind) => told(kind).length > 0;
  const keepToasts = () => document.querySelectorAll(".lw-toast").forEach(keep);

  addEventListener("DOMContentLoaded", keepToasts);
  document.addEventListener("htmx:afterSettle", keepToasts);
  Object.assign(listwright, { tell, isTold, retract });
})();
