/* The inspector's sheet: each line is saved when it changes. Without this file the button below saves everything. */
(function () {
  "use strict";
  const lineOf = (element) => element.closest("[data-line]");

  // A refused line answers 403, 409 or 422 with its new state, which is shown like a saved one.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const line = lineOf(event.detail.target);
    if (!line || ![403, 409, 422].includes(event.detail.xhr.status)) return;
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  });

  // No network in the field: say so, and keep what was typed. The next change or the button below tries again.
  const failed = (event) => {
    const line = lineOf(event.target), form = line && line.closest("form");
    if (!line || !form.dataset.failed) return;
    const state = line.querySelector(".line-state");
    let note = state.querySelector("[data-failed-note]");
    if (!note) {
      note = document.createElement("p");
      note.className = "field-error";
      note.dataset.failedNote = "1";
      state.append(note);
    }
    note.textContent = form.dataset.failed;
  };
  document.addEventListener("htmx:sendError", failed);
  document.addEventListener("htmx:timeout", failed);

  // Two inspectors, one line: keep the other's, or write one's own over it.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-keep-other], [data-take-mine]");
    const line = button && lineOf(button);
    if (!line) return;
    line.querySelector(".line-state input[type=hidden]").value = button.dataset.version;
    if (button.hasAttribute("data-keep-other")) {
      const na = line.querySelector("[data-na]:not(button)");
      line.querySelector("[data-score]").value = button.dataset.points;
      line.querySelector("textarea").value = button.dataset.remark;
      if (na) na.checked = button.dataset.na === "1";
    }
    line.querySelector("[data-score]").dispatchEvent(new Event("input", { bubbles: true }));
    line.querySelector("[data-score]").dispatchEvent(new Event("change", { bubbles: true }));
  });
})();
