// The softphone's page. The server tells everything as events of the ladder; all that is shown follows from them.
"use strict";

const find = (selector, within = document) => within.querySelector(selector);
const HTTP = ["fetch", "tool", "report", "callback", "http", "rest", "transcribe"];
const SHOWN = [...HTTP, "dial", "verb", "state", "error", "violation", "fault", "bridge", "unbridge", "refer", "sms", "queue", "conference", "hold", "record", "pressed"];
const IN_CALL = ["queue", "conference", "hold", "record", "refer", "error", "violation"];
const ENDINGS = { busy: "Was busy", no_answer: "Nobody answered", declined: "Declined", cancel: "Stopped ringing", hangup: "Hung up" };

let names = {}, phones = {}, began = 0, offset = 0, rungs = 0;

const nameOf = (address) => names[address] || (address === "caller" ? "Caller" : address);
const named = (text) => Object.entries(names).reduce((said, [address, name]) => said.replaceAll(address, name), text);
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
const now = () => performance.now() / 1000 + offset;
const fresh = (event) => now() - event.at < 1; // not one of those that are told again to a page that was just loaded

async function post(path, body) {
  const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  if (!answer.ok) refuse((await answer.json()).error);
  return answer.ok;
}

function refuse(why) {
  const care = find(".care");
  care.className = "care refusal";
  care.replaceChildren(why);
  care.hidden = false;
}

function element(tag, className, ...children) {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...children);
  return made;
}

// A telephone: the caller's, or a person's

class Phone {
  constructor(address, card) {
    Object.assign(this, { address, card, since: null, agent: "", with: "Caller" });
    this.talk = find(".talk", card);
    this.line = find(".line", card);
    this.keys();
    find(".say", card).addEventListener("submit", (event) => this.say(event));
    find(".hang-up", card).addEventListener("click", () => this.use("hang_up"));
  }

  use(what, text = "") {
    return post("/use", { phone: this.address, what, text });
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

  show(line) {
    this.talk.append(line);
    this.talk.scrollTop = this.talk.scrollHeight;
    return line;
  }

  event(bold, text) {
    this.show(element("li", "event", element("b", "", bold), " ", text));
  }

  state(state, words, since = null) {
    this.card.dataset.state = state;
    find(".state", this.card).textContent = words;
    this.since = since;
    this.line.hidden = !["answered", "talking", "calling"].includes(state);
    const ringing = find(".ringing", this.card);
    if (ringing) ringing.hidden = state !== "ringing";
    this.tick();
  }

  hasAgent(agent) {
    this.agent = agent;
    this.alone();
  }

  // No longer with another person.
  alone() {
    if (this.card.dataset.state === "talking") this.state("answered", "Answered", this.since);
  }

  tick() {
    find("time", this.card).textContent = this.since === null ? "" : clock(Math.max(0, now() - this.since));
  }
}

class Person extends Phone {
  constructor(address) {
    const card = find("#person").content.firstElementChild.cloneNode(true);
    super(address, card);
    find("h3", card).replaceChildren(nameOf(address), ...(names[address] ? [element("small", "", address)] : []));
    card.setAttribute("aria-label", `${nameOf(address)}’s phone`);
    this.talk.setAttribute("aria-label", `What ${nameOf(address)} says and hears`);
    find(".pad", card).setAttribute("aria-label", `${nameOf(address)}’s keypad`);
    const label = find("label", card), input = find("input", card);
    input.id = `says-${address}`;
    label.htmlFor = input.id;
    label.textContent = `What ${nameOf(address)} says`;
    find(".answer", card).addEventListener("click", () => this.use("answer"));
    find(".decline", card).addEventListener("click", () => this.use("decline"));
    find(".leave", card).addEventListener("click", () => this.leave());
    this.state("idle", "Quiet");
    find("#people").append(card);
  }

  rings(at) {
    this.agent = "";
    this.talk.replaceChildren();
    this.card.classList.remove("left");
    find(".leave", this.card).hidden = false;
    this.state("ringing", "Rings", at);
    this.card.parentNode.prepend(this.card);
    this.card.scrollIntoView({ block: "nearest" });
  }

  leave() {
    this.card.classList.add("left");
    find(".leave", this.card).hidden = true;
    find(".state", this.card).textContent = "Left ringing";
  }
}

function phone(address) {
  if (!phones[address]) phones[address] = new Person(address);
  return phones[address];
}

// What happens in a call

// What happens on any leg: an agent may talk with whoever is on it.
const ANYBODY = {
  said: (event, theirs) => theirs.add("hears", event.text, theirs.card.dataset.state === "talking" ? theirs.with : theirs.agent || "Announcement"),
  heard: (event, theirs) => theirs.heard(event.text),
  pressed: (event, theirs) => theirs.event("pressed", event.text),
  ai: (event, theirs) => {
    if (event.text === "starts") theirs.hasAgent(event.detail?.app || "Agent");
    if (event.text === "ends") theirs.agent = "";
  },
  action: (event, theirs) => {
    if (event.detail?.args) theirs.event(event.detail.name, Object.entries(event.detail.args).map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`).join(", "));
  },
};

const CALLER = {
  ...ANYBODY,
  dial: (event) => begin(event),
  bridge: (event) => {
    phones.caller.with = named(event.text);
    phones.caller.state("talking", `Talks with ${named(event.text)}`, phones.caller.since);
  },
  unbridge: () => phones.caller.alone(),
  state: (event) => {
    if (event.text === "answered") phones.caller.state("answered", "Answered", event.at);
    if (event.text.startsWith("ended")) over(event);
  },
  care: (event) => judged(event),
};

const PERSON = {
  ...ANYBODY,
  bridge: (event, theirs) => theirs.state("talking", "Talks with the caller", event.at),
  state: (event, theirs) => {
    const [state, reason] = event.text.split(" ");
    if (state === "ringing") theirs.rings(event.at);
    if (state === "answered") theirs.state("answered", "Picked up", event.at);
    if (state === "ended") theirs.state("idle", ENDINGS[reason] || `Ended: ${reason}`);
  },
};

function begin(event) {
  began = event.at;
  phones.caller.agent = "";
  rungs = 0;
  find("#ladder").replaceChildren();
  phones.caller.talk.replaceChildren();
  for (const one of Object.values(phones)) if (one instanceof Person) one.state("idle", "Quiet");
  find(".care").hidden = true;
  operable(true);
  phones.caller.state("calling", `Calls ${event.text.split(" → ").pop()}`, event.at);
  if (fresh(event)) find("#caller-says").focus();
}

function over(event) {
  phones.caller.state("idle", "");
  phones.caller.line.hidden = false;
  operable(false);
  phones.caller.talk.querySelectorAll(".waits").forEach((line) => line.remove());
  if (fresh(event)) find("#dial .go").focus();
}

// What was said stays in view when the call is over; what the caller could do does not.
function operable(up) {
  find("#dial").hidden = up;
  for (const control of [".say", ".keys", ".hang-up", ".status"]) find(control, phones.caller.line).hidden = !up;
}

function judged(event) {
  const care = find(".care"), how = event.detail;
  care.className = how.taken ? "care taken" : "care";
  const lasted = `Took ${clock(how.seconds)}. Ended: ${named(how.ending)}. Longest silence ${how.silence.toFixed(1)} s.`;
  care.replaceChildren(`${how.taken ? "Taken care of" : "Not taken care of"}: ${named(event.text)}.`, element("small", "", lasted));
  care.hidden = false;
  phones.caller.talk.scrollTop = phones.caller.talk.scrollHeight;
}

function rung(event) {
  const ladder = find("#ladder"), below = ladder.scrollHeight - ladder.scrollTop - ladder.clientHeight < 60;
  const made = find("#rung").content.firstElementChild.cloneNode(true);
  find("time", made).textContent = (event.at - began).toFixed(1);
  find(".leg", made).textContent = nameOf(event.leg);
  find(".kind", made).textContent = event.kind;
  find(".text", made).textContent = named(event.text);
  made.classList.add(event.kind, HTTP.includes(event.kind) ? "http" : "step");
  const failed = HTTP.includes(event.kind) && !/ [23]\d\d$/.test(event.text);
  if (failed || event.kind === "error" || event.kind === "violation") made.classList.add("bad");
  const details = find("details", made);
  if (!event.detail) made.classList.add("plain");
  details.addEventListener("toggle", () => {
    if (!event.detail) details.open = false;
    else find("pre", made).textContent = JSON.stringify(event.detail, null, 2);
  });
  ladder.append(made);
  rungs += 1;
  find("#rungs").textContent = rungs === 1 ? "1 rung" : `${rungs} rungs`;
  if (below) ladder.scrollTop = ladder.scrollHeight;
}

function happened(event) {
  if (event.leg === "caller") CALLER[event.kind]?.(event, phones.caller);
  else if (event.leg !== "platform") PERSON[event.kind]?.(event, phone(event.leg));
  if (event.leg === "caller" && IN_CALL.includes(event.kind)) phones.caller.event(event.kind, named(event.text));
  if (event.kind === "sms") texted(event.text);
  if (SHOWN.includes(event.kind)) rung(event);
}

function texted(text) {
  const [to, ...body] = text.split(": ");
  if (names[to]) phone(to).event("text", body.join(": "));
}

// The page

async function open() {
  const book = await (await fetch("/phonebook")).json();
  names = book.people;
  find("#about").textContent = `${new URL(book.app).host}, ${book.thinks === "keywords" ? "agents think by keywords" : `agents think with ${book.thinks}`}`;
  for (const [number, agent] of Object.entries(book.lines)) find("#to").append(new Option(`${number}  ${agent}`, number));
  if (!find("#to").options.length) find("#to").append(new Option("+12025550100", "+12025550100"));
  phones = { caller: new Phone("caller", find("#caller")) };
  Object.keys(names).forEach(phone);
  listen();
  setInterval(() => Object.values(phones).forEach((one) => one.tick()), 500);
}

function listen() {
  const events = new EventSource("/events");
  events.addEventListener("afresh", (message) => { offset = JSON.parse(message.data).now - performance.now() / 1000; });
  events.onmessage = (message) => happened(JSON.parse(message.data));
  events.onopen = () => { find("#offline").hidden = true; };
  events.onerror = () => { find("#offline").hidden = false; };
}

find("#dial").addEventListener("submit", (event) => {
  event.preventDefault();
  post("/dial", { to: find("#to").value, from: find("#from").value.trim() });
});
open();
