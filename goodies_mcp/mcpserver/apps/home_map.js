"use strict";
// The map of a home inside a host that shows MCP Apps. Everything that is shown comes from the server through the host;
// text is only ever set as text.

const $ = (id) => document.getElementById(id);
const made = (tag, text, name) => {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (name) element.className = name;
  return element;
};

// ---------------------------------------------------------------- the host, over JSON-RPC

const PATIENCE = 15000;
const pending = new Map();
let lastId = 0;

const post = (message) => window.parent.postMessage({ jsonrpc: "2.0", ...message }, "*");

function ask(method, params) {
  const id = ++lastId;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => settle(id, { error: { message: `no answer to ${method}` } }), PATIENCE);
    pending.set(id, { resolve, reject, timer });
    post({ id, method, params });
  });
}

function settle(id, { result, error }) {
  const question = pending.get(id);
  if (!question) return;
  pending.delete(id);
  clearTimeout(question.timer);
  if (error) question.reject(new Error(error.message || "refused"));
  else question.resolve(result || {});
}

async function call(name, args) {
  const result = await ask("tools/call", { name, arguments: args });
  if (result.isError) throw new Error(result.structuredContent?.message || "refused");
  return result.structuredContent || {};
}

window.addEventListener("message", ({ source, data }) => {
  if (source !== window.parent || !data || data.jsonrpc !== "2.0") return;
  if (data.method === undefined) settle(data.id, data);
  else if (data.id === undefined) hear(data.method, data.params || {});
  else if (data.method === "ping" || data.method === "ui/resource-teardown") post({ id: data.id, result: {} });
  else post({ id: data.id, error: { code: -32601, message: "unknown method" } });
});

function hear(method, params) {
  if (method === "ui/notifications/tool-result") show(params.structuredContent);
  else if (method === "ui/notifications/tool-input") asked = params.arguments || {};
  else if (method === "ui/notifications/tool-cancelled") say("The question was taken back.");
  else if (method === "ui/notifications/host-context-changed") suit(params);
}

function suit(context) {
  const root = document.documentElement;
  if (context.theme === "dark" || context.theme === "light") root.dataset.theme = context.theme;
  const font = context.styles?.variables?.["--font-sans"];
  if (typeof font === "string") root.style.setProperty("--font-sans", font);
  const height = context.containerDimensions?.height;
  if (height) document.body.style.minHeight = "0";
}

// ---------------------------------------------------------------- what is shown

let asked = {};
let home = null;
let picture = null;
let whole = null;

function say(text) {
  $("map").replaceChildren(made("p", text, "quiet"));
}

async function show(index) {
  if (!index?.home?.id) return;
  home = index;
  // The picture is of now; what was asked about the past is told in words.
  if (home.at) return lay(home);
  try {
    const uri = `goodies://home/${encodeURIComponent(home.home.id)}/map.svg`;
    const { contents = [] } = await ask("resources/read", { uri });
    hang(contents[0]?.text || "");
  } catch {
    lay(home);
  }
}

// A drawing is taken apart and put in as elements; what could act is left out, whoever drew it.
function hang(text) {
  const drawn = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  if (drawn.nodeName !== "svg" || drawn.querySelector("parsererror")) throw new Error("no drawing");
  for (const element of [drawn, ...drawn.querySelectorAll("*")]) {
    if (["script", "foreignObject", "a", "image", "animate", "set"].includes(element.localName)) element.remove();
    for (const { name, value } of [...element.attributes]) {
      if (name.startsWith("on") || (name.endsWith("href") && !value.startsWith("#"))) element.removeAttribute(name);
    }
  }
  picture = document.importNode(drawn, true);
  const size = picture.getAttribute("viewBox").split(" ").map(Number);
  whole = { x: size[0], y: size[1], width: size[2], height: size[3] };
  picture.removeAttribute("width");
  picture.removeAttribute("height");
  $("map").replaceChildren(picture);
  for (const place of picture.querySelectorAll(".room, .loose")) {
    place.setAttribute("tabindex", "0");
    place.setAttribute("role", "button");
    place.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(place); }
    });
  }
  const floors = [...picture.querySelectorAll(".floor")].filter((each) => each.dataset.name);
  offer([["Whole home", () => look(whole)], ...floors.map((each) => [each.dataset.name, () => look(boxOf(each))])]);
  look(whole);
}

// Without a drawing the rooms are still there to be picked.
function lay({ floors = [] }) {
  const cards = made("div");
  cards.id = "cards";
  for (const floor of floors) {
    cards.append(made("h2", floor.name || "Rooms"));
    const rooms = made("div");
    for (const room of floor.rooms || []) {
      const card = made("button", `${room.name} · ${room.devices || 0}`);
      card.addEventListener("click", () => open(room.id, room.name, []));
      rooms.append(card);
    }
    cards.append(rooms);
  }
  picture = null;
  $("floors").replaceChildren();
  $("map").replaceChildren(cards);
}

function offer(choices) {
  const buttons = choices.map(([name, act], at) => {
    const button = made("button", name);
    button.title = name;
    button.setAttribute("aria-pressed", String(at === 0));
    button.addEventListener("click", () => {
      for (const each of buttons) each.setAttribute("aria-pressed", String(each === button));
      act();
    });
    return button;
  });
  $("floors").replaceChildren(...buttons);
}

// ---------------------------------------------------------------- one room

function choose(place) {
  for (const each of picture.querySelectorAll(".chosen")) each.classList.remove("chosen");
  place.classList.add("chosen");
  const drawn = [...place.querySelectorAll(".device")].map(({ dataset, classList }) => ({
    id: dataset.device, name: dataset.name, state: dataset.state, ajar: classList.contains("ajar"),
  }));
  open(place.dataset.room || place.dataset.place, place.dataset.name, drawn);
}

async function open(id, name, drawn) {
  const side = $("room");
  const close = made("button", "×", "close");
  close.setAttribute("aria-label", "Close");
  close.addEventListener("click", () => { side.hidden = true; });
  const list = made("ul");
  const word = made("p", drawn.length ? "as drawn" : "…", "quiet");
  side.replaceChildren(close, made("h2", name || "Not in a room"), word, list);
  side.dataset.of = id;
  side.hidden = false;
  fill(list, drawn);
  try {
    const found = await call("get_devices_in_room", { room: id, limit: 100, ...(home.at ? { at: home.at } : {}) });
    if (side.dataset.of !== id) return;
    const ajar = new Set(drawn.filter((each) => each.ajar).map((each) => each.id));
    const known = (found.items || []).map((each) => ({ ...each, ajar: ajar.has(each.id) }));
    const drawnOnly = drawn.filter((each) => !known.some((other) => other.id === each.id));
    fill(list, [...known, ...drawnOnly]);
    const total = Math.max(found.total || 0, known.length + drawnOnly.length);
    word.textContent = total === 0 ? "no devices" : `${total} device${total === 1 ? "" : "s"}, as of now`;
  } catch {
    if (side.dataset.of === id) word.textContent = drawn.length ? "as drawn; the host gave nothing newer" : "no devices known";
  }
}

function fill(list, devices) {
  list.replaceChildren(...devices.map((device) => {
    const item = made("li", device.name, device.ajar ? "ajar" : "");
    item.dataset.device = device.id;
    item.append(made("small", device.state || device.kind || "no state known"));
    return item;
  }));
}

// ---------------------------------------------------------------- looking around

let view = null;

function boxOf(floor) {
  const [x, y, width, height] = floor.dataset.box.split(" ").map(Number);
  return { x: x - 30, y: y - 50, width: width + 60, height: height + 80 };
}

function look(box) {
  view = { ...box };
  picture?.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${view.height}`);
}

function zoom(by, at) {
  if (!picture) return;
  const share = Math.min(Math.max(by, whole.width / 40 / view.width), (whole.width * 3) / view.width);
  const x = at ? at.x : view.x + view.width / 2;
  const y = at ? at.y : view.y + view.height / 2;
  look({ x: x - (x - view.x) * share, y: y - (y - view.y) * share, width: view.width * share, height: view.height * share });
}

function pointOf(event) {
  const point = new DOMPoint(event.clientX, event.clientY);
  return point.matrixTransform(picture.getScreenCTM().inverse());
}

const fingers = new Map();
let travelled = 0;

$("map").addEventListener("wheel", (event) => {
  if (!picture) return;
  event.preventDefault();
  zoom(Math.exp(event.deltaY / 600), pointOf(event));
}, { passive: false });

$("map").addEventListener("pointerdown", (event) => {
  if (!picture) return;
  fingers.set(event.pointerId, event);
  travelled = 0;
});

window.addEventListener("pointermove", (event) => {
  const before = fingers.get(event.pointerId);
  if (!before || !picture) return;
  const others = [...fingers.values()].filter((each) => each.pointerId !== event.pointerId);
  if (others.length) {
    const apart = (one) => Math.hypot(one.clientX - others[0].clientX, one.clientY - others[0].clientY) || 1;
    zoom(apart(before) / apart(event), pointOf(others[0]));
  } else {
    const from = pointOf(before);
    const to = pointOf(event);
    look({ ...view, x: view.x + from.x - to.x, y: view.y + from.y - to.y });
  }
  travelled += Math.hypot(event.clientX - before.clientX, event.clientY - before.clientY);
  picture.classList.toggle("moving", travelled > 4);
  fingers.set(event.pointerId, event);
});

for (const end of ["pointerup", "pointercancel"]) {
  window.addEventListener(end, (event) => {
    fingers.delete(event.pointerId);
    picture?.classList.remove("moving");
  });
}

$("map").addEventListener("click", (event) => {
  const place = event.target.closest?.(".room, .loose");
  if (place && picture && travelled <= 4) choose(place);
});

$("closer").addEventListener("click", () => zoom(0.7));
$("farther").addEventListener("click", () => zoom(1 / 0.7));
$("whole").addEventListener("click", () => picture && look(whole));
$("anew").addEventListener("click", again);

async function again() {
  try {
    show(await call("get_home_map", home ? { ...asked, home: home.home.id } : asked));
  } catch (error) {
    if (!home) say(`There is no map to show: ${error.message}`);
  }
}

// ---------------------------------------------------------------- beginning

async function begin() {
  if (window.parent === window) {
    say("This page shows a home inside an MCP host. The drawing alone is the resource goodies://home/{id}/map.svg.");
    return;
  }
  const appInfo = { name: "goodies-home-map", title: "Home map", version: "1.0.0" };
  const appCapabilities = { availableDisplayModes: ["inline", "fullscreen"] };
  try {
    const host = await ask("ui/initialize", { appInfo, appCapabilities, protocolVersion: "2026-01-26" });
    suit(host.hostContext || {});
  } catch (error) {
    say(`The host does not speak with apps: ${error.message}`);
    return;
  }
  post({ method: "ui/notifications/initialized", params: {} });
  new ResizeObserver(() => {
    const { width, height } = document.documentElement.getBoundingClientRect();
    post({ method: "ui/notifications/size-changed", params: { width: Math.ceil(width), height: Math.ceil(height) } });
  }).observe(document.documentElement);
  // A host that opens the app later than its tool's answer may never send that.
  setTimeout(() => home || again(), 3000);
}

begin();
