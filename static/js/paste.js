/* Rows pasted from Excel: spread over the grid, moved through by keys, checked by the server as they land. Without this
   file the box and the buttons do the same. Words come from the page; nothing is judged here. */
(function () {
  "use strict";
  const form = document.querySelector("[data-paste-form]"), table = document.querySelector("table[data-paste]");
  if (!form || !table) return;
  const body = table.tBodies[0], words = form.dataset, first = Number(table.dataset.first);
  const heads = Array.from(table.tHead.rows[0].querySelectorAll("[data-field]"));
  const fields = heads.map((head) => head.dataset.field), width = fields.length;
  const state = form.querySelector("[data-paste-state]"), saveGood = form.querySelector("[data-save-good]");
  const box = form.querySelector("[data-paste-box]"), count = form.querySelector("[data-paste-count]");
  const cellsOf = (row) => Array.from(row.querySelectorAll("input.paste-input"));
  const blank = body.rows[body.rows.length - 1].cloneNode(true);
  const most = Number(table.dataset.most), mostBytes = Number(table.dataset.mostBytes);
  const told = form.querySelector("[data-paste-told]"), notice = form.querySelector("[data-paste-notice]");
  let timer = 0, asked = 0, inBox = { text: "", merged: "" };

  function clear(row) {
    row.classList.remove("has-error");
    row.querySelector("[data-verdict]").replaceChildren();
    row.querySelector("[data-reasons]").textContent = "";
    row.querySelector(".own").hidden = true;
    cellsOf(row).forEach((cell) => {
      cell.classList.remove("is-invalid");
      ["aria-invalid", "title", "aria-describedby"].forEach((name) => cell.removeAttribute(name));
    });
  }
  function addRow() {
    const y = body.rows.length, row = blank.cloneNode(true);
    clear(row);
    row.querySelector("th").textContent = y + first;
    cellsOf(row).forEach((cell, x) => { cell.name = `c-${y}-${x}`; cell.defaultValue = ""; cell.value = ""; cell.setAttribute("aria-label", `${words.wordsRow} ${y + first}, ${heads[x].dataset.label}`); });
    row.querySelector(".result").id = `kq-${y + first}`;
    const own = row.querySelector(".own input");
    own.value = y + first;
    own.checked = false;
    body.append(row);
    count.value = body.rows.length;
    return row;
  }
  const rowAt = (y) => { while (body.rows.length <= y) addRow(); return body.rows[y]; };
  const where = (cell) => [cell.closest("tr").sectionRowIndex, cellsOf(cell.closest("tr")).indexOf(cell)];
  function go(y, x) {
    if (y < 0 || x < 0 || x >= width) return;
    const cell = cellsOf(rowAt(y))[x];
    cell.focus();
    cell.select();
  }
  function put(y, x, lines) {
    lines.forEach((line, dy) => {
      const cells = cellsOf(rowAt(y + dy));
      line.forEach((text, dx) => { if (cells[x + dx]) cells[x + dx].value = text.trim(); });
    });
    form.dispatchEvent(new Event("input", { bubbles: true }));
    later(0);
  }

  /* Too much at once: told above the table, and everything stays where it is. */
  function refuse(text) {
    told.replaceChildren();
    tell(text);
    told.scrollIntoView({ block: "center" });
    state.textContent = "";
  }
  function tooManyRows(found) {
    if (found > most) refuse(words.wordsMany.replace("{n}", found.toLocaleString("vi")));
    return found > most;
  }
  function tooLarge(size) {
    if (size > mostBytes) refuse(words.wordsLarge);
    return size > mostBytes;
  }
  const sizeOf = (text) => new Blob([text]).size;

  function token() { return form.querySelector("input[name=csrfmiddlewaretoken]").value; }
  async function ask(data) {
    const answer = await fetch(words.check, { method: "POST", body: data, headers: { "X-CSRFToken": token() }, credentials: "same-origin" });
    if (answer.status === 413) return { error: words.wordsLarge };
    if (answer.status !== 200 && answer.status !== 422) throw new Error(String(answer.status));
    return answer.json();
  }
  function grid() {
    const data = new FormData(form);
    data.delete("dan");
    return data;
  }
  async function check() {
    const turn = ++asked;
    state.textContent = words.wordsChecking;
    try {
      const found = await ask(grid());
      if (turn !== asked) return;
      Array.from(body.rows).forEach(clear);
      if (found.error) { state.textContent = found.error; return; }
      found.rows.forEach(show);
      state.textContent = found.rows.length ? found.summary : "";
      saveGood.hidden = !found.left || found.left === found.rows.length;
    } catch (error) {
      if (turn === asked) state.textContent = words.wordsOffline;
    }
  }
  function show(one) {
    const row = body.rows[one.number - first];
    if (!row) return;
    const badge = document.createElement("span");
    badge.className = `badge-tag tone-${one.tone}`;
    badge.textContent = one.label;
    row.querySelector("[data-verdict]").replaceChildren(badge);
    row.querySelector("[data-reasons]").textContent = one.reasons.join(" ");
    row.querySelector(".own").hidden = !one.like;
    row.classList.toggle("has-error", one.tone === "danger" || one.tone === "warning");
    cellsOf(row).forEach((cell, x) => {
      const text = one.cells[fields[x]];
      if (!text) return;
      cell.classList.add("is-invalid");
      cell.setAttribute("aria-invalid", "true");
      cell.title = text;
      cell.setAttribute("aria-describedby", `kq-${one.number}`);
    });
  }
  function later(wait) { window.clearTimeout(timer); timer = window.setTimeout(check, wait); }

  // Text with its headings, or beginning at the first column, is spread by the server, which knows the headings.
  async function spread(text, y, x, merged) {
    if (tooLarge(sizeOf(text))) return false;
    const data = new FormData();
    data.set("dan", text);
    data.set("gop", merged);
    data.set("tu", x);
    data.set("year", form.elements.year.value);
    told.replaceChildren();
    state.textContent = words.wordsChecking;
    try {
      const found = await ask(data);
      if (found.error) { refuse(found.error); return false; }
      put(y, x, found.pasted);
      if (found.unused.length) tell(`${words.wordsUnused} ${found.unused.join(", ")}.`);
      found.notices.forEach(tell);
      return true;
    } catch (error) {
      state.textContent = words.wordsOffline;
      return false;
    }
  }
  function tell(text) {
    const one = notice.content.cloneNode(true);
    one.querySelector("p").textContent = text;
    told.append(one);
  }
  /* Cells over several rows: copied text has them in their first row only, but the copied table tells them. As the server
     reads it: rows;row,column,height;… from 0. */
  function mergedIn(data) {
    const html = data ? data.getData("text/html") : "";
    if (!/rowspan/i.test(html)) return "";
    const copied = new DOMParser().parseFromString(html, "text/html").querySelector("table");
    const rows = copied ? Array.from(copied.rows) : [], found = [], taken = rows.map(() => new Set());
    rows.forEach((row, y) => {
      let x = 0;
      Array.from(row.cells).forEach((cell) => {
        while (taken[y].has(x)) x += 1;
        const height = Math.min(cell.rowSpan || rows.length, rows.length - y);
        if (height > 1) found.push([y, x, height].join(","));
        for (let below = 1; below < height; below += 1) for (let right = 0; right < cell.colSpan; right += 1) taken[y + below].add(x + right);
        x += cell.colSpan;
      });
    });
    return found.length ? [rows.length, ...found].join(";") : "";
  }
  function firstFree() {
    const rows = Array.from(body.rows);
    let y = rows.length;
    while (y > 0 && cellsOf(rows[y - 1]).every((cell) => !cell.value)) y -= 1;
    return y;
  }

  form.addEventListener("draft:before", (event) => {
    const last = Object.keys(event.detail).reduce((most, name) => { const found = /^c-(\d+)-\d+$/.exec(name); return found ? Math.max(most, Number(found[1])) : most; }, -1);
    if (last >= 0 && last < 1000) { rowAt(last); later(0); }
  });
  table.addEventListener("paste", (event) => {
    const text = event.clipboardData ? event.clipboardData.getData("text") : "";
    if (!event.target.matches("input.paste-input") || !/[\t\n\r]/.test(text.replace(/[\r\n]+$/, ""))) return;
    event.preventDefault();
    const [y, x] = where(event.target), merged = mergedIn(event.clipboardData);
    if (merged || (x === 0 && text.includes("\t"))) spread(text, y, x, merged);
    else {
      const lines = text.replace(/\r/g, "").replace(/\n+$/, "").split("\n");
      if (!tooManyRows(lines.length) && !tooLarge(sizeOf(text))) put(y, x, lines.map((line) => line.split("\t")));
    }
  });
  form.addEventListener("submit", (event) => {
    if (tooLarge(new URLSearchParams(new FormData(form)).toString().length)) { event.preventDefault(); event.stopImmediatePropagation(); }
  }, true);
  async function fromBox(event) {
    if (!box.value.trim()) return;
    event.preventDefault();
    const y = firstFree(), same = box.value.replace(/\r/g, "") === inBox.text;
    if (await spread(box.value, y, 0, same ? inBox.merged : "")) { box.value = ""; go(y, 0); }
  }
  // What the clipboard tells of merged cells holds as long as the box holds nothing but what was pasted.
  box.addEventListener("paste", (event) => {
    const data = event.clipboardData;
    inBox = { text: data ? data.getData("text").replace(/\r/g, "") : "", merged: mergedIn(data) };
  });
  form.querySelector("[data-paste-read]").addEventListener("click", fromBox);
  table.addEventListener("input", () => later(700));
  table.addEventListener("change", (event) => { if (event.target.name === "ho-khac") later(0); });
  form.querySelectorAll(".paste-for select").forEach((select) => select.addEventListener("change", () => later(0)));
  table.addEventListener("keydown", (event) => {
    const cell = event.target;
    if (!cell.matches("input.paste-input")) return;
    const [y, x] = where(cell);
    const whole = cell.selectionStart === 0 && cell.selectionEnd === cell.value.length;
    const atStart = whole || (cell.selectionStart === 0 && cell.selectionEnd === 0), atEnd = whole || cell.selectionStart === cell.value.length;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.querySelector("button[value=luu]").focus(); }
    else if (event.key === "ArrowDown" || (event.key === "Enter" && !event.shiftKey)) { event.preventDefault(); go(y + 1, x); }
    else if (event.key === "ArrowUp" || event.key === "Enter") { event.preventDefault(); go(y - 1, x); }
    else if (event.key === "ArrowRight" && atEnd && x + 1 < width) { event.preventDefault(); go(y, x + 1); }
    else if (event.key === "ArrowLeft" && atStart && x > 0) { event.preventDefault(); go(y, x - 1); }
    else if (event.key.toLowerCase() === "d" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      if (y > 0) { cell.value = cellsOf(body.rows[y - 1])[x].value; later(700); }
      go(y + 1, x);
    }
  });
})();
