/* Copy a text to the clipboard: <button data-copy-from="id of a textarea" data-done="word">. Without the clipboard of
   a secure page the text is selected and copied the old way; without JavaScript it can be selected by hand. */
(function () {
  "use strict";
  document.querySelectorAll("textarea[data-fit]").forEach((area) => { area.style.height = `${area.scrollHeight + 4}px`; });

  function selectAndCopy(area) {
    area.focus();
    area.select();
    area.setSelectionRange(0, area.value.length);
    return document.execCommand("copy");
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy-from]");
    const area = button && document.getElementById(button.dataset.copyFrom);
    if (!area) return;
    const done = () => { button.lastElementChild.textContent = button.dataset.done; button.setAttribute("aria-live", "polite"); };
    if (navigator.clipboard && window.isSecureContext) {
      navigator.clipboard.writeText(area.value).then(done, () => { if (selectAndCopy(area)) done(); });
    } else if (selectAndCopy(area)) {
      done();
    }
  });
})();
