// The page: rooms with what is said in each, who is there, and the line that is typed. What others say becomes text nodes, never markup.
import { Link } from "./link.js";
import { colourOf, element, entryNode, forgetNumbers, isAtEnd, put, toEnd } from "./log.js";
import * as words from "./words.js";

const MostTyped = 50, MostNamed = 200, Recalled = 30;
const $ = id => document.getElementById(id);
const commands = document.body.dataset.commands.split(" ");
const title = document.title;
const rooms = new Map(); // name: { log, tab, badge, unread, topic, names, count, last, asked }
const typed = [];
let shown = null;        // the room that is seen
let current = null;      // the room that the server takes for the current one
let turning = [];        // rooms that were turned to by the page: nobody need see the answer
let back = 0;            // how far back in what was typed
let self = "";
let stated = "";
let early = [];          // what was told before there was a room to show it in
const link = new Link(hear);
// A phone's keyboard, or a topic, makes it smaller: who was at the end stays there.
const resized = new ResizeObserver(changed => changed.forEach(({ target }) => target.follows && !target.hidden && toEnd(target)));

// --- Rooms

function roomOf(name) {
  let room = rooms.get(name);
  if (room)
    return room;
  const log = element("div", { className: "log", role: "log", tabIndex: 0, hidden: true, "aria-live": "polite", "aria-label": words.say("page.log", { room: name }) });
  const badge = element("span", { className: "count", hidden: true });
  const tab = element("button", { type: "button", onclick: () => show(name, true) }, element("span", {}, "#" + name), badge);
  room = { log, tab, badge, unread: 0, topic: "", names: new Set(), count: 0, last: 0, asked: false };
  log.follows = true;
  log.addEventListener("scroll", () => {
    if (log.hidden)
      return;
    log.follows = isAtEnd(log);
    if (log.follows)
      $("newest").hidden = true;
  }, { passive: true });
  resized.observe(log);
  rooms.set(name, room);
  $("logs").append(log);
  $("rooms").append(element("li", {}, tab));
  return room;
}

function closeRoom(name) {
  const room = rooms.get(name);
  if (!room)
    return;
  room.log.remove();
  room.tab.parentElement.remove();
  rooms.delete(name);
  if (shown === name) {
    shown = null;
    const next = rooms.has(current) ? current : rooms.keys().next().value;
    if (next !== undefined)
      show(next, false);
    else
      showNothing();
  }
}

function show(name, moves) {
  const room = roomOf(name);
  for (const [one, { log, tab }] of rooms) {
    log.hidden = one !== name;
    if (one === name)
      tab.setAttribute("aria-current", "true");
    else
      tab.removeAttribute("aria-current");
  }
  shown = name;
  link.turnTo(name);
  count(room, 0);
  $("where").textContent = "#" + name;
  $("topic").textContent = room.topic;
  $("message-label").textContent = words.say("page.message", { room: name });
  $("leave").textContent = words.say("page.leave-room", { room: name });
  $("newest").hidden = true;
  showPeople();
  toEnd(room.log);
  recall(name);
  if (moves)
    $("message").focus();
}

function showNothing() {
  $("where").textContent = "";
  $("topic").textContent = "";
  $("message-label").textContent = words.say("page.message-nowhere");
  $("leave").textContent = words.say("page.leave");
  showPeople();
}

function showPeople() {
  const room = rooms.get(shown);
  const names = room ? [...room.names].sort((a, b) => a.localeCompare(b)).slice(0, MostNamed) : [];
  $("people-count").textContent = words.say("page.people-count", { count: room ? Math.max(room.count, room.names.size) : 0 });
  $("people").replaceChildren(...names.map(name => element("li", {}, element(
    "button", { type: "button", className: colourOf(name), onclick: () => write(`/msg ${name} `) }, name === self ? words.say("page.you", { name }) : name))));
}

function count(room, unread) {
  room.unread = unread;
  room.badge.hidden = unread === 0;
  room.badge.replaceChildren(String(unread), element("span", { className: "unseen" }, " " + words.say("page.unread")));
  let all = 0;
  for (const one of rooms.values())
    all += one.unread;
  document.title = all > 0 ? `(${all}) ${title}` : title;
}

// What was said last, for a room that shows nothing yet. Nobody is read all of it aloud.
function recall(name) {
  const room = rooms.get(name);
  if (!room || room.asked || !link.isIn)
    return;
  room.asked = true;
  room.log.setAttribute("aria-live", "off");
  goTo(name);
  link.ask(`/history ${Recalled}`);
}

// Commands are about the server's current room.
function goTo(name) {
  if (name === null || name === current)
    return;
  if (link.ask("/join " + name))
    turning.push(name);
}

// --- What is shown

// What is new and out of sight is pointed at.
function add(log, node, number) {
  const isNew = put(log, node, number);
  if (isNew && !log.hidden && !log.follows)
    $("newest").hidden = false;
  return isNew;
}

function remark(text, style = "remark") {
  const log = rooms.get(shown)?.log;
  if (log && text)
    add(log, element("div", { className: "entry " + style }, text));
}

function state(text = stated) {
  stated = text;
  $("state").textContent = text + (link.waiting > 0 && !link.isIn ? " " + words.say("page.waiting", { count: link.waiting }) : "");
}

function enter(reason = "") {
  $("talk").hidden = true;
  $("entrance").hidden = false;
  $("reason").textContent = reason;
  ($("token-row").hidden ? $("nick") : $("token")).focus();
}

function enterTalk() {
  if (!$("talk").hidden)
    return;
  $("entrance").hidden = true;
  $("talk").hidden = false;
  if (matchMedia("(min-width: 60.01rem)").matches)
    $("people-box").open = $("more").open = true;
  $("message").focus();
}

// --- What is told

function hear(what, told) {
  switch (what) {
    case "event":
      if (Object.hasOwn(heard, told.type))
        heard[told.type](told);
      break;
    case "lost":
      current = null;
      turning = [];
      state((told.reason ? words.bye(told.reason) + " " : "") + words.say(told.wasIn ? "page.lost" : "page.not-connected", { time: Math.max(1, Math.round(told.after / 1000)) }));
      break;
    case "ended":
      if (told?.reason === "moved")
        link.forget();
      for (const name of [...rooms.keys()])
        closeRoom(name);
      early = [];
      state(told?.reason === "quit" ? words.bye("quit") : ""); // which is no mistake
      enter(told?.reason === "quit" ? "" : words.bye(told?.reason));
      break;
  }
}

const heard = {
  welcome(told) {
    // The server counts anew: what was said before that comes first.
    if (told.isAnew)
      for (const room of rooms.values())
        forgetNumbers(room.log);
    self = told.nick;
    state(words.say("page.connected", { name: self }));
  },

  joined(told) {
    const room = roomOf(told.room);
    Object.assign(room, { topic: told.topic, names: new Set(told.names), count: told.count, last: told.last });
    current = told.room;
    enterTalk();
    // Of several that one comes back to, the one that was seen last.
    if (shown === told.room || shown === null && link.last === told.room)
      show(told.room, false);
    if (shown !== null)
      early.splice(0).forEach(text => remark(text, "alarm"));
  },

  parted(told) {
    if (current === told.room)
      current = null;
    closeRoom(told.room);
    if (told.reason !== "kick")
      remark(words.say("chat.parted", { room: told.room }));
  },

  entry(told) {
    const room = roomOf(told.room);
    if (told.number > room.last)
      change(room, told);
    if (told.room === shown) {
      $("topic").textContent = room.topic;
      if (["join", "leave", "nick", "kick"].includes(told.kind))
        showPeople();
    }
    const node = entryNode(told, self);
    const isNew = node !== null && add(room.log, node, told.number);
    if (isNew && (told.kind === "message" || told.kind === "action") && told.from !== self && (told.room !== shown || document.hidden))
      count(room, room.unread + 1);
  },

  history(told) {
    const room = rooms.get(told.room), node = room && entryNode(told, self);
    if (!node)
      return;
    put(room.log, node, told.number, true);
  },

  private(told) {
    const to = told.from === self;
    remark(words.say(to ? "chat.private-to" : "chat.private", told), "private");
    const room = rooms.get(shown);
    if (!to && document.hidden && room)
      count(room, room.unread + 1);
  },

  gap(told) {
    const room = rooms.get(told.room);
    if (room)
      put(room.log, element("div", { className: "entry remark" }, words.say("chat.gap", { room: told.room })));
  },

  notice(told) {
    const room = rooms.get(told.values.room);
    if (told.code === "history" && room?.log.getAttribute("aria-live") === "off") {
      toEnd(room.log);
      setTimeout(() => room.log.setAttribute("aria-live", "polite"), 1000);
      return;
    }
    if (told.code === "current") {
      current = told.values.room;
      const at = turning.indexOf(current);
      if (at >= 0)
        turning.splice(at, 1);
      else
        show(current, true);
      return;
    }
    if (told.code === "nick") {
      self = told.values.name;
      state(words.say("page.connected", { name: self }));
      showPeople();
    }
    if (told.code === "help")
      words.help(commands).forEach(line => remark(line));
    else
      remark(words.ofNotice(told.code, told.values));
  },

  error(told) {
    const text = words.ofNotice(told.code, told.values);
    if (!link.isIn && (told.code === "token-needed" || told.code === "token-wrong" || told.code === "token-soon")) {
      $("token-row").hidden = false;
      enter(told.code === "token-needed" ? words.say("page.token-needed") : text);
      return;
    }
    if (told.code === "rate" && !(told.id > 0)) {
      turning = []; // what was asked by the page was not done either
      current = null;
      for (const { log } of rooms.values())
        log.setAttribute("aria-live", "polite");
    }
    if (shown === null)
      early.push(text); // of the name that was asked for, say: shown where one comes in
    else
      remark(text, "alarm");
  },
};

// Who is there, and what the room is about. What came before one was told of all that has been counted.
function change(room, { kind, from, text }) {
  if (kind === "topic")
    room.topic = text;
  else if (kind === "nick" && room.names.delete(from))
    room.names.add(text);
  else if (kind === "join" && !room.names.has(from)) {
    room.count++;
    if (room.names.size < MostNamed * 5)
      room.names.add(from);
  } else if (kind === "leave" || kind === "kick") {
    room.count--;
    room.names.delete(kind === "leave" ? from : text.split(":")[0]);
  }
}

// --- What is typed

function write(text) {
  $("message").value = text;
  $("message").focus();
}

// What must not get lost has a count; commands that only ask have none.
function speak(line) {
  const text = line.trim();
  const [word, rest] = cut(text);
  if (text === "")
    return true;
  if (/^(exit|quit)$/i.test(text))
    return ask("/quit");
  if (word === "/msg" && cut(rest)[1] !== "")
    return say({ type: "private", to: cut(rest)[0], text: cut(rest)[1] });
  if (word === "/me" && rest !== "")
    return say({ type: "say", room: shown, text: rest, action: true });
  if (text.startsWith("/") && !text.startsWith("//")) {
    if (word !== "/join")
      goTo(shown);
    return ask(text);
  }
  return say({ type: "say", room: shown ?? undefined, text: text.startsWith("/") ? text.slice(1) : text });
}

function cut(text) {
  const at = text.indexOf(" ");
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1).trim()];
}

function say(request) {
  const taken = link.say(request);
  if (!taken)
    remark(words.say("page.too-many"), "alarm");
  else if (!link.isIn)
    state();
  return taken;
}

function ask(text) {
  const taken = link.ask(text);
  if (!taken)
    remark(words.say("page.not-now"), "alarm");
  return taken;
}

$("enter").addEventListener("submit", event => {
  event.preventDefault();
  $("reason").textContent = "";
  state(words.say("page.connecting"));
  link.come($("nick").value.trim(), $("token").value.trim() || link.token);
});

$("say").addEventListener("submit", event => {
  event.preventDefault();
  const line = $("message").value;
  if (!speak(line))
    return;
  if (line.trim() !== "" && typed.at(-1) !== line)
    typed.push(line);
  typed.splice(0, typed.length - MostTyped);
  back = 0;
  $("message").value = "";
  if (rooms.has(shown))
    toEnd(rooms.get(shown).log);
});

$("message").addEventListener("keydown", event => {
  if (event.key !== "ArrowUp" && event.key !== "ArrowDown" || event.isComposing)
    return;
  const next = back + (event.key === "ArrowUp" ? 1 : -1);
  if (next < 0 || next > typed.length)
    return;
  event.preventDefault();
  back = next;
  $("message").value = back === 0 ? "" : typed[typed.length - back];
});

$("join").addEventListener("submit", event => {
  event.preventDefault();
  const name = $("room").value.trim();
  if (name !== "" && speak("/join " + name))
    $("room").value = "";
});

$("list").addEventListener("click", () => speak("/rooms"));
$("leave").addEventListener("click", () => shown !== null && speak("/leave " + shown));
$("newest").addEventListener("click", () => {
  const log = rooms.get(shown)?.log;
  if (log)
    toEnd(log);
  $("newest").hidden = true;
  $("message").focus();
});

document.addEventListener("visibilitychange", () => {
  const room = rooms.get(shown);
  if (room && !document.hidden)
    count(room, 0);
});

// Whoever hands out the address may put the token behind it: what follows # is sent to no server, and is taken out of sight at once.
const given = new URLSearchParams(location.hash.slice(1)).get("token");
if (given !== null)
  history.replaceState(null, "", location.pathname + location.search);
$("nick").value = link.nick;
$("token").value = given ?? "";
if (link.hasSession) {
  state(words.say("page.connecting"));
  link.come(link.nick, given ?? link.token);
} else {
  enter();
}
