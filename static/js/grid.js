/* Score grids and score sheets: keys, paste, fill-down, bounds and totals while typing. Everything is checked again by
   the server; without this file the pages are plain forms. */
(function () {
  "use strict";
  const points = (text) => {
    const clean = text.trim().replace(/\s/g, "").replace(",", ".");
    if (clean === "") return null;
    return /^[+-]?\d+(\.\d*)?$|^[+-]?\.\d+$/.test(clean) ? Number(clean) : NaN;
  };
  const show = (number) => number.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 2 });
  const isNa = (text) => ["k", "kad", "-", "na"].includes(text.trim().toLowerCase());
  const isAnswer = (text) => ["", "c", "có", "co", "x", "1", "k", "không", "khong", "0"].includes(text.trim().toLowerCase());
  const fits = (value, max, step) => value === null || (value >= 0 && value <= max && Math.abs(value / step - Math.round(value / step)) < 1e-9);

  // --- The grid
  document.querySelectorAll("table[data-grid]").forEach((table) => {
    const frame = document.getElementById("grid-bounds");
    const bounds = (frame ? frame.dataset.bounds : "").split(";").filter(Boolean).map((part) => { const [max, na, answer] = part.split(","); return { max: Number(max), na: na === "1", answer: answer === "1" }; });
    const step = Number(table.dataset.step || "0.5"), sums = table.hasAttribute("data-sum");
    const rows = Array.from(table.tBodies[0].rows).map((row) => Array.from(row.querySelectorAll("input.grid-input")));
    const where = new Map();
    rows.forEach((cells, y) => cells.forEach((cell) => where.set(cell, [y, Number(cell.dataset.c)])));
    const cellAt = (y, x) => (rows[y] || []).find((cell) => Number(cell.dataset.c) === x);
    const state = document.querySelector("[data-grid-state]");
    let changed = 0, beyond = 0, computed = 0;

    function judge(cell) {
      const [, x] = where.get(cell), bound = bounds[x];
      const was = cell.classList.contains("is-changed"), is = cell.value !== cell.defaultValue;
      if (was !== is) { changed += is ? 1 : -1; cell.classList.toggle("is-changed", is); }
      if (bound && bound.answer) { cell.classList.toggle("is-over", !isAnswer(cell.value)); return; }
      if (!bound || (bound.na && isNa(cell.value))) { cell.classList.remove("is-over"); return; }
      const value = points(cell.value);
      cell.classList.toggle("is-over", Number.isNaN(value) || !fits(value, bound.max, step));
    }
    function total(y) {
      if (!sums) return;
      const target = rows[y].length ? rows[y][0].closest("tr").querySelector("[data-sum-cell]") : null;
      if (!target) return;
      let sum = 0, left = 0, applicable = 0, all = 0, filled = false;
      rows[y].forEach((cell) => {
        const bound = bounds[Number(cell.dataset.c)];
        if (bound.answer) return;
        all += bound.max;
        if (bound.na && isNa(cell.value)) { left += bound.max; filled = true; return; }
        applicable += bound.max;
        const value = points(cell.value);
        if (value !== null && !cell.readOnly) filled = true; // what the share alone says is no sheet yet
        sum += Number.isNaN(value) ? 0 : value || 0;
      });
      const result = table.dataset.naPolicy === "RESCALE" ? (applicable ? Math.round((sum * all / applicable) / step) * step : 0) : sum + left;
      target.textContent = filled ? show(result) : "–";
    }
    function tell() { if (state) state.textContent = [changed ? `${changed} ${state.dataset.unsaved}` : "", beyond ? `${beyond} ${state.dataset.beyond}` : "", computed ? `${computed} ${state.dataset.computed}` : ""].filter(Boolean).join("; "); }
    function typed(cell) { judge(cell); total(where.get(cell)[0]); tell(); }
    function put(cell, text) {
      if (!cell || cell.readOnly || cell.value === text) return;
      cell.value = text;
      cell.classList.remove("is-invalid");
      typed(cell);
    }
    const editable = (y, dy) => { for (let row = y + dy; row >= 0 && row < rows.length; row += dy) if (rows[row].length) return row; return null; };
    function go(y, x) { const cell = cellAt(y, x); if (cell) { cell.focus(); cell.select(); } }

    table.addEventListener("input", (event) => { if (where.has(event.target)) { event.target.classList.remove("is-invalid"); typed(event.target); } });
    table.addEventListener("focusin", (event) => { if (where.has(event.target)) event.target.select(); });
    table.addEventListener("keydown", (event) => {
      const cell = event.target;
      if (!where.has(cell)) return;
      const [y, x] = where.get(cell);
      const whole = cell.selectionStart === 0 && cell.selectionEnd === cell.value.length;
      const atStart = whole || (cell.selectionStart === 0 && cell.selectionEnd === 0);
      const atEnd = whole || cell.selectionStart === cell.value.length;
      if (event.key === "ArrowDown" || (event.key === "Enter" && !event.shiftKey && !event.ctrlKey)) {
        const next = editable(y, 1);
        event.preventDefault();
        if (next !== null) go(next, x);
      } else if (event.key === "ArrowUp" || (event.key === "Enter" && event.shiftKey)) {
        const next = editable(y, -1);
        event.preventDefault();
        if (next !== null) go(next, x);
      } else if (event.key === "ArrowRight" && atEnd && cellAt(y, x + 1)) { event.preventDefault(); go(y, x + 1); }
      else if (event.key === "ArrowLeft" && atStart && cellAt(y, x - 1)) { event.preventDefault(); go(y, x - 1); }
      else if (event.key.toLowerCase() === "d" && (event.ctrlKey || event.metaKey)) {
        const above = editable(y, -1);
        event.preventDefault();
        if (above !== null && cellAt(above, x)) put(cell, cellAt(above, x).value);
        const next = editable(y, 1);
        if (next !== null) go(next, x);
      } else if (event.key === "Escape") { put(cell, cell.defaultValue); cell.select(); }
    });
    // A block copied from a spreadsheet: lines are rows, tabs are columns; read-only rows are jumped over.
    table.addEventListener("paste", (event) => {
      const cell = event.target, text = (event.clipboardData || window.clipboardData).getData("text");
      if (!where.has(cell) || !/[\t\n\r]/.test(text.replace(/[\r\n]+$/, ""))) return;
      event.preventDefault();
      const [y0, x0] = where.get(cell);
      let y = y0;
      beyond = 0;
      computed = 0;
      text.replace(/\r/g, "").replace(/\n+$/, "").split("\n").forEach((line) => {
        line.split("\t").forEach((part, dx) => {
          const target = y === null ? null : cellAt(y, x0 + dx);
          if (target && target.readOnly) computed += part.trim() && points(part) !== points(target.value) ? 1 : 0;
          else if (target) put(target, part.trim()); else if (part.trim()) beyond += 1;
        });
        if (y !== null) y = editable(y, 1);
      });
      tell();
    });
    rows.forEach((cells, y) => { cells.forEach(judge); total(y); });
    tell();

    const form = table.closest("form");
    let leaving = false;
    form.addEventListener("submit", () => { leaving = true; });
    window.addEventListener("beforeunload", (event) => { if (changed && !leaving) event.preventDefault(); });
  });

  // --- One sheet: running total, "không áp dụng", rank
  document.querySelectorAll("[data-sheet]").forEach((sheet) => {
    const inputs = Array.from(sheet.querySelectorAll("[data-score]"));
    const output = document.querySelector("[data-sheet-total]"), rankBox = document.querySelector("[data-ranks]");
    const naOf = (input) => Array.from(sheet.querySelectorAll("[data-na]")).find((box) => box.dataset.na === input.dataset.score);
    const pairs = inputs.map((input) => ({ input, na: naOf(input), max: Number(input.dataset.max), step: Number(input.dataset.step) }));
    function update() {
      let sum = 0, left = 0, applicable = 0, all = 0, open = 0;
      pairs.forEach(({ input, na, max, step }) => {
        all += max;
        if (na && na.checked) { left += max; input.disabled = false; input.classList.remove("is-over"); return; }
        applicable += max;
        const value = points(input.value);
        input.classList.toggle("is-over", Number.isNaN(value) || !fits(value, max, step));
        if (value === null) open += 1;
        sum += Number.isNaN(value) ? 0 : value || 0;
      });
      const result = sheet.dataset.naPolicy === "RESCALE" ? (applicable ? sum * all / applicable : 0) : sum + left;
      if (output) output.textContent = show(result);
      if (!rankBox) return;
      const ranks = rankBox.dataset.ranks.split(";").map((part) => { const cut = part.indexOf(","); return { floor: Number(part.slice(0, cut)), title: part.slice(cut + 1) }; });
      const rank = ranks.find((one) => result >= one.floor);
      rankBox.querySelector("[data-sheet-rank]").textContent = open || !rank ? "–" : rank.title;
      const note = rankBox.querySelector("[data-gap-note]");
      if (note) note.hidden = open > 0 || !rankBox.dataset.self || Math.abs(result - Number(rankBox.dataset.self) / 2) <= 10;
    }
    sheet.addEventListener("input", update);
    sheet.addEventListener("change", (event) => {
      const pair = pairs.find(({ na }) => na === event.target);
      if (pair && pair.na.checked) pair.input.value = "";
      update();
    });
    // Enter goes to the next criterion instead of sending a half-filled sheet.
    sheet.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !event.target.matches("[data-score]")) return;
      event.preventDefault();
      const next = inputs[inputs.indexOf(event.target) + 1];
      if (next) { next.focus(); next.select(); }
    });
    update();
  });
})();
