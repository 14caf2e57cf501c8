// What the page says, in one language: the server wrote the texts into the page. Values come from other people, and only ever become text.
const texts = JSON.parse(document.getElementById("words").textContent);
const language = document.documentElement.lang;
const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const date = new Intl.DateTimeFormat(language, { dateStyle: "medium" });

export const has = key => Object.hasOwn(texts, key);

// One pass, as on the server: what stands in a value is never expanded again.
export function say(key, values = {}) {
  if (values.count === 1 && has(key + ".one"))
    key += ".one";
  return texts[key].replace(/\{(\w+)\}/g, (place, name) => Object.hasOwn(values, name) ? String(values[name]) : place);
}

export function ofNotice(code, values) {
  if (code === "help")
    return null;
  // A server of a later version knows more.
  return has("chat." + code) ? say("chat." + code, values) : [code, ...Object.values(values)].join(" ");
}

export const help = commands => commands.filter(name => has("chat.help." + name)).map(name => say("chat.help." + name));

// Who came and went, and what became of somebody: null for what one was told already.
export function ofEntry(entry, self) {
  const { kind, from, text, room } = entry;
  if ((kind === "join" || kind === "leave") && from === self || kind === "nick" && text === self)
    return null;
  if (kind === "leave")
    return say(has("chat.entry.leave." + text) ? "chat.entry.leave." + text : "chat.entry.leave.left", { name: from });
  if (kind === "kick") {
    const at = text.indexOf(": ");
    return at < 0 ? say("chat.entry.kick", { name: text, by: from }) : say("chat.entry.kick-why", { name: text.slice(0, at), by: from, why: text.slice(at + 2) });
  }
  return has("chat.entry." + kind) ? say("chat.entry." + kind, { from, text, room }) : null;
}

export const bye = reason => say(has("chat.bye." + reason) ? "chat.bye." + reason : "chat.bye.quit");

export function when(time) {
  return time.toDateString() === new Date().toDateString() ? clock.format(time) : `${date.format(time)} ${clock.format(time)}`;
}
