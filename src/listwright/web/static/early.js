// What somebody does before the page's scripts are there is done as soon as they are, instead of being lost.
(() => {
  const clicked = new Set();
  const click = (event) => {
    const button = event.target.closest("button, a");
    // A button of no form does nothing but what a script makes of it.
    const needed = button?.matches("[type=button], [hx-get], [hx-post]") || (button?.type === "submit" && button.form?.matches("[hx-post]"));
    if (!needed) return;
    event.preventDefault();
    clicked.add(button);
  };
  // Fields keep what was done to them; a script that draws its own state at first may untick them, and is told again.
  const written = new Map();
  const write = ({ target, type, detail }) => {
    if (detail === "draft") return;
    const types = written.get(target)?.types ?? new Set();
    written.delete(target); // the last one done is the last one told
    written.set(target, { types: types.add(type), ticked: target.checked });
  };

  document.addEventListener("click", click, true);
  for (const type of ["input", "change"]) document.addEventListener(type, write, true);
  document.addEventListener("DOMContentLoaded", () => {
    // Behind everybody else who waits for this moment.
    setTimeout(() => {
      document.removeEventListener("click", click, true);
      for (const type of ["input", "change"]) document.removeEventListener(type, write, true);
      written.forEach(({ types, ticked }, field) => {
        if (ticked !== undefined) field.checked = ticked;
        types.forEach((type) => field.dispatchEvent(new Event(type, { bubbles: true })));
      });
      clicked.forEach((button) => button.click());
    });
  });
})();
