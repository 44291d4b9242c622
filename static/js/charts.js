/* Draws charts from the JSON beside them. Canvas and rich-text tooltips: no inline style is ever injected. */
(function () {
  "use strict";
  const css = getComputedStyle(document.documentElement);
  const token = (name) => css.getPropertyValue(name).trim();
  const language = document.documentElement.lang === "en" ? "en" : "vi-VN";
  const show = (value) => (value === null || value === undefined || Number.isNaN(value) ? "–" : Number(value).toLocaleString(language, { maximumFractionDigits: 2 }));
  // Distinct in hue and in lightness; stacked and donut parts are also divided by a white line.
  const palette = () => [token("--primary"), token("--gold"), "#7fa9b3", token("--accent"), "#4b7d57", "#6d6a8f", "#b9c4c6"];

  function option(data, width) {
    const small = width < 480, room = Math.floor((width - 54) / Math.max(1, data.labels.length)) - 2;
    const font = { fontFamily: token("--font"), fontSize: parseFloat(getComputedStyle(document.body).fontSize) * 0.82, color: token("--ink") };
    const tip = { renderMode: "richText", textStyle: font, backgroundColor: token("--surface"), borderColor: token("--line-strong"), confine: true, valueFormatter: (value) => show(value) + (data.unit && data.unit.length < 3 ? data.unit : "") };
    const base = { textStyle: font, color: palette(), animation: !window.matchMedia("(prefers-reduced-motion: reduce)").matches, animationDuration: 350, aria: { enabled: false } };
    const legend = data.series.length > 1 || data.kind === "donut" ? { bottom: 0, textStyle: font, itemWidth: 16, itemHeight: 12, left: "center", width: width - 24 } : undefined;
    const names = data.kind === "donut" ? data.labels : data.series.map((one) => one.name);
    const legendRows = Math.ceil(names.reduce((sum, name) => sum + name.length * font.fontSize * 0.58 + 40, 0) / (width - 24));
    const below = legend ? 18 + legendRows * (font.fontSize + 10) : 8;
    if (data.kind === "donut") {
      const values = data.series[0].values;
      return { ...base, legend, tooltip: { ...tip, trigger: "item" }, series: [{ type: "pie", radius: ["48%", "74%"], bottom: below - 12, itemStyle: { borderColor: token("--surface"), borderWidth: 2 }, label: { show: !small, formatter: (part) => `${part.name}: ${show(part.value)}`, ...font }, data: data.labels.map((name, index) => ({ name, value: values[index] })) }] };
    }
    const sideways = data.kind === "hbar";
    const category = { type: "category", data: data.labels, axisTick: { show: false }, axisLine: { lineStyle: { color: token("--line-strong") } }, axisLabel: { ...font, lineHeight: font.fontSize * 1.25, hideOverlap: !sideways, width: sideways ? (small ? 110 : 190) : Math.max(room, 40), overflow: sideways ? "truncate" : "break", interval: sideways || room > 44 ? 0 : "auto" }, inverse: sideways };
    const amount = { type: "value", splitLine: { lineStyle: { color: token("--line") } }, axisLabel: { ...font, formatter: show }, max: data.unit === "%" ? (range) => (range.max > 60 ? 100 : range.max < 5 ? 10 : null) : null };
    const series = data.series.map((one, index) => {
      if (one.target) return { name: one.name, type: "line", data: one.values, symbol: "diamond", symbolSize: 9, lineStyle: { type: "dashed", width: 2, color: token("--accent") }, itemStyle: { color: token("--accent") }, z: 5 };
      if (data.kind === "line") return { name: one.name, type: "line", data: one.values, symbol: ["circle", "rect", "triangle", "diamond"][index % 4], symbolSize: 8, lineStyle: { width: 3, type: index % 2 ? "dashed" : "solid" }, connectNulls: false };
      return { name: one.name, type: "bar", data: one.values, barMaxWidth: 38, stack: data.kind === "stacked" ? "all" : undefined, itemStyle: { borderRadius: data.kind === "stacked" ? 0 : sideways ? [0, 3, 3, 0] : [3, 3, 0, 0], borderColor: token("--surface"), borderWidth: data.kind === "stacked" ? 1 : 0 }, label: { show: data.kind !== "stacked" && data.labels.length <= 12 && !(small && !sideways && data.labels.length > 6), position: sideways ? "right" : "top", formatter: (part) => show(part.value), backgroundColor: token("--surface"), padding: [1, 3], borderRadius: 3, ...font } };
    });
    return { ...base, legend, tooltip: { ...tip, trigger: "axis", axisPointer: { type: "shadow" } }, grid: { left: 8, right: sideways ? 48 : 12, top: 24, bottom: below, containLabel: true }, xAxis: sideways ? amount : category, yAxis: sideways ? category : amount, series };
  }

  const drawn = [];
  function draw(root) {
    root.querySelectorAll("[data-chart]:not([data-drawn])").forEach((place) => {
      const source = document.getElementById(place.dataset.chart);
      if (!source || !window.echarts) return;
      place.dataset.drawn = "1";
      const data = JSON.parse(source.textContent);
      const chart = window.echarts.init(place, null, { renderer: "canvas" });
      const paint = () => chart.setOption(option(data, place.clientWidth), true);
      paint();
      drawn.push({ place, chart, paint });
    });
  }
  let timer = 0;
  window.addEventListener("resize", () => { window.clearTimeout(timer); timer = window.setTimeout(() => drawn.forEach((one) => { one.chart.resize(); one.paint(); }), 150); });
  document.addEventListener("DOMContentLoaded", () => { (document.fonts ? document.fonts.ready : Promise.resolve()).then(() => draw(document)); });
  document.addEventListener("htmx:load", (event) => draw(event.target));
})();
