// Before anything is painted: the person's theme, or the device's.
(() => {
  const root = document.documentElement;
  const device = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const wanted = root.dataset.themeWanted || "auto";
    root.dataset.bsTheme = wanted === "auto" ? (device.matches ? "dark" : "light") : wanted;
  };
  apply();
  device.addEventListener("change", apply);
})();
