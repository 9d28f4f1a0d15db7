// Rules move by the arrow keys as well: plain ones on the buttons below a rule, with Alt anywhere inside of it.
const form = document.getElementById("policy");

form?.addEventListener("keydown", (event) => {
  if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
  const place = event.target.closest(".policy-rules > li");
  if (!place || !(event.altKey || event.target.closest("[data-move]"))) return;
  const button = place.querySelector(`[data-key="${event.key}"]`);
  event.preventDefault();
  button?.click();
});
