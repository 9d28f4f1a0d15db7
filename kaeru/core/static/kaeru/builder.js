// The scenario builder's own script: what a plain form does by itself, done in place. Without it every button still works.
//
// One request at a time, and each reads the form when it leaves: so a page is never in its own way. While a step is being
// added, moved or removed the form rests for that moment; while one types, only the words around the form are renewed.

const PATIENCE = 1200;
const WHOLE_PAGE = ["publish", "preview", "test"];
const page = document.documentElement;
page.classList.add("scripted");

let waiting = Promise.resolve();
let timer = 0;
let isTyped = false;
let isAway = false;

const builder = () => document.getElementById("builder");
const form = () => document.getElementById("flow");
const state = () => document.getElementById("draft-state");

function send(command, isQuiet) {
  clearTimeout(timer);
  waiting = waiting.then(() => leave(command, isQuiet));
  return waiting;
}

async function leave(command, isQuiet) {
  const sheet = form();
  const data = new FormData(sheet);
  data.set("do", command);
  isTyped = false;
  isAway = true;
  if (isQuiet) state().textContent = state().dataset.saving;
  else sheet.inert = true;
  try {
    const answer = await fetch(sheet.action, { method: "POST", body: data, headers: { "X-Kaeru-Part": "builder" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("builder");
    if (!fresh) throw new Error(String(answer.status));
    if (isQuiet) renew(fresh);
    else replace(fresh, command);
  } catch {
    isTyped = true;
    sheet.inert = false;
    state().textContent = state().dataset.failed;
    if (isQuiet) timer = setTimeout(() => send("save", true), 5 * PATIENCE);
  } finally {
    isAway = false;
  }
}

function renew(fresh) {
  for (const id of ["draft", "problems", "map-body"]) {
    const here = document.getElementById(id);
    const there = fresh.querySelector(`#${id}`);
    if (here && there && !(id === "draft" && isTyped)) here.replaceWith(there);
  }
  form().elements.version.value = fresh.querySelector("[name=version]").value;
  form().elements.typed.value = "";
  const clash = fresh.querySelector("#clash");
  if (clash && !document.getElementById("clash")) document.getElementById("draft").before(clash);
  mark();
}

function replace(fresh, command) {
  const map = document.querySelector("#map .scroll");
  const place = map ? [map.scrollLeft, map.scrollTop] : [0, 0];
  const isMapOpen = document.getElementById("map")?.open;
  builder().replaceWith(fresh);
  if (document.getElementById("map")) document.getElementById("map").open = isMapOpen;
  document.querySelector("#map .scroll")?.scrollTo(...place);
  begin();
  const choose = document.getElementById("choose");
  const look = fresh.dataset.look && document.getElementById(`step-${fresh.dataset.look}`);
  if (command.startsWith("condition:")) askOn(command.split(":"));
  else if (command === "check") lookAt(document.querySelector("#problems > :first-child"));
  else if (choose) choose.querySelector("button").focus();
  else if (look) reveal(look);
  else document.getElementById("clash")?.scrollIntoView({ block: "nearest" });
}

// After a question was added, its own field; after it looks at something else, that; after one was taken away, the choice of a new one.
function askOn([, verb, node]) {
  if (verb === "field") return form().elements[`${node}:field`]?.focus();
  const isGone = verb === "remove";
  const group = isGone ? node.slice(0, node.lastIndexOf(".")) : node;
  const count = Number(form().elements[`${group}:count`]?.value);
  const last = isGone ? null : document.getElementById(`${group}.${count - 1}`.replaceAll(".", "-"));
  (last?.querySelector("select, input:not([type=hidden])") ?? form().elements[`${group}:new`])?.focus();
}

function lookAt(part) {
  if (!part) return;
  part.tabIndex = -1;
  part.focus();
  part.scrollIntoView({ block: "center" });
}

function reveal(step, isOpened) {
  for (let around = step.parentElement.closest("details"); around; around = around.parentElement.closest("details")) around.open = true;
  const card = step.matches("details") ? step : step.querySelector(":scope > .hold > .step");
  if (isOpened) card.open = true;
  card.querySelector("summary").focus({ preventScroll: true });
  card.scrollIntoView({ block: "nearest" });
}

// What is open stays open: the form carries it along.
function remember(event) {
  const part = event.target;
  if (!part.closest?.("#flow")) return;
  const node = part.closest("li.node");
  if (part.id === "start") {
    keep("open", "start", part.open);
    keep("folded", "start", !part.open);
  } else if (part.matches("details.step") && node) keep("open", node.dataset.id, part.open);
  else if (part.matches("details.ways")) keep("folded", part.dataset.id, !part.open);
}

function keep(name, id, isIn) {
  const field = form().elements[name];
  const ids = new Set(field.value.split(" ").filter(Boolean));
  if (isIn) ids.add(id);
  else ids.delete(id);
  field.value = [...ids].join(" ");
}

function foldAll(isFolded) {
  for (const part of form().querySelectorAll("details.step, details.ways")) part.open = !isFolded;
}

// Fields that count only for some answers of another one.
function ask() {
  for (const field of form().querySelectorAll("[data-asked]")) {
    const other = form().elements[field.dataset.asked];
    if (other) field.hidden = !field.dataset.values.split(" ").includes(other.value);
  }
}

function mark() {
  const open = location.hash.slice(1);
  for (const link of document.querySelectorAll("#map a")) link.toggleAttribute("aria-current", link.getAttribute("href") === `#${open}`);
}

function choose(button) {
  const was = document.getElementById("choose");
  const spot = button.closest(".between");
  const isSame = was?.parentElement === spot;
  close(was);
  if (isSame) return;
  const copy = document.getElementById("chooser").content.cloneNode(true);
  const [, list, index] = button.value.split(":");
  for (const kind of copy.querySelectorAll("[value^='add:']")) kind.value = kind.value.replace("LIST:INDEX", `${list}:${index}`);
  spot.append(copy);
  button.setAttribute("aria-expanded", "true");
  spot.querySelector(".kind").focus();
}

function close(chooser) {
  const button = chooser?.parentElement.querySelector(".add");
  button?.removeAttribute("aria-expanded");
  chooser?.remove();
  button?.focus();
}

function press(event) {
  const button = event.submitter;
  if (event.target.id !== "flow" || !button) return;
  const verb = button.value.split(":")[0];
  if (WHOLE_PAGE.includes(verb)) {
    isTyped = isAway = false;
    clearTimeout(timer);
    return;
  }
  event.preventDefault();
  if (verb === "at") choose(button);
  else if (button.hasAttribute("data-close") && button.closest("#choose")?.parentElement.querySelector(".add")) close(button.closest("#choose"));
  else if (verb === "fold" || verb === "unfold") foldAll(verb === "fold");
  else send(button.value, verb === "save" && !button.closest("#choose"));
}

function typing(event) {
  const field = event.target;
  if (!field.closest("#flow") || !field.name || field.name === "note" || field.name.endsWith(":new")) return;
  ask();
  isTyped = true;
  if (field.closest(".condition-field")) return send(`condition:field:${field.name.slice(0, -":field".length)}`);
  form().elements.typed.value = field.name;
  clearTimeout(timer);
  timer = setTimeout(() => send("save", true), PATIENCE);
}

function keys(event) {
  const target = event.target;
  if (event.key === "Escape" && target.closest("#choose")) return close(document.getElementById("choose"));
  if (target.closest("input:not([type=checkbox]), textarea, select")) return;
  const node = target.closest("li.node");
  const verb = { ArrowUp: "up", ArrowDown: "down" }[event.key];
  if (!form() || form().querySelector("fieldset:disabled")) return;
  if (event.altKey && verb && node && target.closest("#flow")) {
    event.preventDefault();
    send(`${verb}:${node.dataset.path}`);
  } else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
    event.preventDefault();
    send(event.shiftKey ? "redo" : "undo");
  }
}

function follow(event) {
  const link = event.target.closest("#builder a[href*='#']");
  const place = link?.getAttribute("href").split("#")[1];
  const step = place && document.getElementById(place);
  if (!step || !step.closest("#flow")) return;
  event.preventDefault();
  history.replaceState(null, "", `#${place}`);
  reveal(step, true);
  mark();
}

function drag() {
  if (!window.Sortable || form().querySelector("fieldset:disabled")) return;
  for (const list of form().querySelectorAll("ol.steps")) {
    window.Sortable.create(list, {
      group: "steps", handle: ".grip", draggable: "li.node", animation: 120, fallbackOnBody: true, swapThreshold: 0.6, emptyInsertThreshold: 24,
      onStart: () => page.classList.add("dragging"),
      onEnd: (event) => {
        page.classList.remove("dragging");
        const isSame = event.from === event.to;
        if (isSame && event.oldDraggableIndex === event.newDraggableIndex) return;
        const index = event.newDraggableIndex + (isSame && event.newDraggableIndex > event.oldDraggableIndex ? 1 : 0);
        send(`move:${event.item.dataset.path}:${event.to.dataset.list}:${index}`);
      },
    });
  }
}

// A wide map is first seen by its middle, where the scenario begins.
function center() {
  const box = document.querySelector("#map .scroll");
  if (box) box.scrollLeft = (box.scrollWidth - box.clientWidth) / 2;
}

function begin() {
  ask();
  drag();
  mark();
}

if (builder()) {
  document.addEventListener("submit", press);
  document.addEventListener("input", typing);
  document.addEventListener("keydown", keys);
  document.addEventListener("click", follow);
  document.addEventListener("toggle", remember, true);
  addEventListener("beforeunload", (event) => (isTyped || isAway) && event.preventDefault());
  const map = document.getElementById("map");
  if (map && matchMedia("(max-width: 71.99rem)").matches) map.open = false;
  map?.addEventListener("toggle", center);
  begin();
  center();
  if (document.querySelector("#problems [role=alert]")) lookAt(document.querySelector("#problems > :first-child"));
  const told = location.hash && document.getElementById(location.hash.slice(1));
  if (told && told.matches("li.node")) reveal(told, false);
}
