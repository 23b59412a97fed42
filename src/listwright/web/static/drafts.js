// What is typed in a form[data-draft] is kept in this tab, and stands there again when the page is reloaded or come back to.
// Kept is what differs from the form as served, each field with the value its editor believed stood there (`was.NAME`):
// what somebody else has changed since is found by the server as ever, and fields nobody touched are as served now.
(() => {
  const PREFIX = "draft ";
  const read = (name) => {
    try {
      return JSON.parse(sessionStorage.getItem(name));
    } catch {
      return null;
    }
  };
  // Where nothing can be kept, or no more, everything works as without drafts.
  const write = (name, draft) => {
    try {
      if (draft) sessionStorage.setItem(name, JSON.stringify(draft));
      else sessionStorage.removeItem(name);
    } catch {
      return;
    }
  };
  const names = () => {
    try {
      return Object.keys(sessionStorage).filter((name) => name.startsWith(PREFIX));
    } catch {
      return [];
    }
  };
  const sent = (name, is) => {
    const draft = read(name);
    if (draft) write(name, { ...draft, sent: is });
  };

  const LEFT_OUT = ["hidden", "password", "file", "submit", "button", "reset", "image"];
  const ticks = (control) => control.type === "checkbox" || control.type === "radio";
  const now = (control) => (ticks(control) ? control.checked : control.value);
  const chosen = (select) => [...select.options].find((option) => option.defaultSelected) ?? select.options[0];
  const asServed = (control) => {
    if (ticks(control)) return control.defaultChecked;
    return control.localName === "select" ? chosen(control)?.value : control.defaultValue;
  };
  // Controls of one name are told apart by what they are of, or what they stand for.
  const keyOf = (control) => `${control.name} ${control.dataset.of ?? (ticks(control) ? control.value : "")}`;
  const wasOf = (control) =>
    "of" in control.dataset
      ? control.form.querySelector(`[name=was][data-of="${CSS.escape(control.dataset.of)}"]`)
      : control.form.elements.namedItem(`was.${control.name}`);
  // A field and its Default box are one thing (sheet.js).
  const partnerOf = (control) =>
    control.dataset.box ? control.form.elements.namedItem(control.dataset.box) : document.getElementById(control.dataset.default);
  const canHold = (control, value) => control.localName !== "select" || [...control.options].some((one) => one.value === value);

  // Nobody has done it just now: early.js does not tell it a second time.
  const again = (type) => new CustomEvent(type, { bubbles: true, detail: "draft" });

  class Draft {
    constructor(form) {
      this.form = form;
      this.name = `${PREFIX}${location.pathname} ${form.id} ${form.dataset.draft}`;
      this.returned = "returned" in form.dataset;
      this.served = new Map();
      this.known = new WeakSet();
      this.kept = {};
      this.carried = new Set();
      this.filling = false;
      form.autocomplete = "off"; // else the browser fills it as well
      this.meet();
    }

    controls() {
      const usable = (one) => one.matches("input, select, textarea") && one.name && !LEFT_OUT.includes(one.type);
      return [...this.form.elements].filter(usable);
    }

    // Controls that have come since; what htmx brings holds what was typed before, which was not served.
    meet() {
      const fresh = this.controls().filter((control) => !this.known.has(control));
      fresh.forEach((control) => {
        this.known.add(control);
        if (!this.served.has(keyOf(control))) this.served.set(keyOf(control), asServed(control));
      });
      return fresh;
    }

    differs(control) {
      return control && now(control) !== this.served.get(keyOf(control));
    }

    save() {
      const fields = { ...this.kept };
      this.controls().forEach((control) => {
        const key = keyOf(control);
        delete fields[key];
        if (this.differs(control) || this.differs(partnerOf(control)) || this.carried.has(key))
          fields[key] = { value: now(control), was: wasOf(control)?.value };
      });
      const any = Object.keys(fields).length > 0;
      write(this.name, any ? { fields } : null);
      return any;
    }

    fill(controls) {
      const [boxes, others] = [[], []];
      controls.filter((one) => keyOf(one) in this.kept).forEach((one) => ("default" in one.dataset ? boxes : others).push(one));
      this.filling = true;
      [boxes, others].forEach((group) => {
        const changed = group.filter((control) => this.put(control, this.kept[keyOf(control)]));
        changed.forEach((control) => ["input", "change"].forEach((type) => control.dispatchEvent(again(type))));
      });
      this.filling = false;
    }

    put(control, { value, was }) {
      const hidden = wasOf(control);
      if (hidden && was !== undefined) hidden.value = was;
      // A ticked Default box shows what it pulls now.
      if (control.dataset.box && partnerOf(control)?.checked) return false;
      if (now(control) === value || (control.type === "radio" && !value) || !canHold(control, value)) return false;
      if (ticks(control)) control.checked = value;
      else control.value = value;
      control.closest("details")?.setAttribute("open", "");
      return true;
    }

    // A form that came back with errors shows itself what was typed.
    begin() {
      const draft = read(this.name);
      if (!draft) return;
      if (this.returned) {
        this.carried = new Set(Object.keys(draft.fields));
        this.save();
        return;
      }
      this.kept = draft.fields;
      this.fill(this.controls());
      if (this.save()) this.tell();
    }

    tell() {
      const note = document.createElement("div");
      note.className = "alert d-flex flex-wrap align-items-center gap-2 py-2 mb-3";
      note.setAttribute("role", "note");
      const text = document.createElement("span");
      text.textContent = "What you had typed is here again.";
      const discard = document.createElement("button");
      discard.type = "button";
      discard.className = "btn btn-sm";
      discard.textContent = "Discard it";
      discard.addEventListener("click", () => {
        write(this.name, null);
        location.reload();
      });
      note.append(text, discard);
      this.form.prepend(note);
      const said = document.getElementById("said");
      if (said) said.textContent = text.textContent;
    }

    typed(control) {
      if (this.filling) return;
      [control, partnerOf(control)].forEach((one) => one && delete this.kept[keyOf(one)]);
      this.save();
    }

    settled() {
      const fresh = this.meet();
      if (fresh.length) this.fill(fresh);
    }
  }

  const drafts = new Map([...document.querySelectorAll("form[data-draft]")].map((form) => [form, new Draft(form)]));

  // What was sent is forgotten where a page says that it was done. Any other page is a refusal, the form again, the sign-in,
  // or what one went to because no answer came.
  const arrivedNow = performance.getEntriesByType("navigation")[0]?.type === "navigate";
  const done = arrivedNow && document.querySelector("#toasts .lw-toast-success");
  names().filter((name) => read(name)?.sent).forEach((name) => (done ? write(name, null) : sent(name, false)));

  // At the window, behind what the page's other scripts do at the document.
  ["input", "change"].forEach((type) => addEventListener(type, ({ target }) => target.name && drafts.get(target.form)?.typed(target)));
  addEventListener("submit", (event) => {
    const draft = drafts.get(event.target);
    if (!draft || event.defaultPrevented) return;
    draft.save();
    sent(draft.name, true);
  });
  addEventListener("pageshow", (event) => event.persisted && drafts.forEach((draft) => sent(draft.name, false)));
  document.addEventListener("click", (event) => {
    const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey;
    const link = !elsewhere && event.target instanceof Element && event.target.closest("[data-forgets]");
    const draft = link && drafts.get(link.closest("form"));
    if (draft) write(draft.name, null);
  });
  addEventListener("DOMContentLoaded", () => drafts.forEach((draft) => draft.begin()));
  document.addEventListener("htmx:afterSettle", () => drafts.forEach((draft) => draft.settled()));
})();
