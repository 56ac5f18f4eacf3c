// The softphone's page. The server tells everything as events of the ladder; all that is shown follows from them.
"use strict";

const find = (selector, within = document) => within.querySelector(selector);
const HTTP = ["fetch", "tool", "report", "callback", "http", "rest", "transcribe"];
const SHOWN = [...HTTP, "dial", "verb", "state", "error", "violation", "fault", "bridge", "unbridge", "refer", "sms", "queue", "conference", "hold", "record", "pressed", "sound"];
const IN_CALL = ["queue", "conference", "hold", "record", "refer", "error", "violation"];
const QUIETENS = ["said", "heard", "bridge", "unbridge", "listening", "verb", "ai", "record", "hold", "queue", "state"]; // after these a sound that went on is over
const LINK = /(https?:\/\/[^\s<>"]+[^\s<>".,;)])/;
const FIRST_CALLER = 190, LAST_CALLER = 199; // of the numbers +1 202 555 01.., which are nobody's

const page = sessionStorage.page ||= crypto.randomUUID(); // each tab is a page of its own, also when it is loaded again
let names = {}, lines = {}, people = {}, callers = {}, began = 0, offset = 0, rungs = 0, proposed = `+12025550${FIRST_CALLER}`;

const nameOf = (address) => names[address] || address;
const named = (text) => Object.entries(names).reduce((said, [address, name]) => said.replaceAll(address, name), text);
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
const now = () => performance.now() / 1000 + offset;
const fresh = (event) => now() - event.at < 1; // not one of those that are told again to a page that was just loaded
const several = () => Object.keys(callers).length > 1;

async function post(path, body) {
  const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ ...body, page }) });
  find("#refused").hidden = answer.ok;
  if (!answer.ok) find("#refused").textContent = (await answer.json()).error;
  return answer.ok;
}

function element(tag, className, ...children) {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...children);
  return made;
}

// A text with its links, each opened in a page of its own: as a telephone does it.
function linked(text) {
  return text.split(LINK).map((part, place) => {
    if (place % 2 === 0) return part;
    const link = element("a", "", part);
    Object.assign(link, { href: part, target: "_blank", rel: "noopener noreferrer" });
    return link;
  });
}

// A telephone: a caller's, or a person's

class Phone {
  constructor(id, kind) {
    const card = find(`#${kind}`).content.firstElementChild.cloneNode(true);
    Object.assign(this, { id, card, since: null, agent: "", with: "" });
    this.log = find(".talk", card);
    this.talk = find(".talk ol", card);
    this.line = find(".line", card);
    this.keys();
    find(".say", card).addEventListener("submit", (event) => this.say(event));
    find(".hang-up", card).addEventListener("click", () => this.use("hang_up"));
  }

  // What the phone is called, also for those who do not see it.
  title(name, small = "") {
    const { card } = this, label = find("label.unseen", card), input = find(".say input", card);
    this.name = name;
    find("h3", card).replaceChildren(name, ...(small ? [element("small", "", small)] : []));
    card.setAttribute("aria-label", `${name}’s phone`);
    this.log.setAttribute("aria-label", `What ${name} says and hears`);
    find(".texts", card).setAttribute("aria-label", `Texts to ${name}`);
    find(".pad", card).setAttribute("aria-label", `${name}’s keypad`);
    label.htmlFor = input.id = `says-${this.id}`;
    label.textContent = `What ${name} says`;
  }

  use(what, text = "") {
    return post("/use", { phone: this.id, what, text });
  }

  keys() {
    for (const key of "123456789*0#") {
      const button = element("button", "", key);
      button.type = "button";
      button.setAttribute("aria-label", { "*": "star", "#": "pound" }[key] || key);
      button.addEventListener("click", () => this.use("press", key));
      find(".pad", this.card).append(button);
    }
  }

  async say(event) {
    event.preventDefault();
    const input = find(".say input", this.card), text = input.value.trim();
    if (!text) return;
    const line = this.add("says waits", text);
    input.value = "";
    if (!await this.use("say", text)) line.remove();
  }

  heard(text) {
    const waiting = [...this.talk.querySelectorAll(".waits")].find((line) => line.dataset.text === text);
    if (waiting) waiting.remove();
    this.add("says", text);
  }

  add(className, text, speaker = "") {
    const line = element("li", className, ...(speaker ? [element("small", "", speaker)] : []), text);
    line.dataset.text = text;
    return this.show(line);
  }

  // What has been typed and not been said yet stays below what is said meanwhile.
  show(line) {
    if (line.classList.contains("waits")) this.talk.append(line);
    else this.talk.insertBefore(line, find(".waits", this.talk));
    this.log.scrollTop = this.log.scrollHeight;
    return line;
  }

  event(bold, text) {
    this.show(element("li", "event", ...(bold ? [element("b", "", bold), " "] : []), text));
  }

  hears(what) {
    const hears = find(".sound", this.card);
    hears.textContent = what ? `Hears ${what}` : "";
    hears.hidden = !what;
  }

  texted(from, body) {
    const texts = find(".texts", this.card);
    find("ol", texts).append(element("li", "", element("small", "", from ? `Text from ${from}` : "Text"), ...linked(body)));
    texts.hidden = false;
    texts.scrollTop = texts.scrollHeight;
  }

  state(state, words, since = null) {
    this.card.dataset.state = state;
    find(".state", this.card).textContent = words;
    this.since = since;
    this.tick();
  }

  talksWith(name, at) {
    this.with = name;
    this.state("talking", `Talks with ${name}`, this.since ?? at);
  }

  // No longer with another person.
  alone() {
    if (this.card.dataset.state === "talking") this.state("answered", "Answered", this.since);
  }

  tick() {
    find("time", this.card).textContent = this.since === null ? "" : clock(Math.max(0, now() - this.since));
  }
}

class Caller extends Phone {
  constructor(event) {
    super(event.call, "caller");
    const [from, to] = event.text.split(" → "), number = Object.keys(callers).length;
    Object.assign(this, { number: from, up: true });
    this.title(number ? `Caller ${number + 1}` : "Caller", names[from] ? `${names[from]}, ${from}` : from);
    find(".shows", this.card).textContent = `Calls ${lines[to] ? `${to}, ${lines[to]}` : to}`;
    find("#callers").append(this.card);
    this.state("calling", "Calls", event.at);
  }

  over() {
    const focused = this.card.contains(document.activeElement);
    this.up = false;
    this.hears("");
    find(".controls", this.card).hidden = true;
    this.talk.querySelectorAll(".waits").forEach((line) => line.remove());
    if (focused) find("#dial .go").focus();
    propose();
  }

  judged(event) {
    const care = find(".care", this.card), how = event.detail;
    care.className = how.taken ? "care taken" : "care";
    const lasted = `Took ${clock(how.seconds)}. ${named(how.ending)}. Longest silence ${how.silence.toFixed(1)} s.`;
    care.replaceChildren(`${how.taken ? "Taken care of" : "Not taken care of"}: ${named(event.text)}.`, element("small", "", lasted));
    care.hidden = false;
    this.card.scrollIntoView({ block: "nearest" });
  }
}

class Person extends Phone {
  constructor(address) {
    super(address, "person");
    this.call = "";
    this.title(nameOf(address), names[address] ? address : "");
    find(".answer", this.card).addEventListener("click", () => this.use("answer"));
    find(".decline", this.card).addEventListener("click", () => this.use("decline"));
    find(".leave", this.card).addEventListener("click", () => this.leave());
    this.state("idle", "Quiet");
    find("#people").append(this.card);
  }

  get busy() {
    return this.card.dataset.state !== "idle";
  }

  state(state, words, since = null) {
    super.state(state, words, since);
    this.line.hidden = !["answered", "talking"].includes(state);
    find(".ringing", this.card).hidden = state !== "ringing";
    find(".shows", this.card).hidden = state === "idle";
    if (state !== "answered" && state !== "talking") this.hears("");
  }

  // It rings, or will in a moment. A phone that is in use stays with the call that it is on.
  rung(event) {
    if (this.busy) return;
    const from = event.text.split(" → ")[0], caller = Object.values(callers).find((one) => one.number === from);
    const whose = caller ? caller.name : lines[from] ? "our line" : names[from];
    find(".shows", this.card).textContent = `Caller ID ${from}${whose ? `, ${whose}` : ""}`;
    this.call = event.call;
  }

  rings(at) {
    Object.assign(this, { agent: "", with: "" });
    this.talk.replaceChildren();
    this.card.classList.remove("left");
    find(".leave", this.card).hidden = false;
    this.state("ringing", "Rings", at);
    this.card.scrollIntoView({ block: "nearest" });
  }

  leave() {
    this.card.classList.add("left");
    find(".leave", this.card).hidden = true;
    find(".state", this.card).textContent = "Left ringing";
  }
}

function phone(address) {
  return people[address] ||= new Person(address);
}

// What happens in a call

// What happens on any leg: an agent may talk with whoever is on it.
const ANYBODY = {
  said: (event, theirs) => theirs.add("hears", event.text, theirs.card.dataset.state === "talking" ? speaker(theirs.with) : theirs.agent || "Announcement"),
  heard: (event, theirs) => theirs.heard(event.text),
  pressed: (event, theirs) => theirs.event("pressed", event.text),
  ai: (event, theirs) => {
    if (event.text === "starts") theirs.agent = event.detail?.app || "Agent";
    if (event.text === "starts") theirs.alone();
    if (event.text === "ends") theirs.agent = "";
  },
  action: (event, theirs) => {
    if (event.detail?.args) theirs.event(event.detail.name, Object.entries(event.detail.args).map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`).join(", "));
  },
};

const CALLER = {
  ...ANYBODY,
  bridge: (event, theirs) => {
    theirs.talksWith(named(event.text), event.at);
    const other = people[event.text];
    if (other?.busy) other.talksWith(callerName(theirs), event.at);
  },
  unbridge: (event, theirs) => theirs.alone(),
  state: (event, theirs) => {
    if (event.text === "answered") theirs.state("answered", "Answered", event.at);
    if (event.text.startsWith("ended")) theirs.state("idle", event.plain);
    if (event.text.startsWith("ended")) theirs.over();
  },
  care: (event, theirs) => theirs.judged(event),
};

const PERSON = {
  ...ANYBODY,
  dial: (event, theirs) => theirs.rung(event),
  bridge: (event, theirs) => theirs.talksWith(theirs.with || callerName(callers[event.call]), event.at),
  state: (event, theirs) => {
    if (event.text === "ringing") theirs.rings(event.at);
    if (event.text === "answered") theirs.state("answered", "Picked up", event.at);
    if (event.text.startsWith("ended")) theirs.state("idle", event.plain);
  },
};

const speaker = (name) => (name === "the caller" ? "Caller" : name);
const callerName = (caller) => (several() && caller ? caller.name : "the caller");

// With nobody of this page on the line, a call begins a new page.
function begin(event) {
  if (!Object.values(callers).some((one) => one.up)) {
    began = event.at;
    callers = {};
    rungs = 0;
    find("#ladder .none").hidden = true;
    find("#ladder ol").replaceChildren();
    find("#callers").replaceChildren();
    for (const one of Object.values(people)) if (!one.busy) one.state("idle", "Quiet");
  }
  const caller = callers[event.call] = new Caller(event);
  if (fresh(event)) find(".say input", caller.card).focus();
  propose();
}

// The next caller's number: what was written there by hand, or the first of ours that is not on a call.
function propose() {
  const input = find("#from"), taken = Object.values(callers).filter((one) => one.up).map((one) => one.number);
  if (input.value !== proposed && !taken.includes(input.value.trim())) return;
  const ours = Array.from({ length: LAST_CALLER - FIRST_CALLER + 1 }, (_, place) => `+12025550${FIRST_CALLER + place}`);
  input.value = proposed = ours.find((number) => !taken.includes(number)) || "";
}

function legName(event) {
  if (event.leg === "caller") return callers[event.call]?.name || "Caller";
  return event.leg === "platform" ? "App" : nameOf(event.leg);
}

function rung(event) {
  const ladder = find("#ladder"), below = ladder.scrollHeight - ladder.scrollTop - ladder.clientHeight < 60;
  const made = find("#rung").content.firstElementChild.cloneNode(true);
  made.dataset.at = event.at;
  find("time", made).textContent = Math.max(0, event.at - began).toFixed(1);
  find(".leg", made).textContent = legName(event);
  find(".plain", made).textContent = named(event.plain);
  find(".named", made).textContent = `${event.kind} ${named(event.text)}`;
  find(".kind", made).textContent = event.kind;
  find(".text", made).textContent = event.text;
  made.classList.add(event.kind, HTTP.includes(event.kind) ? "http" : "step");
  const failed = HTTP.includes(event.kind) && !/ [23]\d\d$/.test(event.text);
  if (failed || event.kind === "error" || event.kind === "violation") made.classList.add("bad");
  find("details", made).addEventListener("toggle", () => {
    find("pre", made).hidden = !event.detail;
    if (event.detail) find("pre", made).textContent = JSON.stringify(event.detail, null, 2);
  });
  const list = find("ol", ladder);
  let before = list.lastElementChild; // a request is noted when it is answered, and stands where it began
  while (before && Number(before.dataset.at) > event.at) before = before.previousElementSibling;
  list.insertBefore(made, before ? before.nextElementSibling : list.firstElementChild);
  rungs += 1;
  find("#rungs").textContent = rungs === 1 ? "1 rung" : `${rungs} rungs`;
  if (below) ladder.scrollTop = ladder.scrollHeight;
}

function happened(event) {
  if (event.leg === "caller" && event.kind === "dial") begin(event);
  const theirs = event.leg === "caller" ? callers[event.call] : event.leg === "platform" ? null : phone(event.leg);
  if (theirs) onPhone(event, theirs);
  if (event.kind === "sms") texted(event);
  if (SHOWN.includes(event.kind)) rung(event);
}

function onPhone(event, theirs) {
  const isCaller = theirs instanceof Caller;
  if (!isCaller && event.kind !== "dial" && event.call !== theirs.call) {
    if (event.text === "ended busy") theirs.event("busy", "for another caller");
    return;
  }
  if (event.hears) theirs.hears(event.hears);
  else if (QUIETENS.includes(event.kind)) theirs.hears("");
  (isCaller ? CALLER : PERSON)[event.kind]?.(event, theirs);
  if (isCaller && IN_CALL.includes(event.kind)) theirs.event("", named(event.plain));
}

// On the phones that have this number: a caller's, a person's, or one that nobody has rung yet.
function texted(event) {
  const [to, ...body] = event.text.split(": ");
  if (to === "refused") return;
  const from = event.detail?.sender ? nameOf(event.detail.sender) : "";
  const theirs = Object.values(callers).filter((one) => one.number === to);
  for (const one of theirs.length ? theirs.slice(-1) : [phone(to)]) one.texted(from, body.join(": "));
}

// The page

async function open() {
  const book = await (await fetch("/phonebook")).json();
  names = book.people;
  lines = book.lines;
  find("#about").textContent = `${new URL(book.app).host}, ${book.thinks === "keywords" ? "agents think by keywords" : `agents think with ${book.thinks}`}`;
  for (const [number, agent] of Object.entries(lines)) find("#to").append(new Option(`${number}  ${agent}`, number));
  if (!find("#to").options.length) find("#to").append(new Option("+12025550100", "+12025550100"));
  Object.keys(names).forEach(phone);
  listen();
  setInterval(() => [...Object.values(callers), ...Object.values(people)].forEach((one) => one.tick()), 500);
}

function listen() {
  const events = new EventSource(`/events?page=${page}`);
  events.addEventListener("afresh", (message) => { offset = JSON.parse(message.data).now - performance.now() / 1000; });
  events.onmessage = (message) => happened(JSON.parse(message.data));
  events.onopen = () => { find("#offline").hidden = true; };
  events.onerror = () => { find("#offline").hidden = false; };
}

find("#dial").addEventListener("submit", (event) => {
  event.preventDefault();
  post("/dial", { to: find("#to").value, from: find("#from").value.trim() });
});
find("#raw").addEventListener("change", (event) => find("#ladder").classList.toggle("raw-names", event.target.checked));
open();
