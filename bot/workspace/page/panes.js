// The conversation in the middle and the thread beside it: a list that stays where one reads, and its composer.

import { drawWelcome } from "./frame.js";
import { itemsOf } from "./messages.js";
import { channel, desk, isDirect, isEmpty, label, message, shownIn, state } from "./store.js";
import { $, button, h, icon, iconButton, keyed, textBox } from "./ui.js";
import { drawHome } from "./views.js";

const panes = {};

const isAtBottom = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < 60;

export const focusPane = (where) => panes[where]?.focus?.();

export function drawMiddle(place) {
  if (place === "home") keyed(paneIn("main", { channel: place }, home).list, [["", [state.home, state.cast], () => drawHome(state.home)]]);
  else fill(paneIn("main", { channel: place }, conversation), [opening(place)]);
}

export function drawThread(open) {
  $("thread").hidden = !open;
  if (open) fill(paneIn("thread", open, conversation), []);
  else panes.thread = null;
}

/** The pane that stands there, or a new one when somebody else looks, or looks elsewhere. */
function paneIn(where, at, make) {
  const key = [state.me, at.channel, at.ts].join(" ");
  if (panes[where]?.key !== key) {
    const [name, heading, ...body] = make((panes[where] = { key, at }));
    $(where).replaceChildren(h("section.pane", { "aria-label": name }, h("header", heading), body));
  }
  return panes[where];
}

function home(pane) {
  pane.list = h("div.home");
  return ["Home", [toChannels(), h("h2", icon("home"), `${state.app.name} · Home`)], pane.list];
}

/** A channel, or one of its threads when there is a `ts`. */
function conversation(pane) {
  const { channel: id, ts } = pane.at;
  const list = h("div.log", { role: "log", "aria-live": "off" });
  const pill = button("pill", () => (list.scrollTop = list.scrollHeight), { hidden: true }, "New messages ↓");
  let [isLow, height] = [true, 0];
  list.onscroll = () => {
    if (height === list.scrollHeight) isLow = isAtBottom(list); // by hand, and not because it grew
    height = list.scrollHeight;
    pill.hidden ||= isAtBottom(list);
  };
  list.addEventListener("load", () => isLow && (list.scrollTop = list.scrollHeight), true); // a picture, which has its height only now
  const send = () => submit(box, pane.at);
  const box = textBox(ts ? "Reply in thread" : `Message ${label(id)}`, "", send);
  const edit = (one) => {
    pane.editing = one?.ts;
    desk.redraw();
    if (!one) box.focus();
  };
  Object.assign(pane, { list, pill, edit, focus: () => box.focus() });
  const around = ts ? ["Thread", threadTitle(id)] : ["Messages", title(id)];
  return [...around, h("div.holds", list, pill), h("div.box", box, iconButton("send", "Send", send))];
}

/** What is sent goes from the box at once, and comes back if it was refused. */
async function submit(box, { channel: id, ts }) {
  const text = box.value.trim();
  const write = (words) => {
    box.value = words;
    box.oninput();
  };
  if (!text) return;
  const [what, said] = /^\/\w/.test(box.value) ? ["slash", { line: text }] : ["say", { text }];
  write("");
  const told = await desk.do(what, { channel: id, ...said, ...(ts && { thread_ts: ts }) });
  if (!told.ok && !box.value) write(text);
}

const toChannels = () => iconButton("back", "Back to channels", desk.showNav);

function title(id) {
  const { name, kind, topic, is_shared, members } = channel(id);
  return [
    toChannels(),
    h("h2", icon({ im: "bell", private: "lock" }[kind] ?? "hash"), name),
    is_shared && h("span.mark", "shared with another company"),
    h("p.topic", kind !== "im" && `${topic} · ${members.length} people`),
  ];
}

const threadTitle = (id) => [h("h2", "Thread"), h("p.topic", label(id)), iconButton("close", "Close", desk.closeThread)];

function opening(id) {
  if (isEmpty() && state.guide.length) return ["welcome", [state.cast], drawWelcome];
  const told = isDirect(id) ? `Only you and ${state.app.name} read this.` : channel(id).topic;
  return ["intro", [told], () => h("div.intro", h("h3", label(id)), told)];
}

/** Stays at the bottom if one was there, goes there for one's own words, and else says that there is more below. */
function fill(pane, before) {
  const { list, pill, newest: known } = pane;
  const items = [...before, ...itemsOf(shownIn(pane.at), pane)];
  const newest = items.at(-1)[0];
  const wasAtBottom = isAtBottom(list);
  keyed(list, items);
  const isMine = message({ channel: pane.at.channel, ts: newest })?.user === state.me;
  if (!known || wasAtBottom || (newest > known && isMine)) list.scrollTop = !known && isEmpty() ? 0 : list.scrollHeight;
  else if (newest > known) pill.hidden = false;
  if (!known) setTimeout(() => (list.ariaLive = "polite"));
  pane.newest = newest;
}
