// What a room shows: entries in their order, each once, and no more than a page can hold. What others say becomes text nodes, never markup.
import * as words from "./words.js";

const MostEntries = 1000;

export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key === "role" || key.startsWith("aria-"))
      made.setAttribute(key, value);
    else
      made[key] = value;
  }
  made.append(...children);
  return made;
}

// The same name has the same colour for everybody. FNV-1a, as in the terminal.
export function colourOf(name) {
  let hash = 2166136261;
  for (let i = 0; i < name.length; i++)
    hash = Math.imul(hash ^ name.charCodeAt(i), 16777619) >>> 0;
  return "n" + hash % 8;
}

export function toEnd(log) {
  log.scrollTop = log.scrollHeight;
  log.follows = true;
}

export const isAtEnd = log => log.scrollHeight - log.scrollTop - log.clientHeight < 60;

// False for what stands there already. What was recalled, or missed, comes where it belongs; what is new, last.
export function put(log, node, number, isOld = false) {
  if (number === undefined) {
    log.append(node);
  } else {
    let before = log.lastElementChild, passed = false;
    while (before && !(Number(before.dataset.number) <= number)) {
      passed ||= before.dataset.number !== undefined;
      before = before.previousElementSibling;
    }
    if (Number(before?.dataset.number) === number)
      return false;
    node.dataset.number = number;
    if (before && (isOld || passed))
      before.after(node);
    else if (isOld || passed)
      log.prepend(node);
    else
      log.append(node);
  }
  while (log.childElementCount > MostEntries)
    log.firstElementChild.remove();
  if (!log.hidden && log.follows)
    toEnd(log);
  return true;
}

// Where numbers begin anew: what stands there stays, before all that comes.
export function forgetNumbers(log) {
  for (const entry of log.querySelectorAll("[data-number]"))
    delete entry.dataset.number;
}

export function entryNode(entry, self) {
  const time = new Date(entry.time);
  const stamp = element("time", { dateTime: entry.time }, words.when(time));
  if (entry.kind === "message" || entry.kind === "action") {
    const name = element("b", { className: colourOf(entry.from) }, entry.kind === "message" ? entry.from + ":" : "* " + entry.from);
    return element("div", { className: "entry" }, stamp, " ", name, " ", element("span", {}, entry.text));
  }
  const text = words.ofEntry(entry, self);
  return text === null ? null : element("div", { className: "entry remark" }, stamp, " ", text);
}
