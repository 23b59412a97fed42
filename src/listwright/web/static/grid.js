// Manage Catalog: which rows are selected, also across pages when all that match are meant.
(() => {
  // A search that has found nothing yet goes on by itself.
  const further = document.querySelector("[data-goes-on]");
  if (further) addEventListener("load", () => location.replace(further.href));

  const form = document.getElementById("grid");
  if (!form) return;

  // Which columns are shown is remembered by this browser, and read by the server before it draws the page.
  const columns = [...document.querySelectorAll("[data-column]")];
  columns.forEach((column) =>
    column.addEventListener("change", () => {
      document.getElementById("products").classList.toggle(`lw-without-${column.dataset.column}`, !column.checked);
      const without = columns.filter((other) => !other.checked).map((other) => other.dataset.column);
      document.cookie = `columns=${without.join(".")}; path=/; max-age=31536000; SameSite=Lax`;
    }),
  );

  const boxes = [...form.querySelectorAll("input[name=sku]")];
  const page = form.querySelector("[data-check-page]");
  const scope = form.querySelector("[data-scope]");
  const told = document.querySelector("[data-selected]");
  const all = document.querySelector("[data-select-all]");
  const count = form.querySelector("[data-selected-count]");
  if (!page) return;
  let last = null;

  const show = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    const everything = scope.value === "matching";
    page.checked = chosen === boxes.length;
    page.indeterminate = chosen > 0 && chosen < boxes.length;
    boxes.forEach((box) => box.closest("tr").classList.toggle("lw-selected", box.checked));
    told.textContent = everything ? "· all that match are selected" : chosen ? `· ${chosen} selected` : "";
    all.hidden = everything || chosen < boxes.length;
    count.textContent = everything ? "all" : chosen;
    form.querySelectorAll("[data-needs-selection]").forEach((button) => (button.disabled = !everything && !chosen));
    form.querySelector("[data-nothing-selected]").hidden = everything || chosen > 0;
  };
  const pick = () => {
    scope.value = "rows";
    show();
  };

  page.addEventListener("change", () => {
    boxes.forEach((box) => (box.checked = page.checked));
    pick();
  });
  // Shift and click selects from the last one to this.
  boxes.forEach((box, index) =>
    box.addEventListener("click", (event) => {
      if (event.shiftKey && last !== null) {
        const [from, to] = [Math.min(last, index), Math.max(last, index)];
        boxes.slice(from, to + 1).forEach((other) => (other.checked = box.checked));
      }
      last = index;
      pick();
    }),
  );
  all.addEventListener("click", () => {
    scope.value = "matching";
    show();
  });
  document.addEventListener("listwright:close", () => {
    boxes.forEach((box) => (box.checked = false));
    form.querySelector("details.lw-actions").open = false;
    pick();
  });
  show();
})();
