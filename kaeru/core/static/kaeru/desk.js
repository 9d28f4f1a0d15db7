// Keys of the desk. Without this every button and link works as it is.
const rows = () => [...document.querySelectorAll(".cases a.case")];

function step(by) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(document.activeElement);
  all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by))].focus();
}

function open(key) {
  const part = document.querySelector(`details.deed[data-key="${key}"]`);
  if (!part) return false;
  for (const other of document.querySelectorAll("details.deed")) other.open = other === part;
  part.scrollIntoView({ block: "nearest" });
  (part.querySelector(key === "a" ? "[data-send]" : "select, input:not([type=hidden]), textarea") || part.querySelector("summary")).focus();
  return true;
}

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (typing || event.metaKey || event.ctrlKey || event.altKey || document.querySelector("dialog[open]")) return;
  const press = (what) => { event.preventDefault(); what(); };
  if (event.key === "j") press(() => step(1));
  else if (event.key === "k") press(() => step(-1));
  else if (event.key === "?") press(() => document.getElementById("keys").showModal());
  else if (event.key === "u") press(() => document.querySelector("button[data-key=u]")?.click());
  else if ("ads".includes(event.key) && open(event.key)) event.preventDefault();
});

const undo = document.querySelector(".undo");
if (undo) setTimeout(() => undo.remove(), 20000);
