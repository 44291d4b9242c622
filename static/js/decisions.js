// The reason field is asked for only beside "Không công nhận". Without JavaScript every row shows it.
(function () {
  "use strict";
  function update(select) {
    var row = select.closest("tr");
    var reason = row.querySelector("input.form-control");
    var refusing = select.value === "refuse";
    reason.disabled = !refusing;
    reason.hidden = !refusing;
    reason.required = refusing;
    row.classList.toggle("is-left", select.value === "leave");
  }
  document.querySelectorAll(".js-choice").forEach(function (select) {
    update(select);
    select.addEventListener("change", function () { update(select); });
  });
})();
