// Bulk Product Update: a file can be dropped; how far its sending is stands in a bar. The page may be replaced by the one
// that tells a mistake, so everything is found when it is needed.
(() => {
  const show = (drop) => {
    const file = drop.querySelector("input").files[0];
    const name = drop.querySelector("[data-drop-name]");
    name.dataset.asked ??= name.textContent;
    const size = file && (file.size < 1048576 ? `${Math.ceil(file.size / 1024)} KB` : `${(file.size / 1048576).toFixed(1)} MB`);
    name.textContent = file ? `${file.name} (${size})` : name.dataset.asked;
  };
  const dropOf = (event) => event.target instanceof Element && event.target.closest("[data-drop]");

  document.addEventListener("change", (event) => dropOf(event) && show(dropOf(event)));
  for (const type of ["dragenter", "dragover"])
    document.addEventListener(type, (event) => {
      const drop = dropOf(event);
      if (!drop) return;
      event.preventDefault();
      drop.classList.add("lw-drop-over");
    });
  document.addEventListener("dragleave", (event) => dropOf(event) && dropOf(event).classList.remove("lw-drop-over"));
  document.addEventListener("drop", (event) => {
    const drop = dropOf(event);
    if (!drop) return;
    event.preventDefault();
    drop.classList.remove("lw-drop-over");
    if (!event.dataTransfer.files.length) return;
    drop.querySelector("input").files = event.dataTransfer.files;
    show(drop);
  });

  // The same form, sent so that its progress can be seen; without this script it is sent as any other.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !("upload" in form.dataset)) return;
    event.preventDefault();
    const bar = form.querySelector("[data-sending]");
    const request = new XMLHttpRequest();
    bar.hidden = false;
    request.upload.addEventListener("progress", (sent) => sent.lengthComputable && (bar.value = (100 * sent.loaded) / sent.total));
    request.upload.addEventListener("load", () => bar.removeAttribute("value"));
    const failed = (text) => {
      listwright.answered();
      listwright.tell(text, "failed");
      bar.hidden = true;
      delete form.dataset.sent;
    };
    request.addEventListener("load", () => {
      if (request.status < 400) return location.assign(request.responseURL);
      const page = new DOMParser().parseFromString(request.responseText, "text/html").querySelector("main");
      if (!page || request.status >= 500) return failed(`Listwright could not take the file (${request.status}). Try again.`);
      listwright.answered();
      listwright.retract("failed");
      document.querySelector("main").replaceWith(document.adoptNode(page));
      htmx.process(page);
      const problem = page.querySelector("[role=alert]");
      problem?.scrollIntoView({ block: "center" });
      problem?.focus();
    });
    request.addEventListener("error", () => failed("Sending the file failed. Check the connection and try again."));
    request.open("POST", form.action);
    request.send(new FormData(form));
  });
})();
