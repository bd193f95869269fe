"use strict";

const rungs = Array.from(document.querySelectorAll(".rung"));
const search = document.getElementById("search");
const conversation = document.getElementById("conversation");
const status = document.getElementById("status");
const summary = status.textContent;

function remark(rung) {
  return rung.querySelector("title").textContent;
}

function bytes(rung) {
  return Uint8Array.from(atob(rung.dataset.bytes || ""), c => c.charCodeAt(0));
}

/* Offset, hex and text of sixteen bytes each. */
function dump(data) {
  const lines = [];
  for (let at = 0; at < data.length; at += 16) {
    const part = Array.from(data.subarray(at, at + 16));
    const hex = part.map(b => b.toString(16).padStart(2, "0")).join(" ");
    const text = part.map(b =>
      b >= 32 && b < 127 ? String.fromCharCode(b) : ".").join("");
    lines.push(`${at.toString(16).padStart(4, "0")}  ${hex.padEnd(47)}  ${text}`);
  }
  return lines.join("\n");
}

function isFound(rung, words) {
  const text = remark(rung).toLowerCase();
  return words === "" || text.includes(words) ||
    String.fromCharCode(...bytes(rung)).toLowerCase().includes(words);
}

/* Those that the search and the choice of a conversation leave. */
function visible() {
  return rungs.filter(rung =>
    !rung.matches(".other, .miss"));
}

function filter() {
  const words = search.value.toLowerCase();
  const chosen = conversation.value;
  for (const rung of rungs) {
    const own = rung.dataset.conversation;
    rung.classList.toggle("other",
      chosen !== "" && own !== chosen && own !== "0");
    rung.classList.toggle("miss", !isFound(rung, words));
  }
  const arrows = list => list.filter(rung => rung.matches(".message")).length;
  status.textContent = words === "" && chosen === "" ? summary :
    `${arrows(visible())} of ${arrows(rungs)} messages`;
}

function select(rung) {
  for (const other of rungs) {
    other.removeAttribute("aria-current");
    other.tabIndex = -1;
  }
  rung.setAttribute("aria-current", "true");
  rung.tabIndex = 0;
  rung.focus({ preventScroll: true });
  rung.scrollIntoView({ block: "nearest", inline: "nearest" });
  document.getElementById("about").textContent = remark(rung);
  document.getElementById("bytes").textContent = dump(bytes(rung));
}

/* Goes from the selected one to another: `step` 1 is the next. */
function move(step) {
  const list = visible();
  const at = list.findIndex(rung => rung.hasAttribute("aria-current"));
  const from = at < 0 && step < 0 ? list.length : at;
  if (list.length > 0)
    select(list[Math.max(0, Math.min(from + step, list.length - 1))]);
}

const steps = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };

document.addEventListener("keydown", event => {
  const typing = event.target.matches("input, select");
  if (event.key === "/" && !typing) {
    search.focus();
  } else if (event.key === "Escape") {
    search.value = conversation.value = "";
    filter();
  } else if (event.key in steps && !event.target.matches("select, #detail") &&
      !(typing && Math.abs(steps[event.key]) > 1)) {
    move(steps[event.key]);
  } else {
    return;
  }
  event.preventDefault();
});

/* The heads of the columns stay in sight. */
const picture = document.getElementById("picture");
const heads = document.querySelector(".heads");
picture.addEventListener("scroll", () =>
  heads.setAttribute("transform", `translate(0 ${picture.scrollTop})`));

search.addEventListener("input", filter);
conversation.addEventListener("change", filter);
for (const rung of rungs) {
  rung.setAttribute("role", "button");
  rung.addEventListener("click", () => select(rung));
}
if (rungs.length > 0)
  rungs[0].tabIndex = 0;
