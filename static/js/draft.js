/* Keeps what was typed in forms marked data-keep while the session may end under the person's hands.

   Only sessionStorage (gone with the tab), only changed fields, never passwords or files, under an opaque key of the
   person. Given back after signing in again; removed when the form was accepted, on sign-out (in all tabs), when
   somebody else signs in, and after twelve hours.

   Life of a draft: typing → {sent: false}. Submit → sent: true. Next page:
     sign-in page            → interrupted: true (the server did not get it)
     stale-token page        → left alone
     same form, with errors  → left alone; the server shows the answers itself
     anything else           → accepted: removed. An interrupted or unsent draft is put back into its form. */
(function () {
  "use strict";
  const PREFIX = "draft:", TWELVE_HOURS = 12 * 3600 * 1000;
  const meta = document.querySelector('meta[name="draft-key"]');
  const person = meta ? meta.content : "";
  let store;
  try { store = window.sessionStorage; store.getItem(PREFIX); } catch (error) { return; }

  const keys = () => Object.keys(store).filter((key) => key.startsWith(PREFIX));
  const read = (key) => { try { return JSON.parse(store.getItem(key)); } catch (error) { return null; } };
  let signedOut = false; // from then on this page writes nothing any more
  const write = (key, draft) => { if (signedOut) return; try { store.setItem(key, JSON.stringify(draft)); } catch (error) { /* full: the form still works */ } };
  const forget = () => keys().forEach((key) => store.removeItem(key));
  const keyOf = (form) => `${PREFIX}${person}:${window.location.pathname}:${form.dataset.keep || form.id || "form"}`;
  const kept = (field) => field.name && !field.disabled && !["password", "file", "hidden", "submit", "button"].includes(field.type) && !field.closest("[data-no-keep]") && !/password|csrf/i.test(field.name);

  // Sign-out empties every tab of this browser.
  const channel = "BroadcastChannel" in window ? new BroadcastChannel("portal") : null;
  if (channel) channel.onmessage = (event) => {
    if (event.data !== "signed-out") return;
    signedOut = true;
    forget();
    if (person) window.setTimeout(() => window.location.reload(), 1500); // the server is still busy signing out
  };
  window.addEventListener("pageshow", (event) => { if (event.persisted && signedOut) window.location.reload(); });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-sign-out]")) return;
    signedOut = true;
    forget();
    if (channel) channel.postMessage("signed-out");
  });

  const loginMeta = document.querySelector('meta[name="login-url"]');
  const isLogin = (address) => Boolean(address && loginMeta && new URL(address).pathname === loginMeta.content);
  const now = Date.now();
  const stale = document.body.classList.contains("is-stale");
  keys().forEach((key) => {
    const draft = read(key);
    if (!draft || now - draft.at > TWELVE_HOURS) { store.removeItem(key); return; }
    if (!person) { if (draft.sent) write(key, { ...draft, sent: false, interrupted: true }); return; }
    if (!key.startsWith(`${PREFIX}${person}:`)) { store.removeItem(key); return; }
    if (draft.sent && !stale && !refused(key)) store.removeItem(key);
  });
  function refused(key) {
    const form = Array.from(document.querySelectorAll("form[data-keep]")).find((one) => keyOf(one) === key);
    return Boolean(form && (form.querySelector(".is-invalid, .field-error, .invalid-feedback") || document.querySelector(".error-summary")));
  }
  if (!person) return;

  const isToggle = (field) => field.type === "checkbox" || field.type === "radio";
  const slot = (field) => (isToggle(field) ? `${field.name}=${field.value}` : field.name);
  const value = (field) => isToggle(field) ? field.checked : field.multiple ? Array.from(field.selectedOptions, (option) => option.value) : field.value;
  function original(field) {
    if (isToggle(field)) return field.defaultChecked;
    if (field.options) {
      const chosen = Array.from(field.options).filter((option) => option.defaultSelected).map((option) => option.value);
      return field.multiple ? chosen : chosen[0] ?? (field.options[0] ? field.options[0].value : "");
    }
    return field.defaultValue;
  }
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  document.querySelectorAll("form[data-keep]").forEach((form) => {
    const key = keyOf(form);
    const fields = () => Array.from(form.elements).filter(kept);
    const draft = read(key);
    // A table that grows makes room for the rows that were typed (its script stands before this one).
    if (draft && !draft.sent) form.dispatchEvent(new CustomEvent("draft:before", { detail: draft.values }));
    if (draft && !draft.sent) restore(form, fields(), draft, key);
    else if (draft) write(key, { ...draft, sent: false });

    let timer = 0, submitted = false;
    const save = () => {
      const values = {};
      fields().forEach((field) => { if (!same(value(field), original(field))) values[slot(field)] = value(field); });
      if (Object.keys(values).length) write(key, { at: Date.now(), sent: false, values });
      else store.removeItem(key);
    };
    form.addEventListener("input", () => { submitted = false; window.clearTimeout(timer); timer = window.setTimeout(save, 400); });
    form.addEventListener("submit", () => {
      submitted = true;
      window.clearTimeout(timer);
      save();
      const last = read(key);
      if (last) write(key, { ...last, sent: true });
    });
    window.addEventListener("pagehide", () => { const last = read(key); if (timer && !submitted && !(last && last.sent)) { window.clearTimeout(timer); save(); } });
    // A line that saves itself; suggestions and checks beside a form save nothing of it.
    form.addEventListener("htmx:afterRequest", (event) => { if (event.target.matches("[data-line]") && event.detail.successful && !isLogin(event.detail.xhr.responseURL)) store.removeItem(key); });
  });

  function restore(form, fields, draft, key) {
    let count = 0;
    fields.forEach((field) => {
      const saved = draft.values[slot(field)];
      if (saved === undefined || same(saved, value(field))) return;
      if (isToggle(field)) field.checked = saved;
      else if (field.multiple && field.options) Array.from(field.options).forEach((option) => { option.selected = saved.includes(option.value); });
      else field.value = saved;
      field.classList.add("was-restored");
      field.dispatchEvent(new Event("change", { bubbles: true }));
      count += 1;
    });
    if (!count) { store.removeItem(key); return; }
    write(key, { ...draft, interrupted: false });
    const words = document.getElementById("draft-words");
    if (!words) return;
    const note = words.content.firstElementChild.cloneNode(true);
    note.querySelector("[data-draft-time]").textContent = new Date(draft.at).toLocaleTimeString("vi", { hour: "2-digit", minute: "2-digit" });
    note.querySelector("button").addEventListener("click", () => { store.removeItem(key); form.reset(); note.remove(); form.querySelectorAll(".was-restored").forEach((field) => field.classList.remove("was-restored")); });
    form.prepend(note);
  }
})();
