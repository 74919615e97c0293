// The page: it keeps one person's window in step with the workspace, and knows where that person looks.

import { caseOf, choose, isDrawerOpen, refresh } from "./drawer.js";
import { drawGuide, drawNav, drawTop, keep, progress } from "./frame.js";
import { ask, live } from "./net.js";
import { drawMiddle, drawThread, focusPane } from "./panes.js";
import { apply, begin, channel, desk, first, forget, isEmpty, label, markRead, message, person, state, unread } from "./store.js";
import { $, icon, keyed } from "./ui.js";
import { confirm, drawModal } from "./views.js";

const WIDE = 1100;
const TOAST_MS = 7000;
const CLOCK_MS = 10_000;
const NOTICE_MS = 200;
const NEWCOMER = "maya";

let hangUp = null;
let place = ""; // a channel's id, or "home"
let open = null; // the thread beside it, as soon as it is there: {channel, ts}
let next = {}; // what follows the next hello: {to, then}
let isGuideHere = null; // opened or closed by hand in this window
const timers = {};

const isWide = () => innerWidth >= WIDE;
const setPane = (name) => ($("desk").dataset.pane = name);

desk.names = {
  person: (id) => state.people[id],
  channel: (id) => state.channel_names[id] && { name: state.channel_names[id] },
  group: (id) => state.groups[id],
  openChannel: go,
  people: () => Object.values(state.people).filter((one) => one.kind !== "gone"),
  channels: () => Object.entries(state.channel_names).map(([id, name]) => ({ id, name })),
};

Object.assign(desk, {
  redraw, go, become, addressOf, closeThread,
  showNav: () => setPane("nav"),
  tellStory: (one) => setDrawer(true, caseOf(one)),
  async do(what, details) {
    const told = await ask("/control/act", { as: state.me, do: what, ...details });
    const isLate = told.is_acknowledged === false || told.result === "failed";
    toast(isLate ? `${state.app.name} did not answer in time. Try again.` : told.problem);
    return told;
  },
  openThread({ channel: id, ts, thread_ts: root }, isFocused) {
    open = { channel: id, ts: root || ts };
    setPane("thread");
    redraw();
    if (isFocused) focusPane("thread");
  },
  trySuggestion({ id, as, channel: where, text }) {
    isGuideHere = isWide();
    $("guide").lastElementChild.scrollTop = 0;
    become(as, where, async () => {
      keep({ done: [...progress().done, id], last: id }); // an empty desk, just greeted, has forgotten all of it
      const { ts } = await desk.do("say", { channel: place, text });
      if (ts && isWide()) desk.openThread({ channel: place, ts });
    });
  },
  follow(step) {
    if (!isWide()) isGuideHere = false;
    become(step.as || state.me, step.channel);
  },
});

// Who one is.

/** Somebody, at a place if one is named; the thread that was open stays only if nothing is named. */
function become(id, to = "", then) {
  if (to) open = null;
  if (id !== state.me) {
    next = { to, then };
    return connect(id);
  }
  if (to) go(placeOf(to));
  then?.();
}

function connect(id) {
  hangUp?.();
  hangUp = live(id, heard, () => {
    $("lost").hidden = !state.me;
    if (!state.me && id !== NEWCOMER) connect(NEWCOMER);
  });
}

function heard(frame) {
  if (frame.type === "hello") return greeted(frame);
  frame.items.forEach(apply);
  redraw();
  notice();
}

function greeted(hello) {
  const { me, app } = state;
  const { to, then } = next;
  next = {};
  $("lost").hidden = true;
  begin(hello);
  desk.names.me = state.me;
  if (isEmpty()) {
    forget();
    open = null;
  }
  const here = place === app.dm ? state.app.dm : place || fromHash();
  settle([to && placeOf(to), here].find(isOpenable) ?? firstPlace(), me !== state.me);
  notice();
  Object.assign(document.documentElement.dataset, { me: person(state.me).handle, ready: "true" });
  then?.();
}

// Where one looks.

const isOpenable = (id) => !!channel(id) || (id === "home" && state.app.has_home);
const fromHash = () => [...state.channels.map((one) => one.id), "home"].find((id) => `#${hashOf(id)}` === location.hash);
const placeOf = (id) => (isOpenable(id) ? id : id[0] === "D" ? state.app.dm : firstPlace());

function hashOf(id) {
  return id === "home" ? "@home" : id === state.app.dm ? "@frontdesk" : channel(id)?.name;
}

function addressOf(id) {
  return `?as=${person(state.me).handle}#${hashOf(id)}`;
}

function firstPlace() {
  const rooms = state.channels.filter((one) => one.kind !== "im");
  return (rooms.find((one) => one.name === "help") ?? rooms[0])?.id ?? state.app.dm;
}

function go(id) {
  if (!isOpenable(id)) return toast(`${first(state.me)} is not in ${label(id) || "that channel"}.`);
  settle(id, true);
  if (isWide()) focusPane("main");
}

function settle(id, isNew) {
  place = id;
  if (open?.channel !== id) open = null;
  if (isNew) setPane(open ? "thread" : "main");
  if (isNew && id === "home") desk.do("open_home");
  history.replaceState(null, "", addressOf(id));
  redraw();
}

function closeThread() {
  open = null;
  redraw();
  toMain();
}

function toMain() {
  setPane("main");
  focusPane("main");
}

/** Slack's links to a message lead into this page, not out to a workspace that does not exist. */
function followLink(event) {
  const found = event.target.closest("a")?.href.match(/\/archives\/(\w+)\/p(\d{10})(\d{6})/);
  if (!found) return;
  event.preventDefault();
  const at = { channel: found[1], ts: `${found[2]}.${found[3]}` };
  go(at.channel);
  const one = place === at.channel && message(at);
  if (one && (one.is_reply || one.replies.length)) desk.openThread(one);
  else $("main").querySelector(`[data-ts="${at.ts}"]`)?.focus();
}

// Drawing: all of it, every time. What is keyed and did not change costs nothing.

function redraw() {
  if (!place) return;
  if (!isOpenable(place)) return settle(firstPlace(), true);
  if (document.visibilityState === "visible") markRead(place);
  drawTop();
  drawNav(place);
  drawMiddle(place);
  drawThread(open && message(open) && open);
  drawPanels();
  drawModal(state.modal);
  const waiting = state.channels.reduce((sum, one) => sum + unread(one.id).mine, 0);
  document.title = `${waiting ? `(${waiting}) ` : ""}${label(place) || "Home"} · ${person(state.me).name} · ${state.workspace.name}`;
}

const isGuideOpen = () => isGuideHere ?? (isWide() && !isEmpty());

function drawPanels() {
  $("guide").hidden = !isGuideOpen();
  keyed($("guide").lastElementChild, [["", [JSON.stringify(progress()), state.me, state.cast], drawGuide]]);
  $("to-guide").ariaExpanded = isGuideOpen();
  $("to-drawer").ariaExpanded = isDrawerOpen();
}

function setGuide(isOpen) {
  isGuideHere = isOpen;
  if (isOpen) $("drawer").hidden = true;
  redraw();
}

function setDrawer(isOpen, number = 0) {
  $("drawer").hidden = !isOpen;
  redraw();
  (isOpen ? $("drawer").querySelector("button") : $("to-drawer")).focus();
  if (isOpen) choose(number);
}

/** Does it in a while; whatever was to be done under this name is off. */
function later(name, wait, what) {
  clearTimeout(timers[name]);
  timers[name] = setTimeout(what, wait);
}

/** Over whatever is open, a form too. */
function toast(words) {
  const it = $("toast");
  if (!words) return;
  it.hidePopover();
  it.textContent = words;
  it.showPopover();
  later("toast", TOAST_MS, () => it.hidePopover());
}

/** Cases follow what is said a moment later. The tool of a message appears without drawing it again. */
function notice() {
  later("notice", NOTICE_MS, async () => {
    await refresh();
    for (const tool of document.querySelectorAll("[aria-label='What happened']")) tool.hidden = !caseOf(tool.closest("article").dataset);
  });
}

async function startOver() {
  const told = "Every message, case and decision goes, and the desk opens empty.";
  if (await confirm("Start over?", told, "Yes, begin again")) toast((await ask("/control/reset", {})).problem);
}

async function moveClock({ currentTarget: it }) {
  $("clock").disabled = true;
  toast((await ask("/control/clock", { do: it.name })).problem);
  $("clock").disabled = false;
  if (document.activeElement === document.body) it.focus();
}

// The window and the keyboard.

$("to-guide").onclick = () => setGuide(!isGuideOpen());
$("to-drawer").onclick = () => setDrawer(!isDrawerOpen());
$("reset").onclick = startOver;
for (const one of $("clock").elements) one.onclick = moveClock;
$("guide").querySelector("button").onclick = () => setGuide(false);
$("drawer").querySelector("button").onclick = () => setDrawer(false);
$("skip").onclick = toMain;
document.onclick = followLink;
document.onkeydown = (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open], :popover-open")) return;
  if (isDrawerOpen()) setDrawer(false);
  else if (open) closeThread();
};
setInterval(redraw, CLOCK_MS);
for (const kind of ["storage", "resize", "focus"]) addEventListener(kind, redraw);
document.querySelectorAll("[data-icon]").forEach((one) => one.prepend(icon(one.dataset.icon)));
connect(new URLSearchParams(location.search).get("as") || NEWCOMER);
