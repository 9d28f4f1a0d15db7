// The calendar: visits are dragged to another time or person, an empty place begins a new one. Without this every visit has its sheet.
const dialog = document.getElementById("moving");
const board = () => document.getElementById("board");
const clock = (tick) => `${Math.floor(tick / 12) % 24}:${String((tick % 12) * 5).padStart(2, "0")}`;
let drag = null;
let justDragged = false;

function look(event) {
  // Which column is under the pointer, and how many ticks from its top.
  const paper = board();
  const under = document.elementsFromPoint(event.clientX, event.clientY);
  const column = under.map((part) => part.closest(".col")).find((part) => part && paper.contains(part));
  if (!column) return null;
  const body = column.querySelector(".body");
  const box = body.getBoundingClientRect();
  return { column, body, tick: ((event.clientY - box.top) / box.height) * Number(paper.dataset.hours) };
}

function begin(event, visit) {
  const paper = board();
  const step = Number(paper.dataset.step);
  const first = Number(paper.dataset.first);
  const here = look(event);
  if (!here) return;
  const ghost = visit.cloneNode(true);
  ghost.removeAttribute("id");
  ghost.removeAttribute("href");
  ghost.classList.add("ghost");
  drag = {
    visit, ghost, step, first,
    grab: here.tick - (Number(visit.dataset.tick) - first),
    tick: Number(visit.dataset.tick),
    column: here.column,
    from: here.column,
    pointer: event.pointerId,
  };
  visit.classList.add("is-moving");
  navigator.vibrate?.(15);
  follow(event);
}

function follow(event) {
  const here = look(event);
  if (!here) return;
  const { ghost, step, first } = drag;
  const size = Number(board().dataset.hours);
  const wanted = Math.round((here.tick - drag.grab + first) / step) * step;
  drag.tick = Math.min(first + size - 1, Math.max(first, wanted));
  drag.column = here.column;
  if (ghost.parentNode !== here.body) here.body.append(ghost);
  ghost.style.insetBlockStart = `${((drag.tick - first) / size) * 100}%`;
  ghost.style.blockSize = `${(Number(drag.visit.dataset.length) / size) * 100}%`;
  ghost.style.insetInlineStart = "0";
  ghost.style.inlineSize = "100%";
  const at = ghost.querySelector(".at");
  if (at) at.textContent = clock(drag.tick);
  const box = board().getBoundingClientRect();
  const edge = 48;
  if (event.clientX > box.right - edge) board().scrollBy(12, 0);
  if (event.clientX < box.left + edge + 40) board().scrollBy(-12, 0);
  if (event.clientY > box.bottom - edge) board().scrollBy(0, 12);
  if (event.clientY < box.top + edge + 40) board().scrollBy(0, -12);
}

function drop(isKept) {
  const { visit, ghost, column, from, tick } = drag;
  ghost.remove();
  visit.classList.remove("is-moving");
  drag = null;
  justDragged = true;
  setTimeout(() => { justDragged = false; }, 50);
  const staff = column.dataset.staff || "";
  const isSame = tick === Number(visit.dataset.tick) && column === from;
  if (!isKept || isSame) return;
  const form = dialog.querySelector("form");
  form.action = form.dataset.action.replace("/0/", `/${visit.dataset.id}/`);
  form.elements.day.value = column.dataset.day;
  form.elements.at.value = String(tick * 5);
  form.elements.staff.value = staff || visit.dataset.of;
  dialog.querySelector(".moving-who").textContent = visit.dataset.who;
  dialog.querySelector(".moving-from").textContent = `${from.dataset.name} ${clock(Number(visit.dataset.tick))}`;
  dialog.querySelector(".moving-to").textContent = `${column.dataset.name} ${clock(tick)}`;
  dialog.showModal();
}

let waiting = null;

document.addEventListener("pointerdown", (event) => {
  const visit = event.target.closest?.("#board a[data-id]");
  if (!visit || !dialog || event.button !== 0) return;
  waiting = { visit, x: event.clientX, y: event.clientY, isTouch: event.pointerType !== "mouse" };
  if (waiting.isTouch) waiting.timer = setTimeout(() => { begin(event, visit); waiting = null; }, 400);
});

document.addEventListener("pointermove", (event) => {
  if (drag) { follow(event); return; }
  if (!waiting) return;
  const far = Math.hypot(event.clientX - waiting.x, event.clientY - waiting.y);
  if (waiting.isTouch && far > 10) { clearTimeout(waiting.timer); waiting = null; }
  else if (!waiting.isTouch && far > 5) { const { visit } = waiting; waiting = null; begin(event, visit); }
});

for (const end of ["pointerup", "pointercancel"]) {
  document.addEventListener(end, () => {
    if (waiting) clearTimeout(waiting.timer);
    waiting = null;
    if (drag) drop(end === "pointerup");
  });
}
// While something is held a finger moves it, and not the page; a long press opens no menu.
document.addEventListener("touchmove", (event) => { if (drag) event.preventDefault(); }, { passive: false });
document.addEventListener("contextmenu", (event) => { if (drag || waiting) event.preventDefault(); });
document.addEventListener("dragstart", (event) => { if (event.target.closest?.("#board")) event.preventDefault(); });
document.addEventListener("keydown", (event) => { if (event.key === "Escape" && drag) drop(false); });

document.addEventListener("click", (event) => {
  const inside = event.target.closest?.("#board");
  if (!inside) return;
  if (justDragged) { event.preventDefault(); event.stopPropagation(); return; }
  if (!inside.dataset.new || event.target.closest("a") || !event.target.closest(".body")) return;
  const here = look(event);
  if (!here) return;
  const step = Number(inside.dataset.step);
  const tick = Math.floor((here.tick + Number(inside.dataset.first)) / step) * step;
  const to = new URL(inside.dataset.new, location.href);
  to.searchParams.set("day", here.column.dataset.day);
  to.searchParams.set("at", clock(tick).padStart(5, "0"));
  if (here.column.dataset.staff) to.searchParams.set("staff", here.column.dataset.staff);
  location.assign(to);
}, true);

for (const jump of document.querySelectorAll(".cal-jump input[type=date]")) jump.addEventListener("change", () => jump.form.requestSubmit());
// The page looks anew twice a minute, but not under somebody's hand.
document.addEventListener("htmx:before:request", (event) => {
  if (board()?.contains(event.target) && (drag || dialog?.open)) event.preventDefault();
});

const kept = `calendar ${location.pathname}${location.search}`;
function settle() {
  const paper = board();
  if (!paper?.dataset.hours) return;
  const was = sessionStorage.getItem(kept);
  if (location.hash) document.querySelector(location.hash)?.scrollIntoView({ block: "nearest", inline: "start" });
  else if (was) { const [x, y, page] = was.split(" ").map(Number); paper.scrollTo(x, y); scrollTo(0, page); }
  else {
    const now = paper.querySelector(".now");
    if (now && paper.scrollHeight > paper.clientHeight) paper.scrollTop = now.offsetTop - paper.clientHeight / 3;
  }
  const tabs = [...document.querySelectorAll(".thumbs a")];
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      for (const tab of tabs) {
        const isIt = tab.hash === `#${entry.target.id}`;
        tab.toggleAttribute("aria-current", isIt);
        if (isIt) { tab.setAttribute("aria-current", "true"); tab.parentNode.scrollTo({ left: tab.offsetLeft - 40 }); }
      }
    }
  }, { root: paper, threshold: 0.6 });
  if (tabs.length) for (const column of paper.querySelectorAll(".col")) seen.observe(column);
}
document.querySelector(".thumbs")?.addEventListener("click", (event) => {
  const tab = event.target.closest("a");
  const column = tab && document.querySelector(tab.hash);
  if (!column) return;
  event.preventDefault();
  board().scrollTo({ left: column.offsetLeft - parseFloat(getComputedStyle(board()).scrollPaddingInlineStart || 0) });
});
addEventListener("pagehide", () => {
  const paper = board();
  if (paper) sessionStorage.setItem(kept, `${paper.scrollLeft} ${paper.scrollTop} ${scrollY}`);
});
settle();
