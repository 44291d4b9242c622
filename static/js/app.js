/* Small conveniences. Every page works without them. */
(function () {
  "use strict";
  document.documentElement.classList.add("js");

  const each = (selector, action, root) => (root || document).querySelectorAll(selector).forEach(action);

  // Selects that act at once (year switch).
  function autoSubmit(root) {
    each("[data-auto-submit] select", (select) => select.addEventListener("change", () => select.form.requestSubmit()), root);
  }

  // A second click on the same button must not send the form twice; the server refuses it too.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    window.setTimeout(() => {
      each("button[type=submit], button:not([type])", (button) => { button.classList.add("is-busy"); button.setAttribute("aria-disabled", "true"); }, form);
    }, 0);
    window.setTimeout(() => release(form), 15000);
  });
  function release(form) {
    delete form.dataset.sent;
    each(".is-busy", (button) => { button.classList.remove("is-busy"); button.removeAttribute("aria-disabled"); }, form);
  }
  window.addEventListener("pageshow", () => each("form[data-sent]", release));
  document.addEventListener("htmx:afterRequest", (event) => { const form = event.target.closest("form"); if (form) release(form); });

  // Ticking rows: one box for all, a count in the bar, shift-click for a range.
  function bulk(root) {
    each("[data-bulk-bar]", (bar) => {
      const scope = (bar.dataset.form && document.getElementById(bar.dataset.form)) || bar.closest("form") || document;
      let last = null;
      const boxes = () => Array.from(scope.querySelectorAll("input.js-row:not(:disabled)"));
      const show = () => {
        const all = boxes(), ticked = all.filter((box) => box.checked);
        bar.querySelector("[data-bulk-count]").textContent = ticked.length.toLocaleString(document.documentElement.lang);
        bar.classList.toggle("is-idle", ticked.length === 0);
        all.forEach((box) => { const row = box.closest("tr"); if (row) row.classList.toggle("is-selected", box.checked); });
        each("input.js-all", (box) => { box.checked = ticked.length > 0 && ticked.length === all.length; box.indeterminate = ticked.length > 0 && ticked.length < all.length; }, scope);
      };
      scope.addEventListener("click", (event) => {
        if (!event.target.matches("input.js-row")) return;
        const all = boxes(), here = all.indexOf(event.target);
        if (event.shiftKey && last !== null) all.slice(Math.min(here, last), Math.max(here, last) + 1).forEach((box) => { box.checked = event.target.checked; });
        last = here;
      });
      scope.addEventListener("change", (event) => {
        if (event.target.matches("input.js-all")) boxes().forEach((box) => { box.checked = event.target.checked; });
        if (event.target.matches("input.js-row, input.js-all")) show();
      });
      show();
    }, root);
  }

  // File frames: drop a file, see its name.
  function fileDrop(root) {
    each("[data-file-drop]", (frame) => {
      const input = frame.querySelector("input[type=file]"), name = frame.querySelector("[data-file-name]");
      const over = (on) => (event) => { event.preventDefault(); frame.classList.toggle("is-over", on); };
      frame.addEventListener("dragover", over(true));
      frame.addEventListener("dragleave", over(false));
      frame.addEventListener("drop", (event) => {
        over(false)(event);
        if (event.dataTransfer.files.length) { input.files = event.dataTransfer.files; input.dispatchEvent(new Event("change", { bubbles: true })); }
      });
      input.addEventListener("change", () => {
        name.textContent = Array.from(input.files).map((file) => `${file.name} (${Math.max(1, Math.round(file.size / 1024)).toLocaleString("vi")} KB)`).join(", ");
      });
    }, root);
  }

  // On a phone only the first field of a filter stands open; a field with an error is never folded away.
  function foldFilters(root) {
    each("[data-filter-more]", (button) => {
      const form = button.closest("form");
      const fold = (on) => { form.classList.toggle("is-folded", on); button.setAttribute("aria-expanded", String(!on)); };
      fold(!form.querySelector(".field-error"));
      button.addEventListener("click", () => fold(!form.classList.contains("is-folded")));
    }, root);
  }

  // On a phone the row of tabs scrolls: the open one is shown, wherever it stands in the row.
  function showOpenTab(root) {
    each(".tab-links [aria-current]", (tab) => { const row = tab.closest(".tab-links"); row.scrollLeft = tab.offsetLeft - row.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2; }, root);
  }

  // A tab reached by keys comes into view whole: a browser leaves one be of which an edge can be seen.
  document.addEventListener("focusin", (event) => {
    if (event.target.matches(".tab-links a")) event.target.scrollIntoView({ block: "nearest", inline: "nearest" });
  });

  // A table is a stop for keys only where it scrolls: as cards on a phone it would be one for nothing, pages high.
  function tableStops(root) {
    each(".table-wrap[tabindex]", (wrap) => { wrap.tabIndex = wrap.clientWidth && wrap.scrollWidth <= wrap.clientWidth + 1 && wrap.scrollHeight <= wrap.clientHeight + 1 ? -1 : 0; }, root);
  }
  window.addEventListener("resize", () => tableStops());

  // Showing a password while typing: what is sent is a password field again, so that browsers keep it as one.
  function showPassword(root) {
    each("[data-show-password]", (line) => {
      const form = line.closest("form"), box = line.querySelector("input"), fields = form.querySelectorAll("input[type=password]");
      const show = (on) => fields.forEach((field) => { field.type = on ? "text" : "password"; });
      line.hidden = false;
      box.addEventListener("change", () => show(box.checked));
      form.addEventListener("submit", () => { box.checked = false; show(false); });
    }, root);
  }

  // More chosen than can be sent at once: said before sending, because a phone would upload for minutes first.
  document.addEventListener("change", (event) => {
    const form = event.target.type === "file" && event.target.closest("form[data-most-bytes]");
    if (!form) return;
    const note = form.querySelector("[data-size-note]");
    const over = Array.from(event.target.files).reduce((sum, file) => sum + file.size, 0) > Number(form.dataset.mostBytes);
    note.hidden = !over;
    note.textContent = over ? form.dataset.tooLarge : "";
    event.target.setCustomValidity(over ? form.dataset.tooLarge : "");
  });

  // Copy buttons: <button data-copy="text">; the word for "copied" stands in data-done.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button || !navigator.clipboard) return;
    navigator.clipboard.writeText(button.dataset.copy).then(() => { button.textContent = button.dataset.done || "✓"; });
  });

  // Menus close on Escape and on a click elsewhere.
  const closeMenus = (except) => each("details[data-menu][open]", (menu) => { if (menu !== except) menu.open = false; });
  document.addEventListener("click", (event) => closeMenus(event.target.closest("details[data-menu]")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    each("details[data-menu][open] > summary", (summary) => summary.focus());
    closeMenus(null);
  });

  // Suggestions of the top bar: arrows walk through them, Escape puts them away and goes back to the field.
  const finder = document.querySelector(".topbar-search");
  if (finder) finder.addEventListener("keydown", (event) => {
    const found = finder.querySelector("#topbar-found"), field = finder.querySelector("input[type=search]");
    const stops = [field, ...found.querySelectorAll("a")], at = stops.indexOf(document.activeElement);
    if (event.key === "Escape" && found.firstElementChild) { event.preventDefault(); found.replaceChildren(); field.focus(); return; }
    const next = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
    if (next === undefined || at < 0 || stops.length < 2) return;
    event.preventDefault();
    stops[(next + stops.length) % stops.length].focus();
  });

  // Print buttons, and folded tables are opened for paper.
  document.addEventListener("click", (event) => { if (event.target.closest("[data-print]")) window.print(); });
  window.addEventListener("beforeprint", () => each("details.disclosure:not([open])", (part) => { part.open = true; part.dataset.wasClosed = "1"; }));
  window.addEventListener("afterprint", () => each("details[data-was-closed]", (part) => { part.open = false; delete part.dataset.wasClosed; }));

  // htmx: when the session is over the answer is the sign-in page; go there instead of showing it inside a table.
  const loginMeta = document.querySelector('meta[name="login-url"]');
  document.addEventListener("htmx:beforeSwap", (event) => {
    const answer = event.detail.xhr;
    if (!loginMeta || !answer.responseURL || new URL(answer.responseURL).pathname !== loginMeta.content) return;
    event.detail.shouldSwap = false;
    window.location.assign(loginMeta.content + "?next=" + encodeURIComponent(window.location.pathname + window.location.search));
  });

  function start(root) { autoSubmit(root); bulk(root); fileDrop(root); foldFilters(root); showOpenTab(root); tableStops(root); showPassword(root); }
  document.addEventListener("DOMContentLoaded", () => {
    start(document);
    const summary = document.querySelector("[data-autofocus]");
    if (summary) summary.focus();
  });
  document.addEventListener("htmx:load", (event) => { if (event.target !== document.body) start(event.target.parentElement || event.target); });
})();
