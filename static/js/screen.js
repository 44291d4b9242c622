/* Keys of the wall: arrows, the clicker of a presenter (page keys), Enter and Backspace. The links work without it. */
(function () {
  "use strict";
  const keys = { ArrowLeft: "left", PageUp: "left", ArrowRight: "right", PageDown: "right", ArrowUp: "up", ArrowDown: "down", Enter: "enter", Backspace: "back" };
  function full() {
    if (document.fullscreenElement) document.exitFullscreen();
    else if (document.documentElement.requestFullscreen) document.documentElement.requestFullscreen().catch(() => {});
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || !document.querySelector(".wall")) return;
    if (event.key === "Enter" && event.target.closest("a, button")) return; // the focused one is meant
    if (event.key === "f" || event.key === "F") { event.preventDefault(); full(); return; }
    const link = keys[event.key] && document.querySelector(`[data-screen-key="${keys[event.key]}"]`);
    if (!link) return;
    event.preventDefault();
    link.click();
  });
  document.addEventListener("click", (event) => { if (event.target.closest("[data-screen-full]")) full(); });
})();
