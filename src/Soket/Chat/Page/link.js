// The way to the server. It comes back by itself when the connection is lost and catches up on what was said meanwhile; what was not accepted is said again,
// and the server knows by session and count what it has heard already. docs/chat-protocol.md has what goes over the wire.
const Silence = 20_000;      // after so long it asks whether anybody is there, and gives the connection up after as long again
const LongestDelay = 30_000;
const MostWaiting = 200;
const Store = "soket-chat";

export class Link {
  #tell; #socket = null; #said = false; #ended = false;
  #heard = 0; #asked = 0; #delay = 500; #retry = null; #retryAt = 0; #bye = null;
  #next = 0; #notBefore = 0; #pause = null; #waiting = []; #rooms = new Map();
  #state = { nick: "", token: "", session: "", epoch: "", id: 0 };

  // tell(what, told): "event" with what the server said, "open", "lost" with when it tries again, "ended" with the goodbye.
  constructor(tell) {
    this.#tell = tell;
    this.#restore();
    setInterval(() => this.#watch(), 5000);
    addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#hurry());
  }

  get nick() { return this.#state.nick; }
  get token() { return this.#state.token; }
  get hasSession() { return this.#state.session !== ""; }
  get waiting() { return this.#waiting.length; }
  get isIn() { return this.#said; }
  get last() { return [...this.#rooms.keys()].at(-1) ?? null; }

  // The room that is seen now: where a page that is loaded again begins.
  turnTo(room) {
    if (!this.#rooms.has(room) || this.last === room)
      return;
    const seen = this.#rooms.get(room);
    this.#rooms.delete(room);
    this.#rooms.set(room, seen);
    this.#keep();
  }

  come(nick, token) {
    Object.assign(this.#state, { nick, token });
    this.#ended = false;
    this.#delay = 500;
    this.#keep();
    if (this.#socket?.readyState === WebSocket.OPEN)
      this.#hello(); // it is there, and waits for the token
    else
      this.#connect();
  }

  // Somebody else goes on with the session, or it is over: who comes again is new.
  forget() {
    Object.assign(this.#state, { session: "", epoch: "", id: 0 });
    this.#rooms.clear();
    this.#waiting = [];
    this.#keep();
  }

  // False while too much waits to be accepted.
  say(request) {
    if (this.#waiting.length >= MostWaiting)
      return false;
    this.#waiting.push({ ...request, id: ++this.#state.id });
    this.#keep();
    this.#flush();
    return true;
  }

  // What only asks is not sent again. False where nobody is there to be asked.
  ask(text) {
    if (!this.#said)
      return false;
    this.#send({ type: "line", text });
    return true;
  }

  #connect() {
    clearTimeout(this.#retry);
    this.#retry = null;
    this.#bye = null;
    this.#socket?.close(); // one that never came to anything
    const socket = new WebSocket((location.protocol === "https:" ? "wss://" : "ws://") + location.host + location.pathname);
    this.#socket = socket;
    this.#heard = Date.now();
    this.#asked = 0;
    socket.onopen = () => this.#hello();
    socket.onmessage = message => this.#hear(message.data);
    socket.onclose = () => this.#socket === socket && this.#lose();
  }

  #hello() {
    const { nick, token, session, epoch } = this.#state;
    this.#send({ type: "hello", v: 1, nick, token, session, epoch, rooms: Object.fromEntries(this.#rooms) });
  }

  #send(request) {
    if (this.#socket?.readyState === WebSocket.OPEN)
      this.#socket.send(JSON.stringify(request));
  }

  #hear(line) {
    this.#heard = Date.now();
    this.#asked = 0;
    if (typeof line !== "string" || !line.startsWith("{"))
      return;
    const told = JSON.parse(line);
    if (this.#take(told))
      this.#tell("event", told);
  }

  // False for what nobody need see: an acknowledgement, a second copy.
  #take(told) {
    switch (told.type) {
      case "welcome":
        told.isAnew = this.#state.epoch !== "" && told.epoch !== this.#state.epoch;
        if (told.isAnew)
          for (const [room, seen] of this.#rooms)
            this.#rooms.set(room, Math.min(seen, 0));
        Object.assign(this.#state, { nick: told.nick, epoch: told.epoch, session: told.session ?? this.#state.session });
        this.#delay = 500;
        this.#next = 0;
        this.#said = true;
        this.#keep();
        this.#flush();
        return true;
      case "joined": {
        const seen = this.#rooms.get(told.room) ?? -1;
        this.#rooms.set(told.room, seen < 0 || seen > told.last ? told.last : seen);
        this.#keep();
        return true;
      }
      case "parted":
        this.#rooms.delete(told.room);
        this.#keep();
        return true;
      case "entry":
        if (!this.#rooms.has(told.room) || told.number <= this.#rooms.get(told.room))
          return false;
        this.#rooms.set(told.room, told.number);
        this.#keep();
        return true;
      case "ack":
        this.#done(told.id);
        return false;
      case "error":
        if (told.id > 0 && told.retry_ms !== undefined) {
          this.#again(told.id, told.retry_ms);
          return false;
        }
        this.#done(told.id);
        return true;
      case "notice":
        if (told.code === "nick") {
          this.#state.nick = told.values.name;
          this.#keep();
        }
        return true;
      case "bye":
        this.#bye = told;
        return false;
      case "pong":
        return false;
      default:
        return true;
    }
  }

  #done(id) {
    const at = id > 0 ? this.#waiting.findIndex(one => one.id === id) : -1;
    if (at < 0)
      return;
    this.#waiting.splice(at, 1);
    if (this.#next > at)
      this.#next--;
    this.#keep();
    this.#tell("accepted");
  }

  // It and all after it, in order.
  #again(id, after) {
    const at = this.#waiting.findIndex(one => one.id === id);
    if (at < 0)
      return;
    this.#next = at;
    this.#notBefore = Date.now() + after;
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => this.#flush(), after);
  }

  #flush() {
    if (!this.#said || Date.now() < this.#notBefore)
      return;
    while (this.#next < this.#waiting.length && this.#socket?.readyState === WebSocket.OPEN)
      this.#send(this.#waiting[this.#next++]);
  }

  #lose() {
    const wasIn = this.#said, bye = this.#bye;
    this.#socket = null;
    this.#said = false;
    if (this.#ended || bye !== null && bye.reconnect_ms === undefined) {
      this.#ended = true;
      this.#tell("ended", bye);
      return;
    }
    // Not all at the same moment, when it was the server that went.
    const delay = (bye?.reconnect_ms ?? this.#delay) + Math.random() * 250;
    this.#delay = Math.min(this.#delay * 2, LongestDelay);
    this.#retryAt = Date.now() + delay;
    this.#retry = setTimeout(() => this.#connect(), delay);
    this.#tell("lost", { after: delay, wasIn, reason: bye?.reason });
  }

  // Somebody looks again, or the network is back: no reason to wait longer.
  #hurry() {
    if (this.#retry !== null && this.#retryAt > Date.now() + 200)
      this.#connect();
    else
      this.#watch();
  }

  // A page in the background is asked seldom: that alone must not count as silence.
  #watch() {
    const now = Date.now();
    if (this.#socket?.readyState !== WebSocket.OPEN)
      return;
    if (this.#asked > 0 && now - this.#asked > Silence) {
      const dead = this.#socket;
      dead.onclose = dead.onmessage = null;
      dead.close();
      this.#lose();
    } else if (this.#asked === 0 && now - this.#heard > Silence) {
      this.#asked = now;
      this.#send({ type: "ping" });
    }
  }

  // For this tab, while it is open: a page that is loaded again goes on where it was. It may be forbidden, and then it is a new visitor each time.
  #keep() {
    try {
      sessionStorage.setItem(Store, JSON.stringify({ ...this.#state, rooms: [...this.#rooms], waiting: this.#waiting }));
    } catch (error) {
      console.info("Nothing is kept over a reload:", error.name);
    }
  }

  #restore() {
    try {
      const { rooms = [], waiting = [], ...state } = JSON.parse(sessionStorage.getItem(Store)) ?? {};
      Object.assign(this.#state, state);
      this.#rooms = new Map(rooms);
      this.#waiting = waiting;
    } catch (error) {
      console.info("Nothing was kept:", error.name);
    }
  }
}
