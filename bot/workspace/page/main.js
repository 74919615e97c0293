// The page: it keeps one person's window in step with the workspace, and knows where that person looks.

import { caseOf, choose, isDrawerOpen, refresh } from "./drawer.js";
import { drawNav, drawTop } from "./frame.js";
import { drawGuide, keep, markDone, progress, unseen } from "./guide.js";
import { focusIn } from "./lists.js";
import { live, send } from "./net.js";
import { drawMiddle, drawThread, focusMiddle, focusThread } from "./panes.js";
import { apply, begin, channel, desk, first, isEmpty, label, markRead, message, person, state, unread } from "./store.js";
import { $, icon } from "./ui.js";
import { confirm, drawModal } from "./views.js";

const WIDE = 1100;
const TOAST_MS = 7000;
const NOTICE_MS = 200;
const NEWCOMER = "maya";

let socket = null;
let place = "";           // a channel's id, or "home"
let open = null;          // the thread beside it: {channel, ts}
let next = {};            // what follows the next hello: {to, then}
let awaited = null;       // said from the guide: its thread opens with the first answer
let isGuideHere = null;   // opened or closed by hand in this window
const timers = {};

const isWide = () => innerWidth >= WIDE;
const act = (what, details) => send("/control/act", { as: state.me, do: what, ...details });
const setPane = (name) => ($("desk").dataset.pane = name);

desk.names = {
  person: (id) => state.people[id],
  channel: (id) => (state.channel_names[id] ? { name: state.channel_names[id] } : undefined),
  group: (id) => state.groups[id],
  openChannel: go,
  people: () => Object.values(state.people).filter((one) => one.kind !== "gone"),
  channels: () => Object.entries(state.channel_names).map(([id, name]) => ({ id, name })),
};

Object.assign(desk, {
  redraw, go, become, closeThread,
  tell: act,
  hashOf: (id) => hashOf(id),
  hasCase: (one) => caseOf(one) !== undefined,
  showNav: () => setPane("nav"),
  tellStory: (one) => showDrawer(caseOf(one)),
  async do(what, details) {
    const told = await act(what, details);
    toast(told.is_acknowledged === false ? `${state.app.name} did not answer in time. Try again.` : told.problem);
    return told;
  },
  async say(id, text, thread) {
    const isCommand = /^\/\w/.test(text) && !thread.thread_ts;
    const told = await (isCommand ? act("slash", { channel: id, line: text }) : act("say", { channel: id, text, ...thread }));
    return told.problem ?? "";
  },
  async remove({ channel: id, ts }) {
    if (await confirm("Delete message", "It goes for everybody, and Frontdesk hears of it.", "Delete")) desk.do("delete", { channel: id, ts });
  },
  openThread({ channel: id, ts, thread_ts: root }, isFocused) {
    open = { channel: id, ts: root || ts };
    setPane("thread");
    redraw();
    if (isFocused) focusThread();
  },
  trySuggestion(one) {
    markDone(one);
    isGuideHere = isWide();
    become(one.as, one.channel, async () => {
      const { ts } = await desk.do("say", { channel: place, text: one.text });
      awaited = ts && { channel: place, ts };
      openAwaited();
    });
  },
  follow(step) {
    if (!isWide()) isGuideHere = false;
    become(step.as || state.me, step.channel);
  },
});

// Who one is.

/** Somebody, at a place if one is named; the thread that was open stays only if nothing is named. */
function become(id, to = "", then = () => {}) {
  if (to) open = null;
  if (id !== state.me) {
    next = { to, then };
    return connect(id);
  }
  if (to) go(placeOf(to));
  then();
}

function connect(id) {
  socket?.close();
  socket = live(id, heard, () => {
    $("lost").hidden = !state.me;
    if (!state.me && id !== NEWCOMER) connect(NEWCOMER);
  });
}

function heard(frame) {
  if (frame.type === "hello") return greeted(frame);
  frame.items.forEach(apply);
  openAwaited();
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
    keep({ done: [], last: "" });
    open = awaited = null;
  }
  const known = [to && placeOf(to), place === app.dm ? state.app.dm : place, place ? "" : fromHash()];
  settle(known.find(isOpenable) ?? firstPlace(), me !== state.me);
  notice();
  Object.assign(document.documentElement.dataset, { me: person(state.me).handle, ready: "true" });
  then?.();
}

// Where one looks.

const isOpenable = (id) => !!channel(id) || (id === "home" && state.app.has_home);
const hashOf = (id) => (id === "home" ? "@home" : id === state.app.dm ? "@frontdesk" : channel(id)?.name);
const fromHash = () => [...state.channels.map((one) => one.id), "home"].find((id) => `#${hashOf(id)}` === location.hash);
const placeOf = (id) => (isOpenable(id) ? id : id[0] === "D" ? state.app.dm : firstPlace());

function firstPlace() {
  const rooms = state.channels.filter((one) => one.kind !== "im");
  const fresh = place && rooms.find((one) => unread(one.id).count);
  return (fresh || rooms.find((one) => one.name === "help") || rooms[0])?.id ?? state.app.dm;
}

function go(id) {
  if (!isOpenable(id)) return toast(`${first(state.me)} is not in ${label(id) || "that channel"}.`);
  settle(id, true);
  if (isWide()) focusMiddle();
}

function settle(id, isNew) {
  place = id;
  if (open?.channel !== id) open = null;
  if (isNew) setPane(open ? "thread" : "main");
  if (isNew && id === "home") desk.do("open_home");
  history.replaceState(null, "", `?as=${person(state.me).handle}#${hashOf(id)}`);
  redraw();
}

function closeThread() {
  open = null;
  setPane("main");
  redraw();
  focusMiddle();
}

function openAwaited() {
  const root = awaited?.channel === place && isWide() && message(awaited);
  if (!root?.replies?.length) return;
  awaited = null;
  desk.openThread(root);
}

/** Slack's links to a message lead into this page, not out to a workspace that does not exist. */
function followLink(event) {
  const found = event.target.closest("a")?.href.match(/\/archives\/(\w+)\/p(\d{10})(\d{6})/);
  if (!found) return;
  event.preventDefault();
  const at = { channel: found[1], ts: `${found[2]}.${found[3]}` };
  go(at.channel);
  const one = place === at.channel && message(at);
  if (one?.is_reply || one?.replies.length) desk.openThread(one);
  else $("main").querySelector(`[data-ts="${at.ts}"]`)?.focus();
}

// Drawing: all of it, every time. What is keyed and did not change costs nothing.

function redraw() {
  if (!place) return;
  if (!isOpenable(place)) return settle(firstPlace(), true);
  if (open && !message(open)) open = null;
  if (document.visibilityState === "visible") markRead(place);
  drawTop();
  drawNav(place);
  drawMiddle(place);
  drawThread(open);
  drawPanels();
  drawModal(state.modal);
  const waiting = state.channels.reduce((sum, one) => sum + unread(one.id).mine, 0);
  document.title = `${waiting ? `(${waiting}) ` : ""}${label(place) || "Home"} · ${person(state.me).name} · ${state.workspace.name}`;
}

const isGuideOpen = () => isGuideHere ?? (isWide() && !isEmpty() && progress().isOpen);

function drawPanels() {
  const panel = $("guide");
  const sig = JSON.stringify([progress(), state.me, state.cast, unseen.size]);
  panel.hidden = !isGuideOpen();
  const giveBack = focusIn(panel);
  if (panel.sig !== sig) panel.lastElementChild.replaceChildren(...drawGuide());
  if (panel.sig !== sig) giveBack(panel);
  panel.sig = sig;
  $("to-guide").setAttribute("aria-expanded", !panel.hidden);
  $("to-drawer").setAttribute("aria-expanded", isDrawerOpen());
}

function toast(words = "") {
  if (words) $("toast").textContent = words;
  clearTimeout(timers.toast);
  timers.toast = setTimeout(() => ($("toast").textContent = ""), TOAST_MS);
}

function setGuide(isOpen) {
  isGuideHere = isOpen;
  keep({ isOpen });
  if (isOpen) $("drawer").hidden = true;
  redraw();
}

function showDrawer(number = 0) {
  $("drawer").hidden = false;
  redraw();
  $("drawer").querySelector("button").focus();
  choose(number);
}

function hideDrawer() {
  $("drawer").hidden = true;
  redraw();
  $("to-drawer").focus();
}

/** Cases follow what is said a moment later. The tool of a message appears without drawing it again. */
function notice() {
  clearTimeout(timers.notice);
  timers.notice = setTimeout(async () => {
    await refresh();
    for (const tool of document.querySelectorAll("[data-tool=story]")) tool.hidden = !desk.hasCase(tool.closest("article").dataset);
  }, NOTICE_MS);
}

async function startOver() {
  const isSure = await confirm("Start over?", "Every message, case and decision of this trial goes, and the desk opens empty.", "Yes, begin again");
  if (isSure) toast((await send("/control/reset", {})).problem);
}

// The window and the keyboard.

const press = (one, listener) => one.addEventListener("click", listener);
press($("to-guide"), () => setGuide(!isGuideOpen()));
press($("to-drawer"), () => (isDrawerOpen() ? hideDrawer() : showDrawer()));
press($("reset"), startOver);
press($("guide").querySelector("button"), () => setGuide(false));
press($("drawer").querySelector("button"), hideDrawer);
press($("skip"), (event) => {
  event.preventDefault();
  setPane("main");
  focusMiddle();
});
press(document, followLink);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open], :popover-open")) return;
  if (isDrawerOpen()) hideDrawer();
  else if (open) closeThread();
});
for (const kind of ["storage", "resize", "focus"]) addEventListener(kind, redraw);
document.querySelectorAll("[data-icon]").forEach((one) => one.prepend(icon(one.dataset.icon)));
connect(new URLSearchParams(location.search).get("as") || NEWCOMER);
